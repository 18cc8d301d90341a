"""What serving costs: money by day, its share for each system, and where the month will end.

Pure functions of what was used. A machine is paid for by the hour, whether it answers or waits; storage by the
gigabyte and month. Systems share the money by the time that their answers took.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import sqrt

BYTES_PER_GB = 1e9
DAYS_LOOKED_AT = 28  # four weeks, so that each day of the week counts alike
MIN_DAYS = 7  # whole days for an interval; with fewer, weekdays may stand for weekends
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Prices:
    """Prices in one currency. None: that part costs nothing here, or nobody said."""

    per_machine_hour: float | None
    per_gb_month: float | None
    currency: str
    budget_per_month: float | None = None

    @property
    def known(self) -> bool:
        """Whether there is any price."""
        return self.per_machine_hour is not None or self.per_gb_month is not None


@dataclass(frozen=True)
class DayUse:
    """What one day used (UTC). machine_hours: hours in which a machine reported, a begun one counts as a whole one.

    stored_gb: mean size of the store [GB].
    """

    day: date
    machine_hours: float
    stored_gb: float


@dataclass(frozen=True)
class MonthForecast:
    """Where a month will end.

    spent: so far. expected: at the month's end. low, high: a 95 % prediction interval, or with fewer than MIN_DAYS
    whole days what the cheapest and the dearest of them lead to. days: whole days that it rests on.
    """

    spent: float
    expected: float
    low: float
    high: float
    days: int

    @property
    def is_interval(self) -> bool:
        """Whether low and high are a 95 % prediction interval."""
        return self.days >= MIN_DAYS


@dataclass(frozen=True)
class SystemCost:
    """One system's part of what a period cost. time_share: of the time that all answers took, in [0, 1]."""

    system: str
    answers: int
    time_share: float
    money: float

    @property
    def per_thousand(self) -> float | None:
        """Money for 1,000 answers; None without any."""
        return 1000 * self.money / self.answers if self.answers else None


def day_costs(use: Sequence[DayUse], prices: Prices) -> dict[date, float]:
    """Money by day. A day's storage costs its part of the month's price."""
    per_hour, per_gb = prices.per_machine_hour or 0.0, prices.per_gb_month or 0.0
    return {each.day: per_hour * each.machine_hours + per_gb * each.stored_gb / days_in_month(each.day) for each in use}


def forecast(costs: Mapping[date, float], now: datetime) -> MonthForecast | None:
    """Where the month of `now` (UTC) will end, from money by day; None before there is one whole day.

    Whole days are those of the last DAYS_LOOKED_AT but for the first that was ever measured and for today. Days that
    are still to come are taken to be like them and independent of one another: the interval is Student's of a sum of
    future values of a normal sample (Hahn and Meeker 1991, Statistical Intervals, section 4.7, times their number).
    costs: with a zero for each day between the first and today on which nothing ran.
    """
    today = now.astimezone(UTC).date()
    first = min(costs, default=today)
    whole = [money for day, money in costs.items() if max(first, today - (DAYS_LOOKED_AT + 1) * ONE_DAY) < day < today]
    if not whole:
        return None
    spent = sum(money for day, money in costs.items() if (day.year, day.month) == (today.year, today.month))
    remaining = (month_end(now) - now) / ONE_DAY
    mean = sum(whole) / len(whole)
    if len(whole) < MIN_DAYS:
        low, high = remaining * min(whole), remaining * max(whole)
    else:
        half = _half_width(whole, mean, remaining)
        low, high = max(0.0, remaining * mean - half), remaining * mean + half
    return MonthForecast(spent, spent + remaining * mean, spent + low, spent + high, len(whole))


def shared_cost(money: float, seconds: Mapping[str, float], answers: Mapping[str, int]) -> list[SystemCost]:
    """A period's money shared among systems, dearest first. seconds, answers: by system, what its answers took [s]."""
    total = sum(seconds.values())
    parts = [
        SystemCost(system, answers.get(system, 0), spent / total, money * spent / total)
        for system, spent in seconds.items()
        if total > 0
    ]
    return sorted(parts, key=lambda part: part.money, reverse=True)


def month_start(now: datetime) -> datetime:
    """The beginning of the month (UTC)."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_end(now: datetime) -> datetime:
    """The beginning of the next month (UTC)."""
    start = month_start(now)
    return start + days_in_month(start) * ONE_DAY


def days_in_month(day: date) -> int:
    """The number of days of the month of a time, 28 to 31."""
    return calendar.monthrange(day.year, day.month)[1]


def _half_width(values: Sequence[float], mean: float, remaining: float) -> float:
    """Half of the 95 % prediction interval of a sum of `remaining` further values."""
    from scipy.special import stdtrit  # takes a tenth of a second, which only a forecast pays

    n = len(values)
    spread = sqrt(sum((value - mean) ** 2 for value in values) / (n - 1))
    return float(stdtrit(n - 1, 0.975)) * spread * sqrt(remaining + remaining**2 / n)
