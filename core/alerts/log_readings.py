"""Readings from the counts of the log: rates, latency, silence, accuracy, drift; with those of resources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import hypot, sqrt

from core.alerts.readings import Reading, Scope
from core.alerts.resource_readings import ResourceReadings
from core.alerts.versions.baselines import Labels, baselines
from core.alerts.versions.served import Aliases, ServedVersions
from core.evaluation.shares import Z_95, Share, fall
from core.monitoring.rates import joined, latency_percentiles, total
from core.store import DAY, MINUTE, NOT_SURE_BELOW, AnswerCounts, DetailedStep, Query, Store

BEFORE = timedelta(days=28)  # how long before a window its accuracy is compared with


class LogReadings:
    """Readings of what a store's log and samples can tell. Every read may raise StoreUnavailable."""

    def __init__(self, store: Store, aliases: Aliases) -> None:
        """aliases: {alias: version} of a system as it is served now."""
        self._store = store
        self._served = ServedVersions(store, aliases)
        self._judged_at: datetime | None = None
        self._judged_steps: dict[Query, list[DetailedStep]] = {}
        self._readers = {
            "failed_share": self._failed_share,
            "latency_p95_ms": self._latency,
            "silence_minutes": self._silence,
            "accuracy": self._accuracy,
            "accuracy_fall": self._accuracy_fall,
            "expected_accuracy_fall": self._expected_fall,
            "drift": self._drift,
            **ResourceReadings(store).readers,
        }

    def read(self, measure: str, window: timedelta, scope: Scope, now: datetime) -> Sequence[Reading]:
        """Readings of a measure over the window that ends `now`; empty for one that the log cannot tell."""
        reader = self._readers.get(measure)
        return list(reader(window, scope, now)) if reader is not None else []

    def is_replaced(self, system: str, version: str, since: datetime) -> bool:
        """Whether another version took over, and this one has answered nothing since a time."""
        return self._served.is_replaced(system, version, since)

    def _systems(self, scope: Scope) -> list[str]:
        return [name for name in self._store.distinct("system") if not scope.systems or name in scope.systems]

    def _failed_share(self, window: timedelta, scope: Scope, now: datetime) -> Iterator[Reading]:
        for system, counts in self._counts(window, scope, now):
            yield _share_reading({"system": system}, Share(counts.failed, counts.n))

    def _latency(self, window: timedelta, scope: Scope, now: datetime) -> Iterator[Reading]:
        for system, counts in self._counts(window, scope, now):
            if counts.n > counts.failed:
                slowest = latency_percentiles(counts, (95,))[95]
                yield _exact({"system": system}, slowest, counts.n - counts.failed)

    def _counts(self, window: timedelta, scope: Scope, now: datetime) -> Iterator[tuple[str, AnswerCounts]]:
        """The rows of the window by system, of systems that have any."""
        for system in self._systems(scope):
            period = Query(system=system, since=now - window, until=now, not_sure_below=NOT_SURE_BELOW)
            if steps := self._store.steps(period, DAY):
                yield system, total(joined(steps))

    def _silence(self, window: timedelta, scope: Scope, now: datetime) -> Iterator[Reading]:
        for system in self._systems(scope):
            latest = self._store.rows(Query(system=system, since=now - window), ("created_at",), 1)
            if latest:
                time = latest[0]["created_at"]
                yield _exact({"system": system}, max(0.0, (now - time).total_seconds()) / MINUTE, 1, time)

    def _accuracy(self, window: timedelta, scope: Scope, now: datetime) -> Iterator[Reading]:
        for labels, share in self._judged(scope, now - window, now, now).items():
            yield _share_reading(dict(labels), share)

    def _accuracy_fall(self, window: timedelta, scope: Scope, now: datetime) -> Iterator[Reading]:
        before = self._judged(scope, now - window - BEFORE, now - window, now)
        window_shares = self._judged(scope, now - window, now, now)
        for labels, past in baselines(before, window_shares, self._served.is_champion).items():
            yield _fall_reading(dict(labels), past, window_shares[labels])

    def _judged(self, scope: Scope, since: datetime, until: datetime, now: datetime) -> dict[Labels, Share]:
        """Right answers of those judged, by version and by group where the scope says so."""
        shares: dict[Labels, Share] = {}
        for system in self._systems(scope):
            for step in self._judged_once(Query(system=system, since=since, until=until), now):
                for labels, correct, n in _judged_parts(step, scope):
                    before = shares.get(labels, Share(0, 0))
                    shares[labels] = Share(before.hits + int(correct), before.n + int(n))
        return shares

    def _judged_once(self, query: Query, now: datetime) -> list[DetailedStep]:
        """The judged answers by day, read once for all rules of the evaluation of `now`."""
        if now != self._judged_at:
            self._judged_at, self._judged_steps = now, {}
        if query not in self._judged_steps:
            self._judged_steps[query] = self._store.judged_details(query, DAY)
        return self._judged_steps[query]

    def _expected_fall(self, window: timedelta, scope: Scope, now: datetime) -> Iterator[Reading]:
        before = self._promised(scope, now - window - BEFORE, now - window)
        for labels, scores in self._promised(scope, now - window, now).items():
            if labels in before:
                yield _promised_fall(dict(labels), before[labels], scores)

    def _promised(self, scope: Scope, since: datetime, until: datetime) -> dict[Labels, tuple[float, float, float]]:
        """How many scores s, and the sums of s and of s (1 - s), by version where the scope says so."""
        sums: dict[Labels, tuple[float, float, float]] = {}
        for system in self._systems(scope):
            for step in self._store.answer_details(Query(system=system, since=since, until=until), DAY):
                labels = _labels(step, scope)
                n, total_score, total_variance = sums.get(labels, (0.0, 0.0, 0.0))
                more, score, variance = step.details["scores"]
                sums[labels] = (n + more, total_score + score, total_variance + variance)
        return {labels: scores for labels, scores in sums.items() if scores[0]}

    def _drift(self, window: timedelta, scope: Scope, now: datetime) -> Iterator[Reading]:
        from core.monitoring.drift import alarms  # with SciPy: only where it is measured
        from core.monitoring.feature_drift import drift_by_version

        for system in self._systems(scope):
            steps = self._store.answer_details(Query(system=system, since=now - window, until=now), DAY)
            for version, judged in drift_by_version(steps, self._store.references.of(system)).items():
                drifting = alarms(judged)
                effect = (drifting[0].effect or 0.0) if drifting else 0.0
                yield _exact({"system": system, "version": version}, effect, max(each.n for each in judged))


