"""The accuracy that follows from the audit sample."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.shares import wilson
from core.monitoring.audit import AuditStratum, audited_accuracy, possible_accuracies, weighted_strata
from core.store import SampledStratum

STRATA = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50)).map(
        lambda parts: AuditStratum(right=parts[0], judged=parts[0] + parts[1], answers=sum(parts))
    ),
    max_size=5,
)


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


def test_the_answers_of_a_band_are_divided_by_what_each_share_drew() -> None:
    sampled = [SampledStratum(1, 0.1, drawn=10, right=8, wrong=2), SampledStratum(1, 0.5, drawn=50, right=5, wrong=5)]
    strata = weighted_strata(sampled, [0, 200, 40, 0])
    assert strata == [AuditStratum(100, 10, 8), AuditStratum(100, 10, 5), AuditStratum(40, 0, 0)]


def test_a_stratum_stands_for_no_fewer_answers_than_were_drawn() -> None:
    assert weighted_strata([SampledStratum(0, 0.5, drawn=3, right=3)], [0, 0, 0, 0]) == [AuditStratum(3, 3, 3)]


def test_answers_of_which_nobody_could_tell_bound_the_accuracy() -> None:
    sampled = [SampledStratum(0, 0.1, drawn=10, right=6, wrong=2, unknown=2)]
    assert possible_accuracies(sampled, [100, 0, 0, 0]) == pytest.approx((0.6, 0.8))
    assert possible_accuracies([SampledStratum(0, 0.1, drawn=10)], [100, 0, 0, 0]) is None
