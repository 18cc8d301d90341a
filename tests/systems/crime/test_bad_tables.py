"""Bad tables through the command's own door: a clear message with its row and column, and nothing lost."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from core.__main__ import main
from tests.support.incidents import incidents


@pytest.fixture
def predict(tmp_path, monkeypatch, capsys):
    """`predict(table, *flags)`: exit code, the summary or None, and what standard error said."""

    def command(table, *flags, ending="csv"):
        output = tmp_path / f"out.{ending}"
        monkeypatch.setattr(sys, "argv", ["core", "predict", "crime", str(table), "-o", str(output), "--json", *flags])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return ended.value.code, json.loads(said.out.splitlines()[-1]) if said.out else None, said.err

    return command


def written(folder: Path, data: bytes | str, name: str = "in.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(data.encode(encoding) if isinstance(data, str) else data)
    return path


def csv_of(frame: pd.DataFrame, **more) -> str:
    return frame.to_csv(index=False, **more)


def findings(file: str | None) -> dict[str, list[tuple[int, str]]]:
    """{kind: [(row, column)]} of a file of findings."""
    frame = pd.read_csv(file, keep_default_na=False)
    return {kind: list(zip(one["row"], one["column"], strict=True)) for kind, one in frame.groupby("kind")}


@pytest.mark.parametrize("between", [";", "\t", "|"])
def test_another_delimiter_is_found(predict, tmp_path, between):
    code, done, _ = predict(written(tmp_path, csv_of(incidents(30), sep=between)))
    assert (code, done["answered"]) == (0, 30)
    assert repr(between) in done["notes"][0]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_another_encoding_is_found_and_nothing_is_lost(predict, tmp_path, encoding):
    rows = incidents(30).assign(Address="100 Block of CAÑADA ST")
    code, done, _ = predict(written(tmp_path, csv_of(rows), encoding=encoding))
    assert (code, done["answered"]) == (0, 30)
    assert (pd.read_csv(done["output"])["address"] == "100 Block of CAÑADA ST").all()


def test_an_encoding_that_shows_late_in_the_file_is_found(predict, tmp_path):
    rows = incidents(4000)
    rows.loc[3999, "Address"] = "1 Block of CAÑADA ST"
    code, done, _ = predict(written(tmp_path, csv_of(rows), encoding="cp1252"))
    assert code == 0
    assert pd.read_csv(done["output"])["address"].iloc[-1] == "1 Block of CAÑADA ST"


def test_a_damaged_marked_encoding_is_told(predict, tmp_path):
    code, done, said = predict(written(tmp_path, csv_of(incidents(30)).encode("utf-16") + b"\x00"))
    assert (code, done) == (2, None)
    assert "Received bytes near" in said


def test_dates_in_two_orders_are_rejected_where_they_can_be_read_both_ways(predict, tmp_path):
    rows = incidents(4)
    rows["Dates"] = ["31/12/2014 10:00", "12/31/2014 10:00", "03/04/2014 10:00", "2014-05-06 10:00"]
    rows["Descript"] = None
    code, done, said = predict(written(tmp_path, csv_of(rows)))
    assert (code, done["answered"], done["rejected"]) == (0, 3, 1)
    assert "day first and some the month" in said
    assert findings(done["rejected_file"]) == {"nothing": [(4, "Dates")]}
    assert pd.read_csv(done["rejected_file"])["value"].tolist() == ["03/04/2014 10:00"]
    assert findings(done["noted_file"]) == {"unread_date": [(4, "Dates")]}
    result = pd.read_csv(done["output"])
    assert result["datetime"].tolist() == ["2014-12-31 10:00:00", "2014-12-31 10:00:00", "2014-05-06 10:00:00"]


@pytest.mark.parametrize(("flag", "month"), [("--day-first", 4), ("--no-day-first", 3)])
def test_the_order_of_a_date_can_be_said(predict, tmp_path, flag, month):
    _, done, _ = predict(written(tmp_path, csv_of(incidents(1).assign(Dates="03/04/2014 10:00"))), flag)
    assert pd.to_datetime(pd.read_csv(done["output"])["datetime"]).dt.month.tolist() == [month]


def test_offsets_are_turned_into_the_citys_clock_and_its_skipped_hour_is_told(predict, tmp_path):
    rows = incidents(2).assign(Dates=["2014-07-01T12:00:00Z", "2014-03-09 02:30:00"])
    code, done, _ = predict(written(tmp_path, csv_of(rows)), "--timezone", "America/Los_Angeles")
    assert code == 0
    assert pd.read_csv(done["output"])["datetime"].tolist() == ["2014-07-01 05:00:00", "2014-03-09 02:30:00"]
    assert findings(done["noted_file"]) == {"clock_gap": [(3, "Dates")]}


def test_a_time_zone_that_there_is_not_is_refused(predict, tmp_path):
    code, _, said = predict(written(tmp_path, csv_of(incidents(2))), "--timezone", "Mars/Olympus")
    assert code == 2
    assert "IANA" in said


def test_swapped_coordinates_and_unknown_districts_are_told_with_row_and_column(predict, tmp_path):
    rows = incidents(40)
    rows.loc[5, ["X", "Y"]] = rows.loc[5, ["Y", "X"]].tolist()
    rows.loc[7, "PdDistrict"] = "ATLANTIS"
    code, done, _ = predict(written(tmp_path, csv_of(rows)))
    assert (code, done["answered"]) == (0, 40)
    told = findings(done["noted_file"])
    assert told == {"swapped_coordinates": [(7, "Y, X")], "unknown_district": [(9, "PdDistrict")]}
    assert pd.read_csv(done["output"])["longitude"].max() < -120


def test_doubled_headers_and_300_columns_are_fine(predict, tmp_path):
    rows = pd.concat([incidents(30), pd.DataFrame({f"c{place}": ["x"] * 30 for place in range(300)})], axis=1)
    text = csv_of(rows).replace("c299", "Dates", 1)
    code, done, _ = predict(written(tmp_path, text))
    assert (code, done["answered"], done["columns"]["date"]) == (0, 30, "Dates")
    assert any("'Dates (2)'" in note for note in done["notes"])


def test_broken_and_empty_lines_keep_the_numbers_of_the_others(predict, tmp_path):
    lines = csv_of(incidents(6)).splitlines()
    lines[3:3] = ["", "a,b,c,d,e,f,g,h,i"]
    code, done, _ = predict(written(tmp_path, "\n".join(lines)))
    assert code == 0
    assert findings(done["rejected_file"]) == {"broken_row": [(5, "")]}
    assert pd.read_csv(done["output"])["row"].tolist() == [2, 3, 6, 7, 8, 9]


def test_cells_that_a_spreadsheet_would_run_leave_as_text_and_numbers_as_numbers(predict, tmp_path):
    rows = incidents(30).astype({"Dates": object})
    rows.loc[3, "Address"] = "=HYPERLINK(1)"
    rows.loc[4, ["Dates", "Descript"]] = ["@SUM(A1)", None]
    _, done, _ = predict(written(tmp_path, csv_of(rows)))
    result = pd.read_csv(done["output"])
    assert result["address"].iloc[3] == "'=HYPERLINK(1)"
    assert result["longitude"].dtype == np.float64
    assert "'@SUM(A1)" in Path(done["noted_file"]).read_text("utf-8-sig")


def photo(kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.zeros((64, 64, 3), dtype=np.uint8)).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "an empty file"),
        (b"\n\n", "an empty file"),
        (b"Dates,Category\n", "a header only"),
        (b"\n\nDates,Category\n\n", "a header only"),
        (bytes(range(256)) * 40, "Received"),
        (photo("JPEG"), "no text"),
        (photo("PNG"), "no text"),
        (photo("BMP"), "Received"),
        (b"words in one column\nand more\n", "one column"),
        (b"a,b\n1,2\n3,4\n", "a column for date or description"),
        (b'Dates,Category\n"2014-01-01,NOISE\n' + b"x" * 200_000, "Received"),
        (b"PK\x03\x04 but no workbook", "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_in_words(predict, tmp_path, data, said):
    code, done, told = predict(written(tmp_path, data))
    assert (code, done) == (2, None)
    assert said in told
    assert not (tmp_path / "out.csv").exists()


def test_a_folder_and_a_file_that_is_not_there_are_refused(predict, tmp_path):
    for path in (tmp_path, tmp_path / "absent.csv"):
        code, _, said = predict(path)
        assert code == 2
        assert "is no file" in said


def test_a_file_over_the_limit_is_refused_before_it_is_read(predict, tmp_path):
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(500_000_000)  # sparse: it takes no room
    code, _, said = predict(tmp_path / "huge.csv")
    assert code == 2
    assert "up to 400 MB. Received 500 MB. Split it by month" in said


def test_a_parquet_with_lists_is_answered_without_them_and_a_truncated_one_is_refused(predict, tmp_path):
    table = pa.Table.from_pandas(incidents(30)).append_column("Tags", pa.array([["a", "b"]] * 30))
    parquet.write_table(table, tmp_path / "in.parquet")
    code, done, _ = predict(tmp_path / "in.parquet", ending="parquet")
    assert (code, done["answered"]) == (0, 30)
    assert any("'Tags'" in note for note in done["notes"])
    whole = (tmp_path / "in.parquet").read_bytes()
    code, _, said = predict(written(tmp_path, whole[: len(whole) // 2], "half.parquet"), "--force")
    assert code == 2
    assert "a damaged one" in said


def test_a_table_of_which_no_row_can_be_used_says_where_the_reasons_are(predict, tmp_path):
    rows = incidents(5).assign(Dates="soon", Descript=None)
    code, _, said = predict(written(tmp_path, csv_of(rows)), "--map", "date=Dates")
    assert code == 2
    assert "out.rejected.csv says why" in said
    assert findings(str(tmp_path / "out.rejected.csv"))["nothing"] == [(row, "Dates") for row in range(2, 7)]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--map", "date=Nowhere"], "Expected a column of the table for date"),
        (["--map", "colour=Dates"], "Expected one of date, label"),
        (["--map", "Dates"], "PART=COLUMN"),
        (["--map", "district=Resolution"], "written with or after"),
        (["--version", "99"], "Expected a version of crime"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(predict, tmp_path, flags, said):
    code, done, told = predict(written(tmp_path, csv_of(incidents(3).assign(Resolution="NONE"))), *flags)
    assert (code, done) == (2, None)
    assert said in told


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("in.csv", "not there yet"),
        ("out.xlsx", "ends in .csv, .parquet or .jsonl"),
        ("absent/out.csv", "a folder that exists"),
    ],
)
def test_a_place_where_no_result_can_be_written_is_refused(tmp_path, monkeypatch, capsys, output, said):
    source = written(tmp_path, csv_of(incidents(3)))
    monkeypatch.setattr(sys, "argv", ["core", "predict", "crime", str(source), "-o", str(tmp_path / output)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert source.read_text() == csv_of(incidents(3))


def test_force_does_not_overwrite_the_table_itself(predict, tmp_path):
    code, _, said = predict(written(tmp_path, csv_of(incidents(3)), "out.csv"), "--force")
    assert code == 2
    assert "would overwrite" in said


def test_a_table_without_a_place_for_its_result_says_so(tmp_path, monkeypatch, capsys):
    source = written(tmp_path, csv_of(incidents(3)))
    monkeypatch.setattr(sys, "argv", ["core", "predict", "crime", str(source)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "-o OUT.csv" in capsys.readouterr().out
