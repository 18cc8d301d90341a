"""How sure an answer is, in a word: the bounds that the glossary states."""

from __future__ import annotations

SCALES = {"sure": 0.90, "likely": 0.60}
"""Calibrated bounds of the words that go with a score; below them, and when it abstains, an answer is "not sure"."""
NOT_SURE = "not sure"


def how_sure(score: float, abstained: bool) -> str:
    """The word that goes with a calibrated score in [0, 1]: sure, likely or not sure."""
    if abstained:
        return NOT_SURE
    return next((word for word, bound in SCALES.items() if score >= bound), NOT_SURE)
