"""What Monitoring and Home ask of the store, by a name each, through the functions that the pages call.

A tab that asks something new gets a line in QUESTIONS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from core.alerts.evaluator import AlertEvaluator
from core.alerts.log_readings import LogReadings
from core.alerts.overview import edited_rules, overview
from core.monitoring.feature_drift import drift_by_version
from core.store import DAY, Query, store
from pages.parts.monitoring import filters, period, tallies
from pages.parts.monitoring.filters import Meant
from pages.parts.monitoring.log import logbook
from pages.parts.shared.words import PERIODS

MONTH = timedelta(days=30)
FIGURES = "Figures, quality, service"
BACKGROUND = "background"
"""The part whose questions nobody waits for at a page."""


@dataclass(frozen=True)
class PageQuestion:
    """One question: which part of the page asks it, its name, and how it is asked of the process's store."""

    part: str
    name: str
    ask: Callable[[], object]

    @property
    def title(self) -> str:
        """Part and name, as they are printed."""
        return f"{self.part}: {self.name}"


def _period(span: timedelta | None, query: Query | None = None) -> object:
    return period.read(Meant(query or Query(), span), lambda _share: None)


def _firing() -> object:
    log = store().alerts
    return overview(log, edited_rules(log)[0], log.now())


def _evaluation() -> object:
    evaluator = AlertEvaluator(store().alerts, LogReadings(store()), [])
    return evaluator.evaluate(datetime.now(UTC))


def _drift(system: str, span: timedelta) -> object:
    now = datetime.now(UTC)
    steps = store().answer_details(Query(system=system, since=now - span, until=now), DAY)
    return drift_by_version(steps, store().references.of(system))


def _groups(span: timedelta) -> object:
    now = datetime.now(UTC)
    return store().judged_details(Query(system="crime", since=now - span, until=now), DAY)


def _log(shown: str, **narrowed: Any) -> object:
    now = datetime.now(UTC)
    query = filters.narrowed(Query(since=now - MONTH, until=now, **narrowed), tallies.SHOWN[shown])
    return store().count(query), logbook.read(query, logbook.FOR_TABLE, logbook.MAX_IN_TABLE)


def _story() -> object:
    newest = store().rows(Query(), ("id",), 1)
    return store().prediction(newest[0]["id"])


def _newer() -> object:
    return store().count(Query(since=datetime.now(UTC) - timedelta(minutes=10)))


def _failing_since() -> object:
    return store().earliest(tallies.meant("Failed", "waste", datetime.now(UTC) - MONTH))


def _distinct(column: str) -> object:
    return store().distinct(column)


def _csv() -> object:
    return logbook.to_csv(Query(since=datetime.now(UTC) - MONTH, until=datetime.now(UTC)))


QUESTIONS = (
    PageQuestion("Top", "alerts that fire", _firing),
    *(PageQuestion("Filters", name, partial(_distinct, name)) for name in ("system", "version", "source")),
    *(PageQuestion(FIGURES, name.lower(), partial(_period, span)) for name, span in PERIODS.items()),
    PageQuestion(FIGURES, "one version, 30 days", partial(_period, MONTH, Query(version="1.0.2"))),
    PageQuestion("Quality", "judged by district, 30 days", partial(_groups, MONTH)),
    PageQuestion("Drift", "waste, 7 days", partial(_drift, "waste", timedelta(days=7))),
    PageQuestion("Drift", "waste, 30 days", partial(_drift, "waste", MONTH)),
    PageQuestion("Drift", "crime, 90 days", partial(_drift, "crime", timedelta(days=90))),
    *(PageQuestion("Log", f"{shown.lower()}, 30 days", partial(_log, shown)) for shown in tallies.SHOWN),
    PageQuestion("Log", "flood alone, 30 days", partial(_log, "All", system="flood")),
    PageQuestion("Log", "one version, 30 days", partial(_log, "All", version="1.0.0")),
    PageQuestion("Log", "one source, 30 days", partial(_log, "All", source="api")),
    PageQuestion("Log", "newer rows", _newer),
    PageQuestion("Log", "story of one answer", _story),
    PageQuestion("Home", "tallies of day, week, month", tallies.read),
    PageQuestion("Home", "since when answers fail", _failing_since),
    PageQuestion(BACKGROUND, "all rules of alerts", _evaluation),
    PageQuestion(BACKGROUND, "CSV of 100,000 rows", _csv),
)
