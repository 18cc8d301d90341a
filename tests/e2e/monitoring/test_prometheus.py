"""Debian's Prometheus scrapes a server with the configuration of `deploy/monitoring`; every panel shows something."""

from __future__ import annotations

import json
import shutil
import time
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from core.migrations import migrate
from core.monitoring.drift import reference_of
from core.settings import CHECKOUT
from core.store import MINUTE, Store
from tests.conftest import Server, free_port
from tests.store.conftest import ANSWER, failure, prediction
from tests.support import toys
from tests.support.monitoring import prometheus

pytestmark = pytest.mark.e2e

FOLDER = CHECKOUT / "deploy" / "monitoring"
SECONDS_TO_SETTLE = 120
KIND = {"system": "toy", "version": "1"}


def wait_for(condition, what):
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    while not (result := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.2)
    return result


def fill(store):
    """Answers, a failure, a judgement and a reference of the toy."""
    migrate(store)
    now = datetime.now(UTC)
    features = [ANSWER.model_copy(update={"features": {"length": n / 100}}) for n in range(100)]
    rows = [prediction(created_at=now - timedelta(hours=2), answer=answer, **KIND) for answer in features]
    store.references.keep("toy", "1", reference_of([{"length": n / 100} for n in range(100)]))
    store.log([*rows, failure(created_at=now - timedelta(hours=2), **KIND)])
    store.add_outcome(rows[0].id, "plastic", source="page", actor="Ada")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A Prometheus that has scraped a server which answered, failed, evaluated and sampled."""
    if prometheus.programs() is None:
        pytest.skip(prometheus.WHY_SKIPPED)
    folder = tmp_path_factory.mktemp("prometheus")
    url = f"sqlite:///{folder / 'lookout.db'}"
    environment = {**toys.install(folder / "toy"), "LOOKOUT_DATABASE_URL": url, "LOOKOUT_ALERT_SECONDS": "1"}
    store = Store(url)
    fill(store)
    server = Server(folder, environment)
    try:
        server.start()
        for words in (["cup", "bottle"], [""], [7]):
            body = {"model": "toy", "instances": [{"word": word} for word in words]}
            httpx2.post(f"{server.url}/predict", json=body)
        wait_for(store.alerts.states, "no rule was evaluated")
        now = datetime.now(UTC)
        wait_for(
            lambda: store.resources.rows(MINUTE, now - timedelta(hours=1), now + timedelta(hours=1)), "nothing sampled"
        )
        written = (FOLDER / "prometheus.yml").read_text().replace("127.0.0.1:8501", f"127.0.0.1:{server.port}")
        configuration = folder / "prometheus.yml"
        configuration.write_text(written.replace("_interval: 30s", "_interval: 1s"))
        shutil.copy(FOLDER / "alert-rules.yml", folder)
        with prometheus.running(configuration, free_port(), folder) as running:
            read = {"query": "lookout_log_read_timestamp_seconds and on() process_start_time_seconds offset 3s"}
            wait_for(lambda: prometheus.answer(f"{running}/api/v1/query", **read)["result"], "not scraped")
            yield running
    finally:
        server.stop()
        store.close()


def test_the_server_is_up(address):
    (target,) = prometheus.answer(f"{address}/api/v1/targets")["activeTargets"]
    assert (target["health"], target["lastError"]) == ("up", "")


def test_every_panel_shows_something(address):
    dashboard = json.loads((FOLDER / "grafana-dashboard.json").read_text())
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    empty = [
        (panel["title"], target["expr"])
        for panel in panels
        for target in panel["targets"]
        if not prometheus.answer(f"{address}/api/v1/query", query=target["expr"])["result"]
    ]
    assert empty == []


def test_every_rule_is_evaluated_and_none_fires_on_a_server_that_is_well(address):
    def rules():
        (group,) = prometheus.answer(f"{address}/api/v1/rules")["groups"]
        return group["rules"] if all(rule["health"] != "unknown" for rule in group["rules"]) else None

    evaluated = wait_for(rules, "rules were not evaluated")
    assert [(rule["name"], rule.get("lastError")) for rule in evaluated if rule["health"] != "ok"] == []
    of_the_machine = {"LookoutDiskFillsUp", "LookoutMemoryRunsOut"}  # which may be so where this runs
    assert {rule["name"] for rule in evaluated if rule["state"] != "inactive"} <= of_the_machine


def test_numbers_of_the_log_are_those_that_were_logged(address):
    def value(query):
        (sample,) = prometheus.answer(f"{address}/api/v1/query", query=query)["result"]
        return float(sample["value"][1])

    assert value("lookout_judged_answers") == 1
    assert value("lookout_right_answers") == 1
    assert value('lookout_drift_detected{feature="length"}') == 0
    assert value('lookout_logged_predictions{status="failed"}') >= 1
    assert value("lookout_store_bytes") > 100_000
