"""Every value that cannot be used is told with its row; rows are only rejected for a reason."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.errors import InvalidInput
from core.systems.crime.cleaning import column_mapping, records
from core.tables import reader
from tests.systems.crime.conftest import MAP, town


def cleaned(table: pd.DataFrame, needs=("date", "label"), named=MAP, **options):
    raw = reader.read(table.to_csv(index=False).encode())
    columns = column_mapping.columns_of(raw.frame, {part: name for part, name in named.items() if name in table})
    return records.clean(raw, columns, needs=needs, **options)


def kinds(found, kind):
    return found.problems.frame.query("kind == @kind")


def test_a_clean_table_stays_whole():
    found = cleaned(town(50))
    assert len(found) == 50
    assert found.problems.rejected == 0
    assert found.rows.tolist() == list(range(2, 52))
    assert found.frame["datetime"].dtype == "datetime64[us]"


def test_rows_without_a_date_or_category_are_rejected_with_row_column_and_value():
    table = town(50).astype({"Occurred On": str})
    table.loc[3, "Occurred On"] = "soon"
    table.loc[7, "Category"] = None
    found = cleaned(table)
    assert len(found) == 48
    assert found.problems.rejected == 2
    first = kinds(found, "no_date").iloc[0]
    assert (first["row"], first["column"], first["value"]) == (5, "Occurred On", "soon")
    assert kinds(found, "no_label")["row"].tolist() == [9]


def test_duplicates_are_counted_once_and_told_or_kept_if_asked():
    table = pd.concat([town(30), town(30).iloc[[4]]])
    assert len(cleaned(table)) == 30
    assert kinds(cleaned(table), "duplicate")["row"].tolist() == [32]
    assert len(cleaned(table, keep_duplicates=True)) == 31


@pytest.mark.parametrize("place", [(90.0, -120.5), (0.0, 0.0), (200.0, 400.0)])
def test_a_place_where_no_city_lies_counts_as_missing_and_the_row_stays(place):
    table = town(40)
    table.loc[5, ["Lat", "Lon"]] = place
    found = cleaned(table)
    assert len(found) == 40
    assert np.isnan(found.frame.loc[5, "latitude"])
    assert kinds(found, "impossible_coordinates")["row"].tolist() == [7]


def test_swapped_coordinates_are_put_right_and_told():
    table = town(40)
    table.loc[5, ["Lat", "Lon"]] = table.loc[5, ["Lon", "Lat"]].tolist()
    found = cleaned(table)
    assert found.frame.loc[5, "latitude"] == pytest.approx(town(40).loc[5, "Lat"])
    assert kinds(found, "swapped_coordinates")["row"].tolist() == [7]


def test_a_place_in_another_city_and_one_that_is_no_number_count_as_missing():
    table = town(40).astype({"Lat": object})
    table.loc[5, "Lat"] = 20.0
    table.loc[6, "Lat"] = "north"
    found = cleaned(table)
    assert kinds(found, "far_coordinates")["row"].tolist() == [7]
    assert kinds(found, "no_number")["row"].tolist() == [8]
    assert found.frame["latitude"].isna().sum() == 2


def test_a_comma_may_be_the_decimal_sign():
    table = town(40)
    table["Lat"] = table["Lat"].astype(str).str.replace(".", ",")
    assert cleaned(table).frame["latitude"].between(49, 51).all()


def test_flags_are_read_and_strange_ones_are_told():
    table = town(30).assign(Domestic=["True", "no", "maybe"] * 10)
    found = cleaned(table)
    assert found.frame["domestic"].tolist()[:3] == [1, 0, -1]
    assert len(kinds(found, "no_flag")) == 10


def test_a_table_without_a_needed_column_is_refused_with_what_there_is():
    with pytest.raises(InvalidInput, match=r"Expected a column for label.*--map label=COLUMN"):
        cleaned(town(20).drop(columns="Category"))


def test_a_row_without_time_is_fine_if_it_has_a_text():
    table = town(30).astype({"Occurred On": object})
    table.loc[2, "Occurred On"] = None
    table.loc[3, ["Occurred On", "Details"]] = None
    found = cleaned(table, needs=())
    assert len(found) == 29
    assert kinds(found, "nothing")["row"].tolist() == [5]


def test_broken_lines_are_among_the_rejected():
    raw = reader.read(b"Date,Category\n2020-01-01,A\n2020-01-02,B,C,D\n2020-01-03,C\n")
    found = records.clean(raw, column_mapping.columns_of(raw.frame), needs=("date", "label"))
    assert found.rows.tolist() == [2, 4]
    assert found.problems.counts() == {"broken_row": 1}
    assert found.problems.rejected == 1


def test_a_district_that_is_a_number_keeps_no_decimal():
    table = town(20).assign(Sector=[7.0, None] * 10)
    assert cleaned(table).frame["district"].tolist()[:2] == ["7", None]
