"""Every value that cannot be used is told with its row; rows are only rejected for a reason."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.errors import InvalidInput
from core.systems.crime.cleaning.column_mapping import map_columns
from core.systems.crime.cleaning.incidents import CleaningOptions, clean_table
from core.tables.reader import read_table
from tests.systems.crime.conftest import MAP, town


def cleaned(table: pd.DataFrame, needs=("date", "label"), named=MAP, **options):
    raw = read_table(table.to_csv(index=False).encode())
    columns = map_columns(raw.frame, {part: name for part, name in named.items() if name in table})
    return clean_table(raw, columns, CleaningOptions(needs=needs, **options))


def of_kind(records, kind):
    return records.findings.frame.query("kind == @kind")


def test_a_clean_table_stays_whole():
    records = cleaned(town(50))
    assert len(records) == 50
    assert records.findings.rejected == 0
    assert records.rows.tolist() == list(range(2, 52))
    assert records.frame["datetime"].dtype == "datetime64[us]"


def test_rows_without_a_date_or_category_are_rejected_with_row_column_and_value():
    table = town(50).astype({"Occurred On": str})
    table.loc[3, "Occurred On"] = "soon"
    table.loc[7, "Category"] = None
    records = cleaned(table)
    assert len(records) == 48
    assert records.findings.rejected == 2
    first = of_kind(records, "no_date").iloc[0]
    assert (first["row"], first["column"], first["value"]) == (5, "Occurred On", "soon")
    assert of_kind(records, "no_label")["row"].tolist() == [9]


def test_duplicates_are_counted_once_and_told_or_kept_if_asked():
    table = pd.concat([town(30), town(30).iloc[[4]]])
    assert len(cleaned(table)) == 30
    assert of_kind(cleaned(table), "duplicate")["row"].tolist() == [32]
    assert len(cleaned(table, keep_duplicates=True)) == 31


@pytest.mark.parametrize("place", [(90.0, -120.5), (0.0, 0.0), (200.0, 400.0)])
def test_a_place_where_no_city_lies_counts_as_missing_and_the_row_stays(place):
    table = town(40)
    table.loc[5, ["Lat", "Lon"]] = place
    records = cleaned(table)
    assert len(records) == 40
    assert np.isnan(records.frame.loc[5, "latitude"])
    assert of_kind(records, "impossible_coordinates")["row"].tolist() == [7]


def test_swapped_coordinates_are_put_right_and_told():
    table = town(40)
    table.loc[5, ["Lat", "Lon"]] = table.loc[5, ["Lon", "Lat"]].tolist()
    records = cleaned(table)
    assert records.frame.loc[5, "latitude"] == pytest.approx(town(40).loc[5, "Lat"])
    assert of_kind(records, "swapped_coordinates")["row"].tolist() == [7]


def test_a_place_in_another_city_and_one_that_is_no_number_count_as_missing():
    table = town(40).astype({"Lat": object})
    table.loc[5, "Lat"] = 20.0
    table.loc[6, "Lat"] = "north"
    records = cleaned(table)
    assert of_kind(records, "far_coordinates")["row"].tolist() == [7]
    assert of_kind(records, "no_number")["row"].tolist() == [8]
    assert records.frame["latitude"].isna().sum() == 2


def test_a_comma_may_be_the_decimal_sign():
    table = town(40)
    table["Lat"] = table["Lat"].astype(str).str.replace(".", ",")
    assert cleaned(table).frame["latitude"].between(49, 51).all()


def test_flags_are_read_and_strange_ones_are_told():
    table = town(30).assign(Domestic=["True", "no", "maybe"] * 10)
    records = cleaned(table)
    assert records.frame["domestic"].tolist()[:3] == [1, 0, -1]
    assert len(of_kind(records, "no_flag")) == 10


def test_a_table_without_a_needed_column_is_refused_with_what_there_is():
    with pytest.raises(InvalidInput, match=r"Expected a column for label.*--map label=COLUMN"):
        cleaned(town(20).drop(columns="Category"))


def test_a_row_without_time_is_fine_if_it_has_a_text():
    table = town(30).astype({"Occurred On": object})
    table.loc[2, "Occurred On"] = None
    table.loc[3, ["Occurred On", "Details"]] = None
    records = cleaned(table, needs=())
    assert len(records) == 29
    assert of_kind(records, "nothing")["row"].tolist() == [5]


def test_broken_lines_are_among_the_rejected():
    raw = read_table(b"Date,Category\n2020-01-01,A\n2020-01-02,B,C,D\n2020-01-03,C\n")
    records = clean_table(raw, map_columns(raw.frame), CleaningOptions(needs=("date", "label")))
    assert records.rows.tolist() == [2, 4]
    assert records.findings.counts() == {"broken_row": 1}
    assert records.findings.rejected == 1


def test_a_district_that_is_a_number_keeps_no_decimal():
    table = town(20).assign(Sector=[7.0, None] * 10)
    assert cleaned(table).frame["district"].tolist()[:2] == ["7", None]
