"""Dates as tables write them; expected values worked by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from core.errors import InvalidInput
from core.systems.crime.cleaning import dates


def parsed(*values, **options):
    return dates.parse_dates(pd.Series(list(values), dtype=object), **options)


def moments(*values, **options):
    return [None if pd.isna(one) else str(one) for one in parsed(*values, **options).moments]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2014-09-30 23:51:00", "2014-09-30 23:51:00"),
        ("2014-09-30T23:51", "2014-09-30 23:51:00"),
        ("2014-09-30", "2014-09-30 00:00:00"),
        ("20140930", "2014-09-30 00:00:00"),
        ("09/30/2014 11:51:00 PM", "2014-09-30 23:51:00"),
        ("9/30/14 12:05 AM", "2014-09-30 00:05:00"),
        ("30.09.2014 23:51", "2014-09-30 23:51:00"),
        ("30-09-2014", "2014-09-30 00:00:00"),
        ("Sep 30 2014 23:51", "2014-09-30 23:51:00"),
        ("41912.5", "2014-09-30 12:00:00"),  # days of Excel since 1899-12-30
    ],
)
def test_usual_ways_to_write_a_date(text, expected):
    assert moments(text) == [expected]


@pytest.mark.parametrize("text", ["", "soon", "2014-13-40", "99/99/2014", "31/02/2014", "7", None])
def test_what_is_no_date_is_told(text):
    found = parsed(text)
    assert found.moments.isna().all()
    assert found.problems["no_date"][0].tolist() == [True]


def test_a_column_that_proves_the_day_first_is_read_so():
    found = parsed("03/04/2014", "25/04/2014")
    assert [str(one.date()) for one in found.moments] == ["2014-04-03", "2014-04-25"]
    assert any("day first" in note for note in found.notes)


def test_without_proof_the_month_is_first_and_a_note_says_so():
    found = parsed("03/04/2014")
    assert str(found.moments[0].date()) == "2014-03-04"
    assert any("month first" in note for note in found.notes)
    assert moments("03/04/2014", day_first=True) == ["2014-04-03 00:00:00"]


def test_no_order_is_told_from_a_date_that_is_none():
    assert not parsed("31/31/2014", "2014-04-03").notes
    assert any("dates like 04/25/2014" in note for note in parsed("31/31/2014", "04/25/2014").notes)


def test_a_column_that_mixes_both_orders_rejects_only_what_can_be_read_both_ways():
    found = parsed("25/04/2014", "04/25/2014", "03/04/2014", "05/05/2014")
    assert found.problems["ambiguous_date"][0].tolist() == [False, False, True, False]
    assert found.moments.isna().tolist() == [False, False, True, False]


def test_times_with_an_offset_come_onto_the_citys_clock():
    assert moments("2014-07-01T12:00:00Z", timezone="America/Los_Angeles") == ["2014-07-01 05:00:00"]
    assert moments("2014-07-01T12:00:00+02:00") == ["2014-07-01 12:00:00"]


def test_hours_that_the_clock_skipped_or_showed_twice_are_told_and_kept():
    found = parsed("2014-03-09 02:30", "2014-11-02 01:30", "2014-07-01 02:30", timezone="America/Los_Angeles")
    assert found.problems["clock_gap"][0].tolist() == [True, False, False]
    assert found.problems["clock_fold"][0].tolist() == [False, True, False]
    assert found.moments.notna().all()


def test_years_that_no_record_has_are_told():
    found = parsed("1066-10-14", "2014-01-01")
    assert found.problems["date_out_of_range"][0].tolist() == [True, False]
    assert found.moments.isna().tolist() == [True, False]


def test_an_unknown_time_zone_is_refused():
    with pytest.raises(InvalidInput, match="IANA time zone"):
        parsed("2014-01-01", timezone="Mars/Olympus")


def test_one_date_keeps_its_offset_if_asked():
    assert dates.parse_date("2014-07-01T12:00:00Z", keep_offset=True).tzinfo is not None
    assert str(dates.parse_date("09/30/2014 11:51 PM")) == "2014-09-30 23:51:00"
    with pytest.raises(ValueError, match=r"2014-09-30 23:51. Received 'soon'"):
        dates.parse_date("soon")
