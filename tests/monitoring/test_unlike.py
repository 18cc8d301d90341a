"""Inputs unlike all that a version was checked on: said only where clearly more of them come than are expected."""

from __future__ import annotations

import pytest

from core.contract import UNLIKE_CHECKED
from core.monitoring import Share, is_more_than_expected, unlike_checked


def test_only_answers_that_say_so_are_counted() -> None:
    features = [{UNLIKE_CHECKED: 1.2}, {UNLIKE_CHECKED: 0.9}, {UNLIKE_CHECKED: None}, {"brightness": 2.0}, None]
    assert unlike_checked(features) == Share(1, 2)


@pytest.mark.parametrize(
    ("hits", "n", "said"),
    [(9, 9, False), (2, 60, False), (5, 60, False), (8, 60, True), (30, 60, True), (10, 10, True)],
)
def test_few_inputs_and_the_expected_share_say_nothing(hits: int, n: int, said: bool) -> None:
    assert is_more_than_expected(Share(hits, n)) is said
