"""`python -m core monitor alerts`, `check` and `rebuild`: where the rules stand, on a log whose requests fail."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from core.alerts.rules import shipped
from core.commands import cli
from core.store import Query
from core.store.rollups.tables import rollups
from tests.store.conftest import failure, prediction


@pytest.fixture
def run(store):
    def command(*arguments):
        return CliRunner().invoke(cli, ["monitor", *arguments])

    return command


def log_failures(store, failed, answered):
    now = datetime.now(UTC)
    times = [now - timedelta(seconds=5 * number) for number in range(failed + answered)]
    store.log([failure(created_at=time) for time in times[:failed]])
    store.log([prediction(created_at=time) for time in times[failed:]])


def test_before_anything_was_measured_every_rule_is_listed(run):
    ended = run("alerts")
    assert ended.exit_code == 0, ended.output
    assert sorted(line.split()[1] for line in ended.stdout.splitlines()) == sorted(rule.name for rule in shipped())


def test_one_check_evaluates_and_tells_what_fires(run, store):
    log_failures(store, failed=30, answered=30)
    store.alerts.decisions.edit_rule("requests_fail", {"pending_for": "0s"}, actor="Ada", now=datetime.now(UTC))
    ended = run("check")
    assert ended.exit_code == 1, ended.output
    (line,) = ended.stdout.splitlines()
    assert line.startswith("firing     requests_fail  system=waste  50")
    assert line.endswith("docs/runbooks/alerts.md#requests-fail")
    (listed,) = [json.loads(text) for text in run("check", "--json").stdout.splitlines()]
    assert (listed["rule"], listed["labels"], listed["value"]) == ("requests_fail", {"system": "waste"}, 0.5)
    states = {
        json.loads(text)["rule"]: json.loads(text)["state"] for text in run("alerts", "--json").stdout.splitlines()
    }
    assert (states["requests_fail"], states["disk_fills_up"]) == ("firing", "inactive")


def test_a_check_of_a_quiet_log_says_that_nothing_fires(run):
    ended = run("check")
    assert (ended.exit_code, ended.stdout) == (0, "No alert fires.\n")


def test_while_a_server_evaluates_a_check_tells_its_states(run, store):
    assert store.alerts.lease.acquire("a server", store.alerts.now(), timedelta(minutes=3)) is not None
    ended = run("check")
    assert ended.exit_code == 0
    assert "Another process evaluates" in ended.stderr


def test_who_muted_a_rule_and_who_looks_after_an_alert_is_shown(run, store):
    log_failures(store, failed=30, answered=30)
    now = datetime.now(UTC)
    store.alerts.decisions.edit_rule("requests_fail", {"pending_for": "0s"}, actor="Ada", now=now)
    store.alerts.decisions.mute("requests_fail", now + timedelta(hours=1), actor="Ben", now=now)
    run("check")
    (episode,) = {row["episode"] for row in store.alerts.events()}
    store.alerts.decisions.acknowledge(episode, actor="Cleo", now=now)
    line = run("alerts").stdout.splitlines()[0]
    assert line.startswith("firing")
    assert "by Ben" in line
    assert "Cleo looks after it" in line


def test_a_rebuild_makes_counts_that_were_spoilt_from_the_rows(run, store):
    store.log([prediction(created_at=datetime.now(UTC) - timedelta(days=2)) for _ in range(3)])
    assert store.count(Query()) == 3
    with store.engine.begin() as connection:
        connection.execute(sa.update(rollups).values(n=70))
    assert store.count(Query()) != 3
    ended = run("rebuild")
    assert (ended.exit_code, ended.stdout) == (0, "Counted 3 rows of the log.\n")
    assert store.count(Query()) == 3
