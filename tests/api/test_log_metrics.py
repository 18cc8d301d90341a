"""What the log says to Prometheus: worked examples, and that no scrape waits or reads by itself."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from core.alerts.evaluator import AlertEvaluator
from core.api.log_metrics import METRICS, LogCollector, read_values
from core.errors import StoreUnavailable
from core.monitoring.drift import reference_of
from tests.store.conftest import ANSWER, NOON, failure, prediction
from tests.support.alerts.fakes import Clock, SetReadings, reading, rule

HOUR = timedelta(hours=1)


@pytest.fixture
def database_url(tmp_path):
    """SQLite alone: what differs between the stores is tested in tests/store."""
    return f"sqlite:///{tmp_path / 'lookout.db'}"


def test_the_logs_rows_and_judgements_are_told_by_system_and_version(store):
    unsure = ANSWER.model_copy(update={"score": 0.25})
    rows = [prediction(created_at=NOON), prediction(created_at=NOON), prediction(created_at=NOON, answer=unsure)]
    store.log([*rows, failure(created_at=NOON), prediction(created_at=NOON - timedelta(days=8))])
    store.add_outcome(rows[0].id, "plastic", source="page", actor="Ada")
    store.add_outcome(rows[1].id, "glass", source="page", actor="Ada")
    values = read_values(store, NOON + HOUR)
    assert values["lookout_logged_predictions"] == {("waste", "1", "answered"): 3, ("waste", "1", "failed"): 1}
    assert values["lookout_logged_not_sure"] == {("waste", "1"): 1}
    assert values["lookout_judged_answers"] == {("waste", "1"): 2}
    assert values["lookout_right_answers"] == {("waste", "1"): 1}
    assert values["lookout_expected_accuracy_ratio"] == {("waste", "1"): pytest.approx((0.75 + 0.75 + 0.25) / 3)}


def test_drift_is_told_by_feature(store):
    reference = reference_of([{"brightness": n / 1000, "contrast": n / 1000} for n in range(1000)])
    store.references.keep("waste", "1", reference)
    answers = [
        ANSWER.model_copy(update={"features": {"brightness": 0.5 + n / 400, "contrast": n / 200}}) for n in range(200)
    ]
    store.log([prediction(created_at=NOON, answer=answer) for answer in answers])
    values = read_values(store, NOON + HOUR)
    assert values["lookout_drift_effect"]["waste", "1", "brightness"] > 0.5
    assert values["lookout_drift_detected"] == {("waste", "1", "brightness"): 1, ("waste", "1", "contrast"): 0}


def test_alerts_that_fire_and_what_rules_measured_are_told(store):
    clock, readings = Clock(), SetReadings()
    rules = (rule(pending_for="0s"), rule(name="calm", pending_for="0s"))
    evaluator = AlertEvaluator(store.alerts, readings, (), rules=lambda: rules, clock=clock)
    readings.set(reading(0.5, 40, 0.4, 0.6, system="crime", district="BAYVIEW"))
    evaluator.step()
    for row in store.alerts.states():
        assert row["state"] == "firing"
    values = read_values(store, clock())
    key = ("requests_fail", "crime", "", "district=BAYVIEW")
    assert values["lookout_alerts_evaluated_timestamp_seconds"] == {(): clock().timestamp()}
    assert values["lookout_alerts_firing"]["requests_fail", "critical"] == 1
    assert values["lookout_alerts_firing"]["no_requests", "warning"] == 0
    ends = [values[f"lookout_alert_reading{name}"][key] for name in ("", "_low", "_high", "_cases")]
    assert ends == [0.5, 0.4, 0.6, 40]


def test_a_reading_that_is_no_longer_taken_is_no_longer_told(store):
    clock, readings = Clock(), SetReadings()
    evaluator = AlertEvaluator(store.alerts, readings, (), rules=lambda: (rule(),), clock=clock)
    readings.set(reading(0.01, system="waste"))
    readings.set(reading(0.01, system="crime"))
    evaluator.step()
    readings.now["failed_share"] = [reading(0.01, system="waste")]
    clock.pass_time(HOUR)
    evaluator.step()
    told = {key[1] for key in read_values(store, clock())["lookout_alert_reading"]}
    assert told == {"waste"}


class SlowLog:
    """Gives one more number at each reading, once it may."""

    def __init__(self) -> None:
        self.readings, self.may, self.ended = 0, threading.Semaphore(0), threading.Semaphore(0)
        self.problem: Exception | None = None

    def read(self):
        self.may.acquire()
        self.readings += 1
        try:
            if self.problem:
                raise self.problem
            return {"lookout_judged_answers": {("waste", "1"): float(self.readings)}}
        finally:
            self.ended.release()


@pytest.fixture
def log():
    return SlowLog()


@pytest.fixture
def seconds():
    return [0.0]


@pytest.fixture
def scrape(log, seconds):
    collector = LogCollector(log.read, clock=lambda: seconds[0])
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    labels = {"system": "waste", "version": "1"}
    return lambda: registry.get_sample_value("lookout_judged_answers", labels)


def finish(log):
    log.may.release()
    assert log.ended.acquire(timeout=10)
    for thread in threading.enumerate():
        if thread.name == "log-metrics":
            thread.join(10)


def test_a_scrape_never_waits_and_many_read_once(log, scrape):
    assert [scrape() for _ in range(5)] == [None] * 5
    finish(log)
    assert [scrape() for _ in range(5)] == [1.0] * 5
    assert log.readings == 1


def test_old_numbers_are_given_while_they_are_read_anew(log, scrape, seconds):
    scrape()
    finish(log)
    seconds[0] = 59.0
    assert scrape() == 1.0
    seconds[0] = 61.0
    assert scrape() == 1.0
    finish(log)
    assert scrape() == 2.0


def test_a_log_that_cannot_be_read_leaves_the_old_numbers(log, scrape, seconds):
    scrape()
    finish(log)
    log.problem, seconds[0] = StoreUnavailable("Expected a store. Received none. Start it."), 61.0
    scrape()
    finish(log)
    assert scrape() == 1.0


def test_every_metric_has_a_meaning_with_a_full_stop():
    assert all(meaning.endswith(".") and name.startswith("lookout_") for name, (meaning, _) in METRICS.items())
