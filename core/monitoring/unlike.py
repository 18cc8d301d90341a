"""How many of the inputs are unlike all that a version was checked on: there its scores may not hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.contract import EXPECTED_UNLIKE, UNLIKE_CHECKED
from core.evaluation.shares import Share

FEWEST = 10
"""Inputs of which the share says something."""


def unlike_checked(features: Iterable[Mapping[str, Any] | None]) -> Share:
    """The share of inputs that are unlike, of those whose features say so."""
    values = [float(each[UNLIKE_CHECKED]) for each in features if each and each.get(UNLIKE_CHECKED) is not None]
    return Share(sum(value > 1 for value in values), len(values))


def is_more_than_expected(unlike: Share) -> bool:
    """Whether clearly more are unlike than at a place like the checked ones: the interval's lower end says so."""
    return unlike.n >= FEWEST and unlike.interval[0] > EXPECTED_UNLIKE
