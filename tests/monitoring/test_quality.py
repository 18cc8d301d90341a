"""The quality of a period from counts: figures worked by hand, chance told apart, groups lowest first."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import f1_score

from core.evaluation.shares import Share, fall
from core.monitoring import quality
from core.store import DetailedStep

DAY = 86_400


def step(start: int, **details) -> DetailedStep:
    return DetailedStep(start, "crime", "1", "api", details)


def judged(n=0, correct=0, **others) -> dict:
    nothing = {"bins": [], "pairs": {}, "log_loss": [0, 0.0, 0.0], "sets": [0, 0], "groups": {}}
    return {"n": n, "correct": correct, **nothing, **others}


def test_of_no_answer_nothing_is_said():
    nothing = quality.quality({}, {})
    assert nothing.accuracy == Share(0, 0)
    assert nothing.coverage == Share(0, 0)
    assert (nothing.macro_f1, nothing.log_loss, nothing.calibration, nothing.expected) == (None, None, None, None)
    assert quality.quality_over_time([], []).empty


def test_figures_of_a_period_worked_by_hand():
    answers = {"scores": [10, 8.0, 1.6]}
    losses = [0.1, 0.3]
    counted = judged(2, 1, sets=[2, 1], log_loss=[2, sum(losses), sum(loss**2 for loss in losses)])
    result = quality.quality(counted, answers)
    assert result.accuracy == Share(1, 2)
    assert result.coverage == Share(1, 2)
    assert result.expected.value == pytest.approx(0.8)
    half = 1.959964 * 0.1 / math.sqrt(2)  # the losses' standard deviation is 0.1
    assert (result.log_loss.value, result.log_loss.low) == pytest.approx((0.2, 0.2 - half))
    assert result.log_loss_n == 2


def test_macro_f1_is_that_of_scikit_learn():
    random = np.random.default_rng(3)
    truth, guess = random.choice(["a", "b", "c"], 200, p=[0.6, 0.3, 0.1]), random.choice(["a", "b", "d"], 200)
    pairs: dict = {}
    for right, said in zip(truth, guess, strict=True):
        pairs.setdefault(right, {}).setdefault(said, 0)
        pairs[right][said] += 1
    estimate = quality.macro_f1(pairs)
    expected = f1_score(truth, guess, labels=["a", "b", "c"], average="macro", zero_division=0)
    assert estimate.value == pytest.approx(expected)
    assert estimate.low < estimate.value < estimate.high


def test_calibration_error_is_told_apart_from_chance():
    good = [[100, 80, 80.0], [100, 60, 59.0]]
    bad = [[100, 40, 80.0], [100, 60, 59.0]]
    error = quality.calibration_error(good)
    assert (error.n, error.value) == (200, pytest.approx(1 / 200))
    assert error.value < error.by_chance
    worse = quality.calibration_error(bad)
    assert worse.value == pytest.approx(41 / 200)
    assert worse.value > worse.by_chance
    assert quality.calibration_error([[0, 0, 0.0]]) is None


def test_of_few_answers_chance_brings_a_large_error():
    few, many = quality.calibration_error([[4, 3, 3.2]]), quality.calibration_error([[4000, 3000, 3200.0]])
    assert few.by_chance > 10 * many.by_chance


def test_groups_are_listed_with_the_surely_lowest_first():
    groups = {"district": {"North": [100, 90, 88.0], "South": [100, 40, 85.0], "New": [1, 0, 0.9]}}
    before = {"groups": {"district": {"South": [100, 80, 80.0]}}}
    lines = quality.accuracy_by_group(judged(201, 130, groups=groups), before)["district"]
    assert [line.group for line in lines] == ["South", "New", "North"]  # one wrong answer says little
    south, _new, north = lines
    assert south.fall.value == pytest.approx(0.4)
    assert south.fall.low > 0.25
    assert north.fall is None
    assert south.promised == pytest.approx(0.85)


def test_a_fall_is_that_of_newcombes_example():
    """Newcombe 1998 (Statist. Med. 17:873), table II, (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339."""
    change = fall(Share(56, 70), Share(48, 80))
    assert (change.value, change.low, change.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_the_most_frequent_errors_come_first():
    pairs = {"glass": {"glass": 6, "metal": 4}, "paper": {"cardboard": 7, "paper": 3}, "metal": {"metal": 5}}
    lines = quality.confusions(judged(25, 14, pairs=pairs), 1)
    assert lines == [("paper", "cardboard", 7, Share(7, 10))]


def test_over_time_what_is_judged_stands_beside_what_scores_promise():
    truths = [step(0, n=4, correct=3), step(DAY, n=2, correct=0), step(DAY, n=2, correct=2)]
    answers = [step(DAY, scores=[100, 90.0, 9.0]), step(2 * DAY, scores=[50, 25.0, 12.5])]
    table = quality.quality_over_time(truths, answers)
    assert table["n"].tolist() == [4, 4, 0]
    assert table["accuracy"].tolist()[:2] == [0.75, 0.5]
    assert table["expected"].tolist()[1:] == pytest.approx([0.9, 0.5])
    assert table["expected"].isna().tolist() == [True, False, False]
    assert table["accuracy"].isna().tolist() == [False, False, True]
    assert str(table["start"].iloc[1]) == "1970-01-02 00:00:00+00:00"
