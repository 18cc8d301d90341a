"""The audit sample: who is drawn, and the accuracy that follows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.shares import wilson
from core.monitoring.audit import AuditStratum, audited_accuracy, is_in_audit, score_band

IDS = [f"prediction-{number}" for number in range(20_000)]
STRATA = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50)).map(
        lambda parts: AuditStratum(right=parts[0], judged=parts[0] + parts[1], answers=sum(parts))
    ),
    max_size=5,
)


def test_the_share_of_answers_is_drawn() -> None:
    drawn = [is_in_audit(identifier, 0.05, "salt") for identifier in IDS]
    assert np.mean(drawn) == pytest.approx(0.05, abs=0.005)
    assert drawn == [is_in_audit(identifier, 0.05, "salt") for identifier in IDS]


def test_the_draw_is_the_same_on_every_machine() -> None:
    assert [is_in_audit(identifier, 0.5, "salt") for identifier in IDS[:8]] == [
        True,
        False,
        False,
        True,
        True,
        True,
        False,
        True,
    ]


def test_all_or_none_are_drawn_at_the_ends() -> None:
    assert all(is_in_audit(identifier, 1.0, "salt") for identifier in IDS[:1000])
    assert not any(is_in_audit(identifier, 0.0, "salt") for identifier in IDS[:1000])


@given(st.text(max_size=50), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_draws_all_that_a_smaller_one_draws(identifier: str, first: float, second: float) -> None:
    smaller, larger = sorted([first, second])
    assert is_in_audit(identifier, smaller, "salt") <= is_in_audit(identifier, larger, "salt")


def test_another_salt_draws_another_sample() -> None:
    both = [is_in_audit(each, 0.1, "one") and is_in_audit(each, 0.1, "another") for each in IDS]
    assert np.mean(both) == pytest.approx(0.01, abs=0.003)


@pytest.mark.parametrize(("score", "band"), [(0.0, 0), (0.5, 0), (0.51, 1), (0.7, 1), (0.9, 2), (0.91, 3), (1.0, 3)])
def test_bands_hold_their_upper_ends(score: float, band: int) -> None:
    assert score_band(score) == band


def test_one_stratum_gives_its_share_and_wilsons_interval() -> None:
    estimate = audited_accuracy([AuditStratum(answers=1000, judged=50, right=45)])
    assert estimate is not None
    assert (estimate.accuracy, estimate.low, estimate.high) == pytest.approx((0.9, *wilson(45, 50)))


def test_strata_weigh_by_their_answers_and_not_by_those_judged() -> None:
    estimate = audited_accuracy([AuditStratum(900, 10, 9), AuditStratum(100, 90, 45)])
    assert estimate is not None
    assert estimate.accuracy == pytest.approx(0.9 * 0.9 + 0.1 * 0.5)
    assert (estimate.answers, estimate.judged) == (1000, 100)


def test_without_a_judged_answer_nothing_is_said() -> None:
    assert audited_accuracy([AuditStratum(1000, 0, 0)]) is None
    assert audited_accuracy([]) is None


def test_a_stratum_that_nobody_judged_leaves_all_open_for_its_answers() -> None:
    estimate = audited_accuracy([AuditStratum(500, 400, 400), AuditStratum(500, 0, 0)])
    assert estimate is not None
    assert estimate.accuracy == 1.0
    assert estimate.low == pytest.approx(0.5, abs=0.01)
    assert estimate.high == 1.0


def test_all_right_is_no_certainty() -> None:
    estimate = audited_accuracy([AuditStratum(500, 20, 20), AuditStratum(500, 20, 20)])
    assert estimate is not None
    assert 0.8 < estimate.low < 0.95


def test_more_right_than_judged_is_refused() -> None:
    with pytest.raises(ValueError, match="right <= judged"):
        AuditStratum(10, 5, 6)


@given(STRATA)
def test_the_interval_holds_the_estimate_and_stays_within_bounds(strata: list[AuditStratum]) -> None:
    estimate = audited_accuracy(strata)
    if estimate is None:
        assert not any(stratum.judged for stratum in strata)
    else:
        assert -1e-12 <= estimate.low <= estimate.accuracy + 1e-12
        assert estimate.accuracy <= estimate.high + 1e-12 <= 1 + 2e-12
