"""Figures: each can be drawn, names its axes, and says in words what it will show when there is nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from core import inference, monitoring
from core.store import AnswerCounts
from core.store.rollups.counts import latency_bin
from pages.parts.shared import charts

LOG = pd.DataFrame(
    {
        "created_at": pd.date_range("2026-11-20 10:00", periods=6, freq="20s", tz="UTC"),
        "status": ["answered"] * 5 + ["failed"],
        "score": [0.2, 0.7, 0.92, 0.95, 0.99, np.nan],
        "abstained": [True, False, False, False, False, False],
        "latency_ms": [10.0, 11.0, 12.0, 13.0, 14.0, 1.0],
        "correct": pd.Series([False, True, True, None, None, None], dtype=object),
        "version": "1",
        "n": 1,
    }
)


def steps_of(frame: pd.DataFrame) -> dict[int, AnswerCounts]:
    """What the store counts of the rows, by the minute."""
    counted: dict[int, AnswerCounts] = {}
    for row in frame.itertuples():
        is_failed = row.status == "failed"
        counts = AnswerCounts(
            1, int(is_failed), int(row.abstained), {} if is_failed else {latency_bin(row.latency_ms): 1}
        )
        start = int(row.created_at.timestamp() // 60 * 60)
        counted.setdefault(start, AnswerCounts()).add(counts)
    return counted


def figures(frame: pd.DataFrame) -> dict:
    steps = monitoring.over_time(steps_of(frame), timedelta(minutes=1))
    answered = frame[frame["status"] == "answered"]
    judged = answered[answered["correct"].notna()]
    by_version = judged.groupby("version").agg(n=("n", "sum"), correct=("correct", "sum")).reset_index()
    return {
        "volume": charts.volume(steps, "UTC", "minute"),
        "shares": charts.shares(steps, "UTC"),
        "latency": charts.latency(steps, "UTC"),
        "confidence": charts.confidence(*np.histogram(answered["score"], 20, (0.0, 1.0)), inference.SCALES),
        "reliability": charts.reliability(monitoring.reliability(judged["score"], judged["correct"])),
        "accuracy": charts.accuracy(monitoring.accuracy_by(by_version, "version"), "version"),
    }


FULL, EMPTY = figures(LOG), figures(LOG.iloc[:0])


@pytest.mark.parametrize("name", FULL)
def test_a_chart_has_a_title_and_names_its_axes(name):
    layout = FULL[name].layout
    assert layout.title.text
    assert layout.xaxis.title.text
    assert layout.yaxis.title.text or name == "accuracy"  # its rows are the versions' names


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_chart_says_what_it_will_show(name):
    assert not EMPTY[name].data
    assert "Nothing in this period yet" in EMPTY[name].layout.annotations[0].text


def test_bars_begin_at_zero_and_count_every_prediction():
    assert [sum(bar.y) for bar in FULL["volume"].data] == [5, 1]
    assert FULL["volume"].layout.title.text == "6 predictions, 1 failed"


@pytest.mark.parametrize("name", FULL)
def test_shares_are_written_as_everywhere_with_a_space_before_the_sign(name):
    figure = FULL[name].to_json().replace(r"\u00a0", " ")
    assert not re.search(r"\d%", figure)


def test_no_axis_shortens_thousands_to_a_letter():
    assert {FULL[name].layout.yaxis.exponentformat for name in FULL} == {"none"}


def test_bins_of_confidence_are_named_by_their_bounds():
    assert FULL["confidence"].data[0].customdata[1] == "5 to 10\N{NO-BREAK SPACE}%"


def test_the_title_says_what_is_seen():
    assert FULL["confidence"].layout.title.text == "60\N{NO-BREAK SPACE}% of 5 answers are sure"


def test_contributions_come_strongest_first_and_say_which_way():
    figure = charts.contributions({"weak": 0.1, "strong": -2.0})
    bars = figure.data[0]
    assert (bars.y, bars.text) == (("strong", "weak"), ("against", "for"))
    low, high = figure.layout.xaxis.range
    assert low < -2.4  # the words fit beside the bars too
    assert high > 0.5


@pytest.mark.parametrize("dark", [True, False])
def test_small_text_has_the_contrast_of_its_theme(dark):
    figure = charts.readable(figures(LOG)["confidence"], dark)
    wanted = charts.SMALL_TEXT_DARK if dark else charts.SMALL_TEXT_LIGHT
    assert {figure.layout.xaxis.tickfont.color, figure.layout.annotations[0].font.color} == {wanted}
