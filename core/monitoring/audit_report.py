"""A period's audit out of the log: estimated accuracy, what is judged and what waits, beside volunteered feedback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.evaluation.shares import Share
from core.monitoring.audit import AuditEstimate, audited_accuracy, possible_accuracies, weighted_strata

if TYPE_CHECKING:  # of the same line of layers
    from core.store import Query, SampledStratum, Store


@dataclass(frozen=True)
class AnsweredPeriod:
    """All answers of a period that the audit stands for, and those that people judged unasked.

    since: the period's begin, or the hour in which the first of its answers was drawn, if that is later.
    by_band: answers by band of scores. volunteered: right ones of those judged, without those that the audit judged.
    """

    since: datetime
    until: datetime
    by_band: Sequence[int]
    volunteered: Share


@dataclass(frozen=True)
class AuditReport:
    """What the audit says of a period of one system.

    estimate: None where nothing was judged. possible: accuracies if all answers of which nobody could tell were wrong,
    and if all were right; None where there are none. Counts are of drawn answers.
    """

    estimate: AuditEstimate | None
    possible: tuple[float, float] | None
    drawn: int
    judged: int
    unknown: int
    out_of_order: int
    waiting: int
    period: AnsweredPeriod


def answered_period(store: Store, query: Query) -> AnsweredPeriod | None:
    """All answers that the audit of a period stands for; None where none of them was drawn. Raises StoreUnavailable.

    query: of one system; version, source and period.
    """
    from core.store import DAY, NOT_SURE_BELOW, band_totals  # here, for the package imports the store's own parts

    began = store.audit.began(query)
    if began is None:
        return None
    hour = began.replace(minute=0, second=0, microsecond=0)
    since = hour if query.since is None else max(hour, query.since)
    until = query.until or datetime.now(UTC)
    meant = replace(query, since=since, until=until, not_sure_below=NOT_SURE_BELOW)
    scores = [step.counts.scores for step in store.steps(meant, DAY)]
    by_band = band_totals([sum(column) for column in zip(*scores, strict=True)])
    audited = store.audit.judged_by_latest(meant)
    judged = [step.details for step in store.judged_details(meant, DAY)]
    n, right = (
        sum(int(each[name]) for each in judged) - less for name, less in zip(("n", "correct"), audited, strict=True)
    )
    return AnsweredPeriod(since, until, by_band, Share(max(0, min(right, n)), max(0, n)))


def report_on(sampled: Sequence[SampledStratum], period: AnsweredPeriod) -> AuditReport:
    """What the drawn answers of a period say about all of its answers."""
    unknown = sum(counts.unknown for counts in sampled)
    return AuditReport(
        estimate=audited_accuracy(weighted_strata(sampled, period.by_band)),
        possible=possible_accuracies(sampled, period.by_band) if unknown else None,
        drawn=sum(counts.drawn for counts in sampled),
        judged=sum(counts.judged for counts in sampled),
        unknown=unknown,
        out_of_order=sum(counts.out_of_order for counts in sampled),
        waiting=sum(counts.waiting for counts in sampled),
        period=period,
    )
