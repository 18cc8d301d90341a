"""The start of a rain and the times of a typed table, as people write them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from core.errors import InvalidInput
from pages.parts.flood.intake import rain_table, start_form
from pages.parts.flood.workbench import bench

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 28, 21, 12, 40, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("typed", "start"),
    [
        ("", "2026-11-28 21:15"),
        ("22:00", "2026-11-28 22:00"),
        ("20.30", "2026-11-28 20:30"),  # it rains already
        ("6:30", "2026-11-29 06:30"),  # this morning is long past
        ("+90 min", "2026-11-28 22:42"),
        ("90 min", "2026-11-28 22:42"),
        ("+5", "2026-11-28 21:17"),
        ("2026-12-24 18:00", "2026-12-24 18:00"),
    ],
)
def test_a_start_is_a_clock_time_minutes_or_a_moment(typed, start):
    assert f"{start_form.read(typed, NOW):%Y-%m-%d %H:%M}" == start
    assert start_form.read(typed, NOW).tzinfo is BERLIN


@pytest.mark.parametrize("typed", ["25:00", "12:60", "soon", "22", "2026-13-01 10:00", "-5 min"])
def test_a_start_that_makes_no_sense_says_what_to_type(typed):
    with pytest.raises(InvalidInput, match=r"Expected a clock time such as 22:00.*Correct the start"):
        start_form.read(typed, NOW)


@pytest.mark.parametrize(
    ("minute", "second", "shown"), [(0, 0, "21:00"), (0, 1, "21:05"), (56, 0, "22:00"), (5, 0, "21:05")]
)
def test_nobody_typed_a_start_the_next_five_minutes_count(minute, second, shown):
    assert f"{start_form.rounded_up(NOW.replace(minute=minute, second=second)):%H:%M}" == shown


def test_a_start_in_words():
    words = [
        start_form.in_words(start_form.read(text, NOW), NOW).replace("\N{NO-BREAK SPACE}", " ")
        for text in ("22:00", "6:00", "2026-12-24 18:00")
    ]
    assert words == ["22:00 today", "06:00 tomorrow", "18:00 on 24 Dec 2026"]


def test_clock_times_of_a_table_pass_midnight():
    seconds, start = start_form.read_column(["23:00", "23:30", "0:30"], NOW)
    assert seconds == [0.0, 1800.0, 5400.0]
    assert f"{start:%d %H:%M}" == "28 23:00"
    assert start_form.read_column(["0", "30 min", "45,5"], NOW) == ([0.0, 1800.0, 2730.0], None)
    with pytest.raises(InvalidInput, match="all clock times"):
        start_form.read_column(["22:00", "30"], NOW)


def typed(*rows: tuple[str | None, float | None]) -> rain_table.TabledRain | None:
    frame = pd.DataFrame(rows, columns=[rain_table.TIME, rain_table.AMOUNT]).astype({rain_table.AMOUNT: float})
    return rain_table.typed_rain(frame, NOW)


def test_rain_typed_in_place_is_that_of_a_table():
    rain = typed(("22:00", 5.0), ("22:30", 18.0), ("23:00", 2.0), ("23:30", None), (None, None))
    assert bench().summary(rain.members[0]).total == pytest.approx(25.0)
    assert f"{rain.starts_at:%H:%M}" == "22:00"
    (same,) = bench().rains(b"time_min,rain_mm\n0,5\n30,18\n60,2\n", "rain.csv", None)
    assert rain.members[0] == same


def test_a_table_that_is_not_typed_to_the_end_is_no_rain_yet():
    assert typed(("0", None), ("30", None)) is None
    assert typed(("0", 4.0), ("30", None)) is None
    with pytest.raises(InvalidInput, match="a time in each row"):
        typed(("0", 4.0), (None, 3.0))
    with pytest.raises(InvalidInput, match="times that ascend"):
        typed(("30", 4.0), ("30", 3.0))
