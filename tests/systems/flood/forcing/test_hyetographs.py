"""Rain and inflow over time as people upload them, and what is said about tables that make no sense."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInput, TooLarge
from core.systems.flood.forcing import hyetographs, storms
from core.systems.flood.forcing.units import MM_PER_HOUR


def rain(text: str, **given: object) -> list[storms.RainSummary]:
    return [storms.summary(one) for one in hyetographs.rains(text.encode(), "rain.csv", **given)]  # type: ignore[arg-type]


def test_rates_are_joined_by_straight_lines() -> None:
    (found,) = hyetographs.rains(b"time_s,rain_mm_per_h\n0,0\n600,36\n1200,0\n", "rain.csv")
    assert found.times.tolist() == [0, 600, 1200]
    assert found.rates[1] == pytest.approx(36 * MM_PER_HOUR)


@pytest.mark.parametrize(
    "text",
    [
        "time_min,rain_mm\n0,1\n30,4\n60,2\n",
        "time_h;Rain [mm]\n0;1,0\n0,5;4,0\n1;2,0\n",
        "time\train (mm)\n2026-01-31 14:00\t1\n2026-01-31 14:30\t4\n2026-01-31 15:00\t2\n",
        "time,rain_mm\n2026-01-31T14:00Z,1\n2026-01-31T14:30Z,4\n2026-01-31T16:00+01:00,2\n",
        "\ufefftime_s, rain_mm \n\n0,1\n1800,4\n3600,2\n",
        "Time [min],Rain [mm]\n0,1\n30,4\n60,2\n",
        "time (h),rain_mm\n0,1\n0.5,4\n1,2\n",
        "Minutes;rain_mm;min;max\n0;1;0;9\n30;4;0;9\n60;2;0;9\n",
        "sep=;\r\ntime_min;rain_mm\r\n0;1,0\r\n30;4\r\n60;2\r\n",
    ],
    ids=["minutes", "semicolons", "tabs", "offsets", "mark and blanks", "brackets", "parentheses", "word", "for Excel"],
)
def test_depths_fall_from_their_time_to_the_next(text: str) -> None:
    (found,) = rain(text)
    assert found.total == pytest.approx(7)
    assert found.peak == pytest.approx(8)
    assert found.peak_time == pytest.approx(1800, abs=1)
    assert found.duration == pytest.approx(5400, abs=1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_do_not_matter(encoding: str) -> None:
    data = "time_s;Größe in mm;Ort\n0;1,5;Köln\n60;2,5;Köln\n".encode(encoding)
    (found,) = hyetographs.rains(data, "regen.csv")
    assert storms.summary(found).total == pytest.approx(4)


def test_several_columns_are_members() -> None:
    found = rain("time_h,rain_mm_1,rain_mm_2,note\n0,1,2,a\n1,3,4,b\n")
    assert [one.total for one in found] == pytest.approx([4, 6])


def test_a_unit_may_be_said_where_names_do_not() -> None:
    with pytest.raises(InvalidInput, match=r"a column of rain, rain_mm_per_h or rain_mm.*Received a, b"):
        rain("time_h,a,b\n0,1,2\n1,3,4\n")
    assert [one.total for one in rain("time_h,a,b\n0,1,2\n1,3,4\n", unit="mm")] == pytest.approx([4, 6])
    assert [one.total for one in rain("time_h,a,b\n0,1,2\n1,3,4\n", unit="mm/h")] == pytest.approx([2, 3])


@pytest.mark.parametrize(
    "name", ["rain mm/min", "rain_mm_per_day", "mm/5min", "Cumulative rain [mm]", "accumulated_mm"]
)
def test_what_only_looks_like_a_depth_or_an_hourly_rate_is_not_taken_for_it(name: str) -> None:
    with pytest.raises(InvalidInput, match="a column of rain, rain_mm_per_h or rain_mm"):
        rain(f"time_min,{name}\n0,1\n5,2\n")


def test_a_column_of_time_is_no_rain_also_where_a_unit_is_said() -> None:
    assert len(rain("minutes,gauge\n0,1\n5,2\n", unit="mm")) == 1


@pytest.mark.parametrize("name", ["discharge_m3_per_s", "Q [m³/s]", "flow m3/s"])
def test_a_discharge_is_found_by_its_unit(name: str) -> None:
    found = hyetographs.inflow(f"time_min;{name}\n0;0\n30;5,5\n".encode(), "river.csv")
    assert (found.times.tolist(), found.rates.tolist()) == ([0, 1800], [0, 5.5])


def test_an_inflow_is_read() -> None:
    found = hyetographs.inflow(b"time_h;Discharge_m3_per_s\n0;1,5\n1;20\n", "river.csv")
    assert (found.times.tolist(), found.rates.tolist()) == ([0, 3600], [1.5, 20])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "at least two rows"),
        ("time_s,rain_mm\n", "at least two rows"),
        ("time_s,rain_mm\n0,1\n", "Received 1"),
        ("min,rain_mm\n0,1\n1,1\n", "a column of time, time_s, time_min"),
        ("time_s\n0\n1\n", "Received none beside the time"),
        ("time_s,rain_mm\n0,1\n60,heavy\n", "a number as rain_mm in row 3 of rain.csv. Received 'heavy'"),
        ("time_s,rain_mm\n0,1\n60\n", "a number as rain_mm in row 3"),
        ("time_s,rain_mm\n0,1\n60,nan\n", "Received 'nan'"),
        ("time_s,rain_mm\n0,1\n60,-999\n", "rain of 0 or more as rain_mm in row 3"),
        ("time_s,rain_mm_per_h\n0,1\n60,-1\n", "rain of 0 or more"),
        ("time_s,rain_mm\n60,1\n0,1\n", "times that ascend in rain.csv. Received '0' in row 3, after '60'"),
        ("time_s,rain_mm\n0,1\n0,1\n", "times that ascend"),
        ("time_s,rain_mm\n-60,1\n0,1\n", "times from 0 on"),
        ("time,rain_mm\nsoon,1\nlater,1\n", "a date and time like 2026-01-31T14:00 as time in row 2"),
        ("time,rain_mm\n2026-01-31T14:00,1\n2026-01-31T15:00Z,1\n", "in row 3 of rain.csv, all with an offset"),
        ("time_min,rain_mm\n0,6000\n5,5000\n", r"up to 10,000 mm of rain\. Received 11,000 mm\. Check the unit"),
        ("time_min,rain_mm_per_h\n0,1e9\n5,0\n", "Check the unit and the decimal signs"),
        ("time_s,rain_mm,Rain_mm\n0,1,1\n60,1,1\n", "columns of different names in rain.csv. Received 'rain_mm' twice"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        rain(text)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(InvalidInput, match="Expected"):
        hyetographs.rains(np.random.default_rng(0).bytes(3000), "rain.csv")


def test_limits_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    many = ",".join(f"rain_mm_{number}" for number in range(101))
    with pytest.raises(TooLarge, match="up to 100 columns of rain"):
        rain(f"time_s,{many}\n" + "\n".join(f"{row}{',1' * 101}" for row in range(2)) + "\n")
    with pytest.raises(TooLarge, match=r"up to 30 days in rain.csv\. Received 31\. Keep the hours that matter"):
        rain("time_h,rain_mm\n0,1\n744,1\n")
    monkeypatch.setattr(hyetographs, "MAX_ROWS", 2)
    with pytest.raises(TooLarge, match="up to 2 rows"):
        rain("time_s,rain_mm\n0,1\n1,1\n2,1\n")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("time_s,flow\n0,1\n60,1\n", "one column of discharge, discharge_m3_per_s"),
        ("time_s,a m3/s,b m3/s\n0,1,1\n60,1,1\n", "leave the others out"),
        ("time_s,discharge_m3_per_s\n0,1\n60,-1\n", "river.csv: Expected rates of 0 or more"),
    ],
)
def test_an_inflow_that_makes_no_sense_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        hyetographs.inflow(text.encode(), "river.csv")


@pytest.mark.parametrize(
    ("table", "start"),
    [
        ("time,rain_mm\n2026-11-28T22:00,5\n2026-11-28T22:30,9\n", "2026-11-28T22:00:00"),
        ("time,rain_mm\n2026-11-28T22:00+01:00,5\n2026-11-28T22:30+01:00,9\n", "2026-11-28T22:00:00+01:00"),
        ("time_min,rain_mm\n0,5\n30,9\n", None),
    ],
)
def test_a_table_with_dates_says_when_its_rain_begins(table: str, start: str | None) -> None:
    found = hyetographs.start(table.encode(), "rain.csv")
    assert (found.isoformat() if found else None) == start
