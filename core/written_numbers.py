"""Numbers as people read them, one way for pages, maps, papers and exports: grouped, few digits, never an exponent."""

from __future__ import annotations

import math

NO_BREAK = "\N{NO-BREAK SPACE}"
NARROW_NO_BREAK = "\N{NARROW NO-BREAK SPACE}"
UNKNOWN = "–"


def whole(count: float) -> str:
    """A whole number, thousands grouped by a narrow space, which no language reads as a decimal point: "12 345"."""
    return f"{count:,.0f}".replace(",", NARROW_NO_BREAK)


def significant(value: float | None, digits: int = 3) -> str:
    """A measured number to `digits` significant digits, zeros at the end left out: "0.0123", "2.5", "830", "12 345".

    Digits before the decimal point all stay. A dash for what is unknown or not finite.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace(",", NARROW_NO_BREAK)


def percent(share: float | None, digits: int = 0) -> str:
    """A share in [0, 1] as "97 %"; a dash where it is unknown. Never 0 % or 100 % for what only rounds to it."""
    if share is None:
        return UNKNOWN
    shown = f"{share:.{digits}%}".removesuffix("%")
    if 0 < share < 1 and float(shown) in (0.0, 100.0):
        shown = f"{'<' if share < 0.5 else '>'}{NO_BREAK}{1 if share < 0.5 else 99}"
    return f"{shown}{NO_BREAK}%"


def milliseconds(time: float | None) -> str:
    """A time [ms] in the unit that fits: "12 ms", "1.4 s"; a dash where it is unknown."""
    if time is None:
        return UNKNOWN
    seconds = time >= 1000
    return f"{significant(time / 1000 if seconds else time, 2)}{NO_BREAK}{'s' if seconds else 'ms'}"
