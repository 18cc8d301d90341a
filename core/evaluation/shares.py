"""Shares of cases, with the interval that few cases leave."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.written_numbers import NO_BREAK, UNKNOWN, percent, whole

Z_95 = 1.959963984540054  # 97.5 % point of the standard normal: two-sided 95 %


@dataclass(frozen=True)
class Share:
    """`hits` out of `n`, with the interval that its uncertainty leaves."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """The share in [0, 1]; None of nothing."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval, in [0, 1]."""
        return wilson(self.hits, self.n)


@dataclass(frozen=True)
class Difference:
    """A difference of two shares with its 95 % interval, in [-1, 1]."""

    value: float
    low: float
    high: float


def fall(before: Share, after: Share) -> Difference:
    """How far a share fell; Newcombe's method 10, Statist. Med. 17 (1998) 873. An empty share counts as 0."""
    first, second = before.value or 0.0, after.value or 0.0
    (first_low, first_high), (second_low, second_high) = before.interval, after.interval
    value = first - second
    low = value - math.hypot(first - first_low, second_high - second)
    return Difference(value, low, value + math.hypot(first_high - first, second - second_low))


def with_interval(share: Share) -> str:
    """A share with what it rests on: "91 % (n = 24, 73 to 98 %)"; a dash for a share of nothing."""
    if share.value is None:
        return UNKNOWN
    low, high = share.interval
    lowest = percent(low).removesuffix(f"{NO_BREAK}%")
    return f"{percent(share.value)} (n = {whole(share.n)}, {lowest} to {percent(high)})"


def wilson(hits: float, n: float, z: float = Z_95) -> tuple[float, float]:
    """Score interval of a proportion: (low, high), both in [0, 1]; (0, 1) when n is 0.

    Wilson, J. Am. Stat. Assoc. 22 (1927) 209; without continuity correction, method 3 of Newcombe,
    Statist. Med. 17 (1998) 857. It stays honest for few cases and for shares near 0 or 1. Both may be real numbers, for
    cases that count as an effective number of independent ones.
    """
    if not 0 <= hits <= n:
        raise ValueError(f"Expected 0 <= hits <= n. Received {hits} of {n}.")
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    middle = share + z**2 / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    divisor = 1 + z**2 / n
    low = 0.0 if hits == 0 else (middle - half) / divisor  # exactly 0 and 1 at the ends, not 1e-17 beside them
    high = 1.0 if hits == n else (middle + half) / divisor
    return low, high
