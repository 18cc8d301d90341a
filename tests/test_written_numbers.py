"""Numbers as people read them: never an exponent, whatever the size."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.written_numbers import NARROW_NO_BREAK, significant, whole


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (830.0, 2, "830"),
        (0.0123456, 3, "0.0123"),
        (2.5, 3, "2.5"),
        (12345.678, 3, "12 345".replace(" ", NARROW_NO_BREAK).replace("345", "346")),
        (0, 3, "0"),
        (-0.0004, 2, "-0.0004"),
        (999.6, 3, "1 000".replace(" ", NARROW_NO_BREAK)),
        (9.996, 3, "10"),
        (None, 3, "–"),
        (math.nan, 3, "–"),
        (math.inf, 3, "–"),
    ],
)
def test_significant_digits(value, digits, text):
    assert significant(value, digits) == text


@given(st.floats(-1e15, 1e15), st.integers(1, 6))
def test_what_is_written_is_close_and_has_no_exponent(value, digits):
    text = significant(value, digits)
    assert "e" not in text
    assert float(text.replace(NARROW_NO_BREAK, "")) == pytest.approx(value, rel=0.5 * 10 ** (1 - digits), abs=1e-12)


def test_thousands_are_grouped():
    assert whole(1234567) == "1 234 567".replace(" ", NARROW_NO_BREAK)
