"""The figures of the log, against values worked by hand or printed in the named papers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import monitoring
from core.monitoring import Share
from core.store.rollups.counts import AnswerCounts, latency_bin
from core.store.rollups.reading import CountedStep

TEN = int(datetime(2026, 11, 20, 10, tzinfo=UTC).timestamp())
DAY = {  # 10 and 30 ms, one of them not sure; a failure; 20 ms
    TEN: AnswerCounts(n=2, not_sure=1, latency={latency_bin(10.0): 1, latency_bin(30.0): 1}),
    TEN + 60: AnswerCounts(n=1, failed=1),
    TEN + 180: AnswerCounts(n=1, latency={latency_bin(20.0): 1}),
}
EMPTY: dict[int, AnswerCounts] = {}
BIN = 0.05  # how far a bin's middle may be from a time to answer


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [  # Newcombe 1998, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_intervals(hits: int, n: int, low: float, high: float) -> None:
    assert monitoring.wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_ends_exactly_at_zero_and_one() -> None:
    assert monitoring.wilson(0, 7)[0] == 0.0
    assert monitoring.wilson(7, 7)[1] == 1.0


def test_a_share_of_nothing_is_unknown_not_zero() -> None:
    assert Share(0, 0).value is None
    assert Share(0, 0).interval == (0.0, 1.0)


def test_wilson_refuses_more_hits_than_cases() -> None:
    with pytest.raises(ValueError, match="Received 3 of 2"):
        monitoring.wilson(3, 2)


def test_a_period_is_summed_up_by_hand() -> None:
    summary = monitoring.summarise(monitoring.total(DAY), Share(1, 2))
    assert summary.n == 4
    assert summary.failed == Share(1, 4)
    assert summary.not_sure == Share(1, 3)
    assert summary.accuracy == Share(1, 2)
    expected = {50: 20.0, 95: 29.0, 99: 29.8}  # of 10, 20, 30: the failure does not count
    assert summary.latency == pytest.approx(expected, rel=BIN)


def test_an_empty_period_has_no_figures() -> None:
    summary = monitoring.summarise(monitoring.total(EMPTY), Share(0, 0))
    assert (summary.n, summary.failed.value, summary.accuracy.value, summary.latency) == (0, None, None, {})


def test_percentiles_lie_between_neighbours_and_skip_what_is_missing() -> None:
    assert monitoring.percentiles([1.0, 2.0, 3.0, 4.0, np.nan], points=(50, 100)) == {50: 2.5, 100: 4.0}


def test_rows_that_stand_for_many_weigh_as_many() -> None:
    assert monitoring.percentiles([1.0, 9.0], [3, 1], points=(50, 100)) == {50: 1.0, 100: 9.0}


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(1, 9)), min_size=1, max_size=20))
def test_percentiles_of_counted_values_are_those_of_the_values_written_out(counted: list[tuple[float, int]]) -> None:
    values, counts = zip(*counted, strict=True)
    expected = np.percentile(np.repeat(values, counts), monitoring.rates.POINTS)
    assert list(monitoring.percentiles(values, counts).values()) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_counts_of_several_kinds_are_joined_by_step_and_added() -> None:
    steps = [CountedStep(start, system, "1", "api", counts) for system in ("a", "b") for start, counts in DAY.items()]
    together = monitoring.joined(steps)
    assert [counts.n for counts in together.values()] == [4, 2, 2]
    assert monitoring.total(together).latency == {latency_bin(value): 2 for value in (10.0, 20.0, 30.0)}
    assert monitoring.total(DAY).n == 4  # what was added to is another


def test_over_time_counts_each_step_and_keeps_the_empty_ones() -> None:
    steps = monitoring.over_time(DAY, timedelta(minutes=1))
    assert steps["start"].iloc[0] == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    assert steps["n"].tolist() == [2, 1, 0, 1]
    assert steps["failed"].tolist() == [0, 1, 0, 0]
    assert steps["not_sure"].tolist() == [1, 0, 0, 0]
    assert steps["p50"].tolist() == pytest.approx([20.0, np.nan, np.nan, 20.0], nan_ok=True, rel=BIN)
    assert steps["failed_share"].tolist() == pytest.approx([0.0, 1.0, np.nan, 0.0], nan_ok=True)
    assert steps["not_sure_share"].tolist() == pytest.approx([0.5, np.nan, np.nan, 0.0], nan_ok=True)


def test_over_time_of_nothing_has_the_same_columns() -> None:
    nothing = monitoring.over_time(EMPTY, timedelta(minutes=1))
    assert list(nothing) == list(monitoring.over_time(DAY, timedelta(minutes=1)))
    assert nothing.empty


@pytest.mark.parametrize(
    ("span", "width"),
    [
        (timedelta(hours=1), timedelta(minutes=1)),
        (timedelta(hours=24), timedelta(hours=1)),
        (timedelta(days=7), timedelta(hours=3)),
        (timedelta(days=30), timedelta(days=1)),
        (timedelta(days=90), timedelta(days=1)),
        (timedelta(days=36500), timedelta(days=30)),
    ],
)
def test_a_step_is_the_shortest_readable_one(span: timedelta, width: timedelta) -> None:
    assert monitoring.step_width(span) == width


def test_the_busiest_step() -> None:
    assert monitoring.busiest(DAY) == 2
    assert monitoring.busiest(EMPTY) == 0


def test_reliability_and_its_error_by_hand() -> None:
    # Two bins: (0, 0.5] holds 0.2 and 0.4 (mean 0.3), one right; (0.5, 1] holds 0.8 and 1.0 (mean 0.9), both right.
    scores, correct = [0.2, 0.4, 0.8, 1.0], [False, True, True, True]
    table = monitoring.reliability(scores, correct, bins=2)
    assert table["n"].tolist() == [2, 2]
    assert table["confidence"].tolist() == pytest.approx([0.3, 0.9])
    assert table["accuracy"].tolist() == [0.5, 1.0]


def test_a_score_on_an_edge_belongs_to_the_bin_below() -> None:
    assert monitoring.reliability([0.5], [True], bins=2)["high"].tolist() == [0.5]


def test_reliability_of_counted_answers_is_that_of_the_answers() -> None:
    scores, correct = [0.0, 0.2, 0.4, 0.8, 1.0], [True, False, True, True, True]
    counted = pd.DataFrame(
        {"bin": [-1, 0, 1, 1], "n": [1, 2, 1, 1], "correct": [1, 1, 1, 1], "score": [0.0, 0.6, 0.8, 1.0]}
    )  # as the database gives them: a score of 0 lies below the first bin, a bin has a row for each version
    expected = monitoring.reliability(scores, correct, bins=2)
    pd.testing.assert_frame_equal(monitoring.reliability_of_counts(counted, bins=2), expected)


def test_accuracy_by_group_sums_what_was_judged() -> None:
    counted = pd.DataFrame({"version": ["1", "1", "2", None], "n": [3, 1, 1, 9], "correct": [2, 1, 0, 9]})
    table = monitoring.accuracy_by(counted, "version")
    assert table[["group", "n", "accuracy"]].to_dict("tight")["data"] == [["1", 4, 0.75], ["2", 1, 0.0]]
    assert table["high"].iloc[1] == pytest.approx(monitoring.wilson(0, 1)[1])


def test_accuracy_by_group_of_nothing_is_an_empty_table() -> None:
    assert monitoring.accuracy_by(pd.DataFrame({"version": [], "n": [], "correct": []}), "version").empty
