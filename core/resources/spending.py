"""What this month costs: the store's hours and sizes, by the settings' prices."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from core.monitoring import joined, total
from core.monitoring.cost import (
    BYTES_PER_GB,
    DAYS_LOOKED_AT,
    DayUse,
    MonthForecast,
    Prices,
    SystemCost,
    day_costs,
    forecast,
    month_start,
    shared_cost,
)
from core.monitoring.resource_use import store_sizes
from core.settings import Settings
from core.store import DAY, HOUR, NOT_SURE_BELOW, AnswerCounts, Query, Store, latency_of


@dataclass(frozen=True)
class MonthSpending:
    """A month up to now. measured_since: of machines and store. forecast: None before there is one whole day."""

    prices: Prices
    costs: dict[date, float]
    systems: list[SystemCost]
    forecast: MonthForecast | None
    spent: float
    measured_since: datetime

    @property
    def budget_share(self) -> float | None:
        """The expected cost of the month as a share of the budget; None where either is unknown."""
        budget = self.prices.budget_per_month
        return self.forecast.expected / budget if self.forecast and budget else None


def prices_of(chosen: Settings) -> Prices:
    """The prices that the settings name."""
    return Prices(chosen.price_per_hour, chosen.price_per_gb_month, chosen.currency, chosen.budget_per_month)


def month_spending(store: Store, prices: Prices, now: datetime) -> MonthSpending | None:
    """What the month of `now` (UTC) costs; None without prices or before anything was measured.

    May raise StoreUnavailable.
    """
    start = month_start(now)
    since = min(start, now - timedelta(days=DAYS_LOOKED_AT + 1))
    use = _use_by_day(store, since, now) if prices.known else []
    if not use:
        return None
    costs = day_costs(use, prices)
    spent = sum(money for day, money in costs.items() if day >= start.date())
    counts = _counts_by_system(store, start, now)
    seconds = {system: answer_seconds(each) for system, each in counts.items()}
    answers = {system: each.n - each.failed for system, each in counts.items()}
    measured_since = datetime(use[0].day.year, use[0].day.month, use[0].day.day, tzinfo=UTC)
    systems = shared_cost(spent, seconds, answers)
    return MonthSpending(prices, costs, systems, forecast(costs, now), spent, measured_since)


def answer_seconds(counts: AnswerCounts) -> float:
    """The time that answers took, added up [s], within 5 %."""
    return sum(latency_of(name) * n for name, n in counts.latency.items()) / 1000


def _use_by_day(store: Store, since: datetime, now: datetime) -> list[DayUse]:
    """What each day used, from the first that was measured to today; days without reports used no machine."""
    until = now + timedelta(seconds=HOUR)
    hours = Counter(_day(start) for start, _machine in store.resources.machine_hours(since, until))
    if not hours:
        return []
    sizes: dict[date, list[float]] = defaultdict(list)
    for start, size in store_sizes(store.resources.by_step(since, until, DAY)).items():
        sizes[_day(start)].append(size)
    use, stored_gb = [], 0.0
    for day in _days(min(hours), now.astimezone(UTC).date()):
        stored_gb = sum(sizes[day]) / len(sizes[day]) / BYTES_PER_GB if sizes[day] else stored_gb
        use.append(DayUse(day, hours[day], stored_gb))
    return use


def _counts_by_system(store: Store, since: datetime, until: datetime) -> dict[str, AnswerCounts]:
    period = Query(since=since, until=until, not_sure_below=NOT_SURE_BELOW)
    names = store.distinct("system")
    return {system: total(joined(store.steps(replace(period, system=system), DAY))) for system in names}


def _day(second: int) -> date:
    return datetime.fromtimestamp(second, UTC).date()


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
