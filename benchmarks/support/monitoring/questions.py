"""What Monitoring and Home ask of the store, by a name each, through the functions that the pages call.

A tab that asks something new gets a line in QUESTIONS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from benchmarks.support.monitoring.invented_answers import KINDS
from core.alerts.evaluator import AlertEvaluator
from core.alerts.log_readings import LogReadings
from core.alerts.overview import edited_rules, overview
from core.monitoring.audit_report import answered_period, report_on
from core.monitoring.cost import Prices
from core.resources.spending import month_spending
from core.store import DAY, LogSearch, Query, store
from pages.parts.monitoring import filters, period, tallies
from pages.parts.monitoring.alerts.deliveries import MAX_MESSAGES
from pages.parts.monitoring.alerts.history import MAX_EVENTS
from pages.parts.monitoring.drift import bin_examples, period_drift
from pages.parts.monitoring.filters import Meant
from pages.parts.monitoring.log import logbook
from pages.parts.monitoring.quality import reading
from pages.parts.monitoring.service import machines
from pages.parts.shared.words import PERIODS

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
SPANS = {"7 days": WEEK, "30 days": MONTH, "all": None}
SERVED = {kind.system: kind.version for kind in KINDS}
FIGURES = "Figures"
BACKGROUND = "background"
"""The part whose questions nobody waits for at a page."""
ROWS_ON_PAGE = 100
PRICES = Prices(per_machine_hour=0.1, per_gb_month=0.1, currency="EUR", budget_per_month=100.0)


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


def _meant(span: timedelta | None, **narrowed: Any) -> Meant:
    return Meant(Query(**narrowed), span)


def _period(span: timedelta | None, **narrowed: Any) -> period.CountedPeriod:
    return period.read(_meant(span, **narrowed), lambda _share: None)


def _firing() -> object:
    log = store().alerts
    return overview(log, edited_rules(log)[0], log.now())


def _evaluation() -> object:
    readings = LogReadings(store(), lambda system: {"champion": SERVED[system]})
    return AlertEvaluator(store().alerts, readings, []).evaluate(datetime.now(UTC))


def _quality(system: str, span: timedelta | None) -> object:
    return reading.read(_meant(span), system)


def _audit(system: str, span: timedelta | None) -> object:
    query = _meant(span, system=system).now()
    answered = answered_period(store(), query)
    if answered is None:
        raise SystemExit(f"Expected answers of {system} that are drawn for the audit. The log has none.")
    audited = replace(query, since=answered.since)
    return store().audit.systems(), report_on(store().audit.strata(audited), answered)


def _waiting(system: str) -> object:
    return store().audit.waiting(_meant(MONTH, system=system).now(), 1)


def _drift(span: timedelta | None, **narrowed: Any) -> period_drift.PeriodDrift:
    return period_drift.read(_meant(span, **narrowed))


def _examples() -> object:
    """What a click on the feature that moved furthest asks, beside the drift itself."""
    meant = _meant(WEEK, system="waste")
    drift = period_drift.read(meant)
    return bin_examples.read(meant, drift, drift.keys()[0], 0)


def _errors(span: timedelta | None) -> object:
    return store().answer_details(_meant(span).now(), DAY)


def _machines(span: timedelta | None) -> object:
    """The machines of the steps that the figures have."""
    return machines.read(_period(span), _meant(span))


def _spending() -> object:
    return month_spending(store(), PRICES, datetime.now(UTC))


def _history() -> object:
    return store().alerts.events(None, MAX_EVENTS)


def _messages() -> object:
    return store().alerts.outbox.newest(limit=MAX_MESSAGES)


def _log(shown: str, span: timedelta | None = MONTH, page: int = 1, **narrowed: Any) -> object:
    query = filters.narrowed(replace(_meant(span, **narrowed).now(), until=datetime.now(UTC)), tallies.SHOWN[shown])
    offset = (page - 1) * ROWS_ON_PAGE
    newer = store().count(replace(query, since=query.until, until=None))
    return store().explorer.page(LogSearch(query), logbook.FOR_TABLE, ROWS_ON_PAGE, offset), newer


def _log_of_all() -> int:
    return store().explorer.page(LogSearch(Query(until=datetime.now(UTC))), ("id",), 1).total


def _middle() -> object:
    """A page half-way into the whole log."""
    return _log("All", None, _log_of_all() // (2 * ROWS_ON_PAGE))


def _sorted() -> object:
    search = LogSearch(replace(_meant(MONTH).now(), until=datetime.now(UTC)), sort="score", descending=False)
    return store().explorer.page(search, logbook.FOR_TABLE, ROWS_ON_PAGE)


def _searched(text: str) -> object:
    """A message that no row has: what is looked through to find nothing."""
    search = LogSearch(replace(_meant(MONTH).now(), until=datetime.now(UTC)), "error", text)
    return store().explorer.page(search, logbook.FOR_TABLE, ROWS_ON_PAGE)


def _story() -> object:
    newest = store().rows(Query(), ("id",), 1)
    return store().prediction(newest[0]["id"])


def _failing_since() -> object:
    return store().earliest(tallies.meant("Failed", "waste", datetime.now(UTC) - MONTH))


def _distinct(column: str) -> object:
    return store().distinct(column)


def _csv() -> object:
    query = Query(since=datetime.now(UTC) - MONTH, until=datetime.now(UTC))
    return logbook.to_csv(store(), LogSearch(query))


QUESTIONS = (
    PageQuestion("Top", "alerts that fire", _firing),
    *(PageQuestion("Filters", name, partial(_distinct, name)) for name in ("system", "version", "source", "site")),
    *(PageQuestion(FIGURES, name.lower(), partial(_period, span)) for name, span in PERIODS.items()),
    PageQuestion(FIGURES, "one version, 30 days", partial(_period, MONTH, version="0.9.0")),
    *(
        PageQuestion("Quality", f"{system}, {name}", partial(_quality, system, span))
        for system in sorted(SERVED)
        for name, span in SPANS.items()
    ),
    *(
        PageQuestion("Quality", f"audit of crime, {name}", partial(_audit, "crime", span))
        for name, span in SPANS.items()
    ),
    PageQuestion("Quality", "next answer to audit", partial(_waiting, "crime")),
    *(PageQuestion("Drift", f"all systems, {name}", partial(_drift, span)) for name, span in SPANS.items()),
    PageQuestion("Drift", "one version, 30 days", partial(_drift, MONTH, system="crime", version="0.9.0")),
    PageQuestion("Drift", "answers behind a feature, with its drift, 7 days", _examples),
    *(PageQuestion("Service", f"failures by kind, {name}", partial(_errors, span)) for name, span in SPANS.items()),
    *(
        PageQuestion("Service", f"machines and figures, {name}", partial(_machines, span))
        for name, span in SPANS.items()
    ),
    PageQuestion("Service", "cost of the month", _spending),
    PageQuestion("Alerts", "history", _history),
    PageQuestion("Alerts", "messages", _messages),
    *(PageQuestion("Log", f"{shown.lower()}, 30 days", partial(_log, shown)) for shown in tallies.SHOWN),
    PageQuestion("Log", "flood alone, 30 days", partial(_log, "All", system="flood")),
    PageQuestion("Log", "one version, 30 days", partial(_log, "All", version="0.8.0")),
    PageQuestion("Log", "one source, 30 days", partial(_log, "All", source="api")),
    PageQuestion("Log", "the middle of all", _middle),
    PageQuestion("Log", "lowest scores of 30 days", _sorted),
    PageQuestion("Log", "a message that none has, 30 days", partial(_searched, "no such message")),
    PageQuestion("Log", "story of one answer", _story),
    PageQuestion("Home", "tallies of day, week, month", tallies.read),
    PageQuestion("Home", "since when answers fail", _failing_since),
    PageQuestion(BACKGROUND, "all rules of alerts", _evaluation),
    PageQuestion(BACKGROUND, "CSV of 100,000 rows", _csv),
)
