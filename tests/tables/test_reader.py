"""Bad tables: each gives a clear message or its rows, never silence."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import InvalidInput, TooLarge
from core.tables import reader
from tests.systems.crime.conftest import town

ROWS = "Date,Category,Block\n2020-01-01 10:00,NOISE,100 Ash St\n2020-01-02 11:30,BIKES,200 Birch St\n"


def test_a_table_keeps_its_values_as_text_and_its_rows_as_a_spreadsheet_numbers_them():
    raw = reader.read_table(ROWS.encode())
    assert list(raw.frame.columns) == ["Date", "Category", "Block"]
    assert raw.frame["Date"].tolist() == ["2020-01-01 10:00", "2020-01-02 11:30"]
    assert raw.rows.tolist() == [2, 3]


@pytest.mark.parametrize("between", [";", "\t", "|"])
def test_other_delimiters_are_found(between):
    raw = reader.read_table(ROWS.replace(",", between).encode())
    assert raw.frame["Block"].tolist() == ["100 Ash St", "200 Birch St"]
    assert repr(between) in raw.notes[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_encodings_are_found(encoding):
    words = ROWS.replace("Ash St", "Rue Béranger").replace("NOISE", "NUISANCE ÉLEVÉE")
    raw = reader.read_table(words.encode(encoding))
    assert raw.frame["Block"][0] == "100 Rue Béranger"
    assert raw.frame.columns[0] == "Date"


def test_a_line_with_too_many_columns_is_told_with_its_row_and_the_others_stay():
    raw = reader.read_table((ROWS + "2020-01-03 09:00,NOISE,1,2,3\n2020-01-04 09:00,BIKES,300 Ash St\n").encode())
    assert raw.broken == {4: "Expected 3 columns. Received 5."}
    assert raw.rows.tolist() == [2, 3, 5]


def test_doubled_headers_get_names_of_their_own_and_a_note():
    raw = reader.read_table(b"Date,Block,Date\n2020-01-01,a,2020-02-02\n")
    assert list(raw.frame.columns) == ["Date", "Block", "Date (2)"]
    assert raw.frame["Date (2)"][0] == "2020-02-02"
    assert any("column 3" in note for note in raw.notes)


def test_300_columns_are_read_and_only_the_wanted_ones_if_they_are_named():
    names = [f"c{number}" for number in range(300)]
    data = (",".join(names) + "\n" + ",".join(["1"] * 300) + "\n").encode()
    assert reader.read_table(data).frame.shape == (1, 300)
    assert list(reader.read_table(data, columns=["c7"]).frame.columns) == ["c7"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "an empty file"),
        (b"\n \n", "an empty file"),
        (b",\n,\n", "empty cells alone"),
        (b"Date,Category\n", "a header only"),
        (b"just one column\nof words\n", "one column"),
        (b"PAR1 but not really", "damaged"),
        (b"PK\x03\x04 but no workbook", "cannot be read"),
        (b"\x00\x01\x02\x03 no text at all but bytes", "no text"),
    ],
)
def test_what_is_no_table_is_refused_in_words(data, said):
    with pytest.raises(InvalidInput, match=f"Expected .* Received .*{said}"):
        reader.read_table(data)


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path, monkeypatch):
    with pytest.raises(InvalidInput, match="which is no file"):
        reader.read_table(tmp_path / "absent.csv")
    monkeypatch.setattr(reader, "MAX_FILE_BYTES", 20)
    (tmp_path / "large.csv").write_text(ROWS)
    with pytest.raises(TooLarge, match="Split it by month"):
        reader.read_table(tmp_path / "large.csv")


def test_parquet_keeps_its_types(tmp_path):
    frame = pd.DataFrame({"when": pd.to_datetime(["2020-01-01"]), "n": [3]})
    frame.to_parquet(tmp_path / "table.parquet")
    raw = reader.read_table(tmp_path / "table.parquet")
    assert raw.frame["when"][0] == pd.Timestamp("2020-01-01")


def test_the_first_sheet_of_a_workbook_is_read_and_the_others_are_mentioned(tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="writes the workbook")
    book = openpyxl.Workbook()
    book.active.append(["When", "Block"])
    book.active.append([pd.Timestamp("2020-01-01 10:00").to_pydatetime(), "=1+1"])
    book.create_sheet("Other")
    path = tmp_path / "table.xlsx"
    book.save(path)
    raw = reader.read_table(path)
    assert raw.frame["When"][0] == pd.Timestamp("2020-01-01 10:00")
    assert any("2 sheets" in note for note in raw.notes)


def test_a_workbook_without_sheets_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    with pytest.raises(InvalidInput, match="Expected an Excel workbook"):
        reader.read_table(file.getvalue())


def test_the_first_rows_are_enough_to_guess_from(tmp_path: Path):
    town().to_csv(tmp_path / "town.csv", index=False)
    first = reader.read_preview(tmp_path / "town.csv", rows=5)
    assert first.shape == (5, 9)
    assert first["Category"].isin(["BIKES", "NOISE", "PAINT"]).all()


def test_a_quoted_line_break_stays_inside_its_cell():
    raw = reader.read_table(b'Date,Block\n2020-01-01,"Ash St\nrear"\n2020-01-02,Birch St\n')
    assert raw.frame["Block"].tolist() == ["Ash St\nrear", "Birch St"]
    assert np.array_equal(raw.rows, [2, 3])
