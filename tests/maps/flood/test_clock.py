"""Times since the start as the clock tells them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.maps.flood.clock import ELAPSED, Clock

BERLIN = ZoneInfo("Europe/Berlin")


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "22:00 (at the start)"),
        (29 * 60, "22:29 (29 min)"),
        (29.6 * 60, "22:30 (30 min)"),
        (7200, "29 Nov 00:00 (2 h)"),
        (None, "never"),
    ],
)
def test_the_clock_comes_first_and_the_elapsed_time_second(seconds: float | None, told: str) -> None:
    assert plain(Clock(datetime(2026, 11, 28, 22, 0, tzinfo=BERLIN)).both(seconds)) == told


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN), "02:30 (2 h)"),  # clocks went back at 3:00
        (datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN), "04:30 (2 h)"),  # clocks went on at 2:00
    ],
)
def test_two_hours_pass_when_the_clocks_are_changed(start: datetime, told: str) -> None:
    assert plain(Clock(start).both(7200)) == told


def test_what_comes_at_once_comes_at_the_start() -> None:
    clock = Clock(datetime(2026, 11, 28, 22, 0, tzinfo=BERLIN))
    assert plain(clock.sentence(12)) == "at the start (22:00)"
    assert plain(clock.sentence(29 * 60)) == "at 22:29 (29 min)"


def test_without_a_start_all_times_are_elapsed_ones() -> None:
    assert plain(ELAPSED.both(5400)) == plain(ELAPSED.time(5400)) == "1 h 30 min"
    assert plain(ELAPSED.sentence(5400)) == "after 1 h 30 min"
    assert ELAPSED.sentence(12) == "at the start"
    assert ELAPSED.sentence(None) == "at a time that is not known"
    with pytest.raises(ValueError, match="without a start"):
        ELAPSED.moment(1.0)


def test_a_sentence_says_when() -> None:
    assert plain(Clock(datetime(2026, 11, 28, 22, 0, tzinfo=BERLIN)).sentence(1740)) == "at 22:29 (29 min)"
