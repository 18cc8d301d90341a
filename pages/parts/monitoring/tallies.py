"""The counts that Home shows, asked by every open tab, and since when something is so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core import inference
from core.monitoring import kept
from core.store import Query, TallyRow, store
from pages.parts.monitoring.attention import Cases, Shown
from pages.parts.shared.words import PERIODS

DAY, WEEK, MONTH = SPANS = (timedelta(days=1), timedelta(days=7), timedelta(days=30))
SHOWN: Mapping[str, Query] = {
    "All": Query(),
    "Failed": Query(status="failed"),
    "Not sure": Query(finding="not sure", not_sure_below=inference.SCALES["likely"]),
    "Judged": Query(finding="judged"),
    "Right": Query(finding="right"),
    "Wrong": Query(finding="wrong"),
}
"""What the log can be asked for, by its name on the page."""


@dataclass(frozen=True)
class Tallies:
    """The rows of the last day, week and month, counted by system, and whether there ever were any."""

    day: list[TallyRow]
    week: list[TallyRow]
    month: list[TallyRow]
    used: bool
    counted_at: datetime


def read() -> Tallies:
    """The tallies up to now, or those that were counted a moment ago. Raises StoreUnavailable."""
    return kept(("tallies", str(store().url)), _count)


def _count() -> Tallies:
    now, bound = datetime.now(UTC), inference.SCALES["likely"]
    day, week, month = (store().tallies(Query(since=now - span), bound) for span in SPANS)
    return Tallies(day, week, month, bool(month or store().distinct("system")), now)


def since(cases: Cases) -> datetime | None:
    """When the first of the cases that a notice is about was answered. Raises StoreUnavailable."""
    return kept(("since", str(store().url), cases), lambda: _first(cases))


def _first(cases: Cases) -> datetime | None:
    return store().earliest(meant(cases.shown, cases.system, datetime.now(UTC) - cases.period))


def period_name(span: timedelta) -> str:
    """What Monitoring calls a period."""
    return next(name for name, period in PERIODS.items() if period == span)


def meant(shown: Shown | str, system: str | None, since: datetime | None) -> Query:
    """The rows of a system since a time that are shown under a name."""
    chosen = SHOWN[shown]
    return Query(
        system=system,
        since=since,
        status=chosen.status,
        finding=chosen.finding,
        not_sure_below=chosen.not_sure_below,
    )
