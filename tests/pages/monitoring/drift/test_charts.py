"""Figures of one feature: both distributions in the same bins, and the effect over time."""

from __future__ import annotations

from datetime import UTC, timedelta

import numpy as np
import pytest

from core.monitoring.drift import CategoryHistogram
from core.monitoring.drift.histograms import histogram_of
from core.monitoring.version_drift import EffectSteps
from pages.parts.monitoring.drift import charts

DAY = timedelta(days=1)


def title(figure) -> str:
    return figure.layout.title.text.replace("<br>", " ").replace("\N{NO-BREAK SPACE}", " ")


def test_both_distributions_are_shares_in_the_same_bins_missing_as_one():
    histogram = histogram_of([*(number / 100 for number in range(100)), None])
    counts = np.zeros(len(histogram.counts), dtype=int)
    counts[-2:] = 30, 10
    figure = charts.distributions(histogram, counts, len(counts) - 2, "Brightness")
    reference, period = figure.data
    assert len(reference.y) == len(period.y) == len(histogram.counts)
    assert sum(reference.y) == pytest.approx(100)
    assert list(period.y[-2:]) == [75, 25]
    assert figure.layout.xaxis.ticktext[-1] == "missing"
    assert title(figure) == "Brightness: 75 % lie above all values of the reference"


def test_a_category_keeps_its_largest_classes_and_adds_the_rest_up():
    names = tuple(f"class {number:02d}" for number in range(20))
    histogram = CategoryHistogram(categories=names, counts=(*range(40, 20, -1), 0, 5))
    counts = np.array([0] * 19 + [60, 0, 40])
    figure = charts.distributions(histogram, counts, 19, "Answers")
    reference, period = figure.data
    assert len(reference.y) == charts.MAX_CATEGORIES + 2
    assert tuple(reference.y[-2:]) == ("all others", "missing")
    assert "class 19" in reference.y
    assert sum(reference.x) == pytest.approx(100)
    assert sum(period.x) == pytest.approx(100)
    assert title(figure) == "Answers: 60 % are class 19, 3 % in the reference"


def test_what_no_category_is_left_out_of_is_not_drawn():
    histogram = CategoryHistogram(categories=("glass", "metal"), counts=(5, 5, 0, 0))
    figure = charts.distributions(histogram, np.array([8, 2, 0, 0]), 0, "Answers")
    assert tuple(figure.data[0].y) == ("glass", "metal", "missing")


def test_nothing_to_compare_says_what_will_be_seen():
    histogram = histogram_of([0.0, 1.0])
    assert not charts.distributions(histogram, np.zeros(len(histogram.counts), dtype=int), None, "Brightness").data


def effects(effect: list[float], by_chance: float = 0.2) -> EffectSteps:
    starts = np.arange(len(effect)) * 86_400
    return EffectSteps(starts, np.full(len(effect), 80), np.array(effect), np.full(len(effect), by_chance), DAY)


def test_a_step_counts_where_its_effect_is_beyond_the_floor_and_beyond_chance():
    figure = charts.effect_over_time(effects([0.15, 0.3, np.nan, 0.5]), 0.1, True, 86_400, UTC, None)
    assert title(figure) == "Beyond what matters and beyond chance in 2 of 3 steps of one day"
    floor = next(
        line for line in figure.data if line.name.replace("\N{NO-BREAK SPACE}", " ") == "matters from 0.1 SD on"
    )
    assert list(floor.y) == [0.1, 0.1]
    assert "change began" in [note.text for note in figure.layout.annotations]


def test_a_category_is_drawn_in_percent():
    figure = charts.effect_over_time(effects([0.25]), 0.05, False, None, UTC, None)
    assert [list(line.y) for line in figure.data if line.name == "effect"] == [[25.0]]
    assert not figure.layout.annotations


def test_too_few_answers_in_each_step_say_so():
    assert not charts.effect_over_time(effects([np.nan, np.nan]), 0.1, True, None, UTC, None).data
