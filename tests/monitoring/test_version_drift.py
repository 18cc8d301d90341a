"""The drift of one version over a period: by step of time, since when, and in which bin."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.monitoring.drift import CategoryHistogram, DriftVerdict, reference_of
from core.monitoring.drift.reference import Features, count_features
from core.monitoring.drift.significance import permutation_test
from core.monitoring.version_drift import (
    VersionDrift,
    drift_of_versions,
    effect_over_time,
    newest_steps_with,
    risen_bin,
    width_that_tells,
)
from core.store import DetailedStep
from core.store.rollups.references import ReferenceBinning

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAY_S = 86_400


def answers(n: int, brightness: float, seed: int) -> list[Features]:
    random = np.random.default_rng(seed)
    return [
        {"brightness": float(random.normal(brightness)), "predicted class": ("glass", "metal")[number % 2]}
        for number in range(n)
    ]


REFERENCE = reference_of(answers(1000, 0.0, 0))
BINNINGS = {"1": ReferenceBinning(REFERENCE, "first")}


def step(start: int, rows: list[Features], version: str = "1", source: str = "api") -> DetailedStep:
    """What the store counts of some answers."""
    features = {"brightness": count_features(REFERENCE, rows)["brightness"]}
    values = {name: sum(row["predicted class"] == name for row in rows) for name in ("glass", "metal")}
    details = {"features": features, "values": values, "reference": {"first": len(rows)}}
    return DetailedStep(start, "waste", version, source, details)


def drifting() -> VersionDrift:
    """Ten days of 100 answers each, whose brightness rises by one standard deviation on the seventh."""
    steps = [step(day * DAY_S, answers(100, 1.0 * (day >= 6), day + 1)) for day in range(10)]
    (drift,) = drift_of_versions(steps, BINNINGS)
    return drift


def test_a_feature_that_moved_stands_first_and_says_on_which_day_it_began() -> None:
    drift = drifting()
    assert [each.feature for each in drift.judged] == ["brightness", "predicted class"]
    assert [each.verdict for each in drift.judged] == [DriftVerdict.DRIFTS, DriftVerdict.HOLDS]
    assert drift.began("brightness") == 6 * DAY_S
    assert drift.began("predicted class") is None
    assert drift.n == 1000


def test_a_change_before_which_the_period_has_too_few_answers_is_as_old_as_the_period() -> None:
    steps = [step(0, answers(49, 0.0, 1)), *(step(day * DAY_S, answers(100, 1.0, day + 1)) for day in (1, 2, 3))]
    (drift,) = drift_of_versions(steps, BINNINGS)
    assert drift.began("brightness") == 0
    (drift,) = drift_of_versions([step(0, answers(1, 0.0, 9)), *steps], BINNINGS)
    assert drift.began("brightness") == DAY_S


def test_sources_of_one_step_are_added_and_steps_come_in_order_of_time() -> None:
    steps = [
        step(DAY_S, answers(30, 0.0, 1)),
        step(0, answers(20, 0.0, 2)),
        step(DAY_S, answers(5, 0.0, 3), source="page"),
    ]
    (drift,) = drift_of_versions(steps, BINNINGS)
    assert drift.starts.tolist() == [0, DAY_S]
    assert drift.n_by_step.tolist() == [20, 35]
    assert drift.counts["predicted class"].sum(axis=1).tolist() == [20, 35]


def test_versions_without_a_reference_and_steps_without_answers_are_left_out() -> None:
    failed = DetailedStep(0, "waste", "1", "api", {"values": {}, "errors": {"unreadable_photo": 3}})
    assert drift_of_versions([step(0, answers(60, 0.0, 1), version="2"), failed], BINNINGS) == []


def test_the_effect_is_told_of_steps_with_enough_answers_alone() -> None:
    steps = [step(0, answers(60, 2.0, 1)), step(DAY_S, answers(49, 2.0, 2))]
    (drift,) = drift_of_versions(steps, BINNINGS)
    effects = effect_over_time(drift, "brightness", DAY)
    assert effects.n.tolist() == [60, 49]
    assert effects.effect[0] == pytest.approx(2.0, abs=0.4)
    assert np.isnan(effects.effect[1])
    both = effect_over_time(drift, "brightness", 2 * DAY)
    assert both.n.tolist() == [109]
    assert both.starts.tolist() == [0]


def test_the_effect_by_chance_of_a_step_agrees_with_a_permutation_test_at_its_size() -> None:
    """The scaled bound holds against 1,999 draws at the step's own size, within a quarter of it."""
    steps = [step(day * DAY_S, answers(200, 0.0, day + 1)) for day in range(10)]
    (drift,) = drift_of_versions(steps, BINNINGS)
    for name, histogram in REFERENCE.features.items():
        effects = effect_over_time(drift, name, DAY)
        drawn = permutation_test(histogram, drift.counts[name][0], np.random.default_rng(0)).by_chance
        assert effects.by_chance[0] == pytest.approx(drawn, rel=0.25)


