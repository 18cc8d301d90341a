"""The counts that Home shows, asked by every open tab, and since when something is so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core import inference
from core.inference import loading, sites
from core.monitoring import Share, kept, unlike_checked
from core.store import Query, TallyRow, store
from pages.parts.monitoring.attention import Cases, Shown
from pages.parts.shared.words import PERIODS

DAY, WEEK, MONTH = SPANS = (timedelta(days=1), timedelta(days=7), timedelta(days=30))
NEWEST = 200  # answers of a system that are asked whether they are unlike what it was checked on
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
    """The rows of the last day, week and month, counted by system, and whether there ever were any.

    unlike: by system and site, of the newest answers of the day, those to inputs unlike all that it was checked on.
    """

    day: list[TallyRow]
    week: list[TallyRow]
    month: list[TallyRow]
    used: bool
    counted_at: datetime
    unlike: Mapping[tuple[str, str | None], Share]


def read() -> Tallies:
    """The tallies up to now, or those that were counted a moment ago. Raises StoreUnavailable."""
    return kept(("tallies", str(store().url)), _count)


def _count() -> Tallies:
    now, bound = datetime.now(UTC), inference.SCALES["likely"]
    day, week, month = (store().tallies(Query(since=now - span), bound) for span in SPANS)
    used = bool(month or store().distinct("system"))
    return Tallies(day, week, month, used, now, _unlike([row["system"] for row in day], now - DAY))


def _unlike(systems: Sequence[str], since: datetime) -> dict[tuple[str, str | None], Share]:
    features_at: dict[tuple[str, str | None], list[Mapping[str, float | None] | None]] = {}
    for system in filter(loading.gives_features, systems):  # only what gives features tells how unlike inputs are
        query = Query(system=system, since=since, status="answered")
        for row in store().rows(query, ("created_at", "id", "site", "version", "features"), limit=NEWEST):
            if not sites.is_taught(row["version"] or ""):  # there, the site's labels are the check
                features_at.setdefault((system, row["site"]), []).append(row["features"])
    return {at: unlike_checked(features) for at, features in features_at.items()}


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
