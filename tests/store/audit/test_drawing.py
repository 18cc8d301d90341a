"""Who is drawn into the audit sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store.audit.drawing import audit_position, band_totals, drawn_rows, score_band
from core.store.counting import SCORE_BINS

IDS = [f"prediction-{number}" for number in range(20_000)]


def test_the_share_of_answers_is_drawn() -> None:
    drawn = [(audit_position(identifier, "salt") < 0.05) for identifier in IDS]
    assert np.mean(drawn) == pytest.approx(0.05, abs=0.005)
    assert drawn == [(audit_position(identifier, "salt") < 0.05) for identifier in IDS]


def test_the_draw_is_the_same_on_every_machine() -> None:
    assert [audit_position(identifier, "salt") < 0.5 for identifier in IDS[:8]] == [
        True,
        False,
        False,
        True,
        True,
        True,
        False,
        True,
    ]


@given(st.lists(st.text(max_size=40), max_size=20), st.floats(0, 1))
def test_the_rows_that_are_drawn_are_those_below_the_share(identifiers: list[str], share: float) -> None:
    expected = [row for row, identifier in enumerate(identifiers) if audit_position(identifier) < share]
    assert drawn_rows(identifiers, share) == expected


@given(st.text(max_size=50))
def test_positions_lie_within_0_and_1(identifier: str) -> None:
    assert 0 <= audit_position(identifier) < 1


def test_another_salt_draws_another_sample() -> None:
    both = [audit_position(each, "one") < 0.1 and audit_position(each, "another") < 0.1 for each in IDS]
    assert np.mean(both) == pytest.approx(0.01, abs=0.003)


@pytest.mark.parametrize(("score", "band"), [(0.0, 0), (0.49, 0), (0.5, 1), (0.7, 2), (0.89, 2), (0.9, 3), (1.0, 3)])
def test_bands_hold_their_lower_ends(score: float, band: int) -> None:
    assert score_band(score) == band


@given(st.floats(0, 1))
def test_the_band_of_a_score_is_the_band_of_the_bin_that_the_log_counts_it_in(score: float) -> None:
    scores = [0] * SCORE_BINS
    scores[min(int(score * SCORE_BINS), SCORE_BINS - 1)] = 1
    assert band_totals(scores).index(1) == score_band(score)