def test_steps_are_widened_until_half_of_them_hold_what_a_verdict_needs() -> None:
    hours = np.arange(48) * 3600
    assert width_that_tells(hours, np.full(48, 60), HOUR) == HOUR
    assert width_that_tells(hours, np.full(48, 20), HOUR) == timedelta(hours=3)
    assert width_that_tells(hours, np.full(48, 3), HOUR) == DAY
    assert width_that_tells(np.arange(400) * DAY_S, np.full(400, 60), DAY) == timedelta(days=7)


def test_the_bin_that_rose_most_and_the_newest_days_that_hold_answers_in_it() -> None:
    histogram = CategoryHistogram(categories=("glass", "metal"), counts=(50, 50, 0, 0))
    counts = np.array([[5, 9, 0, 0], [3, 4, 0, 0], [6, 0, 0, 0], [1, 5, 0, 0], [4, 0, 0, 0]])
    reference = REFERENCE.model_copy(update={"features": {"predicted class": histogram}})
    days = np.arange(5) * DAY_S
    drift = VersionDrift("waste", "1", reference, (), days, {"predicted class": counts})
    index = risen_bin(drift, "predicted class")
    assert index == 0  # 19 of 37 glass; 18 metal
    assert newest_steps_with(drift, "predicted class", 1, 6) == (DAY_S, 3 * DAY_S)
    assert newest_steps_with(drift, "predicted class", 1, 5) == (3 * DAY_S, 3 * DAY_S)
    assert newest_steps_with(drift, "predicted class", 1, 100) == (0, 3 * DAY_S)
    assert newest_steps_with(drift, "predicted class", 2, 1) is None


def test_nothing_rose_where_nothing_was_answered() -> None:
    histogram = CategoryHistogram(categories=("glass",), counts=(50, 0, 0))
    reference = REFERENCE.model_copy(update={"features": {"predicted class": histogram}})
    for counts in ([[0, 0, 0]], [[7, 0, 0]]):
        drift = VersionDrift("waste", "1", reference, (), np.array([0]), {"predicted class": np.array(counts)})
        assert risen_bin(drift, "predicted class") is None


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.integers(1, 50))
def test_the_newest_steps_hold_enough_or_all_and_no_step_more_than_needed(counts: list[int], wanted: int) -> None:
    histogram = CategoryHistogram(categories=("glass",), counts=(50, 0, 0))
    reference = REFERENCE.model_copy(update={"features": {"predicted class": histogram}})
    table = np.array([[count, 1, 0] for count in counts])
    drift = VersionDrift("waste", "1", reference, (), np.arange(len(counts)), {"predicted class": table})
    steps = newest_steps_with(drift, "predicted class", 0, wanted)
    if steps is None:
        assert sum(counts) == 0
        return
    first, last = steps
    within = sum(counts[first : last + 1])
    assert sum(counts[last + 1 :]) == 0
    assert within >= min(wanted, sum(counts))
    assert within - counts[first] < wanted