def _labels(step: DetailedStep, scope: Scope) -> Labels:
    """Which part of the log a step counts, without its groups."""
    return (("system", step.system), *((("version", step.version),) if "version" in scope.per else ()))


def _judged_parts(step: DetailedStep, scope: Scope) -> Iterator[tuple[Labels, float, float]]:
    """Labels, right answers and judged answers: of each group where the scope says so, else of the whole step."""
    labels = _labels(step, scope)
    if "group" not in scope.per:
        yield labels, step.details["correct"], step.details["n"]
        return
    for kind, groups in step.details["groups"].items():
        for group, (n, correct, _scores) in groups.items():
            yield (*labels, (kind, group)), correct, n
    yield (*labels, ("source", step.source)), step.details["correct"], step.details["n"]


def _promised_fall(
    labels: dict[str, str], before: tuple[float, float, float], after: tuple[float, float, float]
) -> Reading:
    """The fall of the mean score with its 95 % interval, by the central limit theorem."""
    (first, first_error), (second, second_error) = _mean_and_error(before), _mean_and_error(after)
    half = Z_95 * hypot(first_error, second_error)
    fall = first - second
    return Reading(labels, fall, fall - half, fall + half, int(min(before[0], after[0])))


def _mean_and_error(scores: tuple[float, float, float]) -> tuple[float, float]:
    """The mean of scores s and its standard error, from their number and the sums of s and of s (1 - s)."""
    n, total_score, total_variance = scores
    mean = total_score / n
    variance = max((total_score - total_variance) / n - mean * mean, 0.0)  # of the scores: mean of squares less square
    return mean, sqrt(variance / n)


def _exact(labels: dict[str, str], value: float, n: int, since: datetime | None = None) -> Reading:
    return Reading(labels, value, value, value, n, since)


def _share_reading(labels: dict[str, str], share: Share) -> Reading:
    return Reading(labels, share.value or 0.0, *share.interval, share.n)


def _fall_reading(labels: dict[str, str], before: Share, after: Share) -> Reading:
    """The fall from one share to another with its 95 % interval."""
    change = fall(before, after)
    return Reading(labels, change.value, change.low, change.high, min(before.n, after.n))
