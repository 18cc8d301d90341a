"""What the log and the alerts say, as metrics for Prometheus, read from the kept counts in the background.

A scrape gets what was read last and, where that is old, has it read anew meanwhile: no scrape waits, and a server that
nobody scrapes reads nothing. The numbers are of the store, the same from each of its processes: take their maximum over
processes, not their sum.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from prometheus_client.core import GaugeMetricFamily

from core import telemetry
from core.alerts.overview import AlertOverview, edited_rules, overview
from core.errors import LookoutError
from core.monitoring.expected_accuracy import expected_accuracy
from core.store import DAY, NOT_SURE_BELOW, Query, Store, store

WINDOW = timedelta(days=7)
LATELY = timedelta(minutes=15)  # before the newest evaluation: readings from before it are no longer those of now
MIN_SECONDS_KEPT = 60.0
FACTOR = 20  # kept so many times as long as the reading took: at most a twentieth of the time is spent reading

KIND = ("system", "version")
READING = ("rule", "system", "version", "part")
METRICS: dict[str, tuple[str, tuple[str, ...]]] = {
    "lookout_logged_predictions": ("Predictions in the log, from any process, last 7 days.", (*KIND, "status")),
    "lookout_logged_not_sure": ("Answers in the log that were not sure, last 7 days.", KIND),
    "lookout_judged_answers": ("Answers that people judged, of the last 7 days.", KIND),
    "lookout_right_answers": ("Judged answers that were right, of the last 7 days.", KIND),
    "lookout_expected_accuracy_ratio": ("Accuracy expected from scores alone, last 7 days, 0 to 1.", KIND),
    "lookout_drift_effect": ("Effect size of a feature against its reference, last 7 days.", (*KIND, "feature")),
    "lookout_drift_detected": ("1 where a feature drifts beyond chance.", (*KIND, "feature")),
    "lookout_alerts_firing": ("Alerts that fire.", ("rule", "severity")),
    "lookout_alert_reading": ("What a rule measured last.", READING),
    "lookout_alert_reading_low": ("Lower end of that reading's 95 % interval.", READING),
    "lookout_alert_reading_high": ("Upper end of that reading's 95 % interval.", READING),
    "lookout_alert_reading_cases": ("Cases that the reading rests on.", READING),
    "lookout_alerts_evaluated_timestamp_seconds": ("When a rule was last evaluated [s since 1970].", ()),
    "lookout_log_read_timestamp_seconds": ("When these numbers were read from the log [s since 1970].", ()),
}
"""{metric: (its meaning, its labels)}."""

Values = dict[str, dict[tuple[str, ...], float]]
"""{metric: {values of its labels: value}}."""


def read_values(log: Store, now: datetime) -> Values:
    """All metrics as of now. Raises StoreUnavailable."""
    values: Values = {name: {} for name in METRICS}
    for system in log.distinct("system"):
        query = Query(system=system, since=now - WINDOW, until=now, not_sure_below=NOT_SURE_BELOW)
        _read_counts(values, log, query)
    rules, _problems = edited_rules(log.alerts)
    _read_alerts(values, overview(log.alerts, rules, now))
    values["lookout_log_read_timestamp_seconds"][()] = now.timestamp()
    return values


@dataclass(eq=False)  # a registry of metrics knows it by itself
class LogCollector:
    """Gives what was read last; a collection that finds it old has it read in the background.

    read: gives the values. clock: seconds that only grow.
    """

    read: Callable[[], Values]
    clock: Callable[[], float] = time.monotonic
    _values: Values = field(default_factory=dict)
    _good_until: float = float("-inf")
    _reading: threading.Lock = field(default_factory=threading.Lock)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """A family for each metric that has any value."""
        if self.clock() >= self._good_until and self._reading.acquire(blocking=False):
            threading.Thread(target=self._refresh, name="log-metrics", daemon=True).start()
        for name, samples in self._values.items():
            meaning, labels = METRICS[name]
            family = GaugeMetricFamily(name, meaning, labels=labels)
            for key, value in samples.items():
                family.add_metric(key, value)
            if samples:
                yield family

    def _refresh(self) -> None:
        """Read anew, and release the lock that `collect` took for this thread."""
        started = self.clock()
        try:
            self._values = self.read()
        except LookoutError as problem:  # what was read before stays, with its time
            telemetry.log().warning("log_metrics_not_read", problem=problem.message)
        except Exception as problem:  # noqa: BLE001 - the metrics of the process are given all the same
            telemetry.log().error("log_metrics_not_read", exc_info=problem)
        finally:
            ended = self.clock()
            self._good_until = ended + max(MIN_SECONDS_KEPT, FACTOR * (ended - started))
            self._reading.release()


_exposed = threading.Event()


def expose() -> None:
    """Add these metrics to those of this process, once."""
    if not _exposed.is_set():
        _exposed.set()
        telemetry.COLLECTED.register(LogCollector(lambda: read_values(store(), datetime.now(UTC))))


def _read_counts(values: Values, log: Store, query: Query) -> None:
    """The counts of one system's period, its expected accuracy and its features' drift."""
    from core.monitoring.drift import DriftVerdict  # with NumPy
    from core.monitoring.feature_drift import drift_by_version

    system = query.system or ""
    for step in log.steps(query, DAY):
        for status, n in (("answered", step.counts.n - step.counts.failed), ("failed", step.counts.failed)):
            _add(values["lookout_logged_predictions"], (system, step.version, status), n)
        _add(values["lookout_logged_not_sure"], (system, step.version), step.counts.not_sure)
    for judged in log.judged_details(query, DAY):
        _add(values["lookout_judged_answers"], (system, judged.version), judged.details["n"])
        _add(values["lookout_right_answers"], (system, judged.version), judged.details["correct"])
    details = log.answer_details(query, DAY)
    for version in {step.version for step in details}:
        sums = [step.details["scores"] for step in details if step.version == version]
        expected = expected_accuracy(*(sum(column) for column in zip(*sums, strict=True)))
        if expected:
            values["lookout_expected_accuracy_ratio"][system, version] = expected.value
    for version, features in drift_by_version(details, log.references.of(system)).items():
        for drift in features:
            if drift.effect is not None:
                values["lookout_drift_effect"][system, version, drift.feature] = drift.effect
                values["lookout_drift_detected"][system, version, drift.feature] = float(
                    drift.verdict is DriftVerdict.DRIFTS
                )


def _read_alerts(values: Values, lines: list[AlertOverview]) -> None:
    """How many alerts of each rule fire, and what each rule measured last."""
    evaluated_at = max((line.state.evaluated_at for line in lines if line.state), default=None)
    for line in lines:
        rule, state = line.rule, line.state
        _add(values["lookout_alerts_firing"], (rule.name, rule.severity), line.stage == "firing")
        if state is None or evaluated_at is None or state.evaluated_at < evaluated_at - LATELY:
            continue  # what is measured no longer has no reading, though its last one is kept
        if reading := state.reading:
            others = sorted(f"{name}={value}" for name, value in state.labels.items() if name not in KIND)
            key = (rule.name, *(state.labels.get(name, "") for name in KIND), ",".join(others))
            for name, value in (("", reading.value), ("_low", reading.low), ("_high", reading.high)):
                values[f"lookout_alert_reading{name}"][key] = value
            values["lookout_alert_reading_cases"][key] = reading.n
    if evaluated_at:
        values["lookout_alerts_evaluated_timestamp_seconds"][()] = evaluated_at.timestamp()


def _add(samples: dict[tuple[str, ...], float], key: tuple[str, ...], n: float) -> None:
    samples[key] = samples.get(key, 0.0) + n
