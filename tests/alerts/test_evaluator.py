"""Evaluation in one process: grouping, mutes, edits, readings that fail, and a thread that starts and stops."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from core import alerts
from core.alerts.background import _running
from core.alerts.texts import what_is_wrong
from core.errors import StoreUnavailable
from core.settings import settings
from core.store import store as open_store
from tests.support.alerts.fakes import (
    MINUTE,
    Clock,
    RememberingChannel,
    SetReadings,
    evaluator,
    reading,
    rule,
)

AT_ONCE = rule(pending_for="0s", keep_firing_for="0s")


@pytest.fixture
def desk(store):
    """An evaluator with what it reaches: `desk.step(minutes)` lets time pass and evaluates."""

    class Desk:
        log, clock, readings, channel = store.alerts, Clock(), SetReadings(), RememberingChannel()

        def step(self, *rules, minutes=1):
            self.clock.pass_time(minutes * MINUTE)
            self.process.rules = lambda: rules or (AT_ONCE,)
            return self.process.step()

    Desk.process = evaluator(Desk.log, Desk.readings, [Desk.channel], Desk.clock)
    return Desk()


def test_all_districts_of_one_rule_come_in_one_message_and_systems_apart(desk):
    for district in ("BAYVIEW", "MISSION", "TENDERLOIN"):
        desk.readings.set(reading(0.5, system="crime", district=district))
    desk.readings.set(reading(0.5, system="waste"))
    desk.step()
    counts = {message.system: len(message.alerts) for _, message in desk.channel.received}
    assert counts == {"crime": 3, "waste": 1}
    assert len(desk.channel.received) == 2
    desk.readings.set(reading(0.0, system="crime", district="MISSION"))
    desk.step()
    assert desk.channel.told[-1] == ("resolved", {"system": "crime", "district": "MISSION"})
    assert len(desk.channel.received) == 3


def test_a_muted_rule_tells_nobody_and_what_still_fires_after_the_mute_is_told_once(desk):
    desk.log.decisions.mute("requests_fail", desk.clock.time + 5 * MINUTE, actor="Ada", now=desk.clock.time)
    desk.readings.set(reading(0.5, system="waste"))
    for _ in range(4):
        desk.step()
    assert desk.channel.received == []
    assert [row["state"] for row in desk.log.states()] == ["firing"]
    for _ in range(4):
        desk.step()
    assert desk.channel.told == [("firing", {"system": "waste"})]
    (_, message) = desk.channel.received[0]
    assert message.alerts[0].reason == "mute ended"
    assert [(event["kind"], event["reason"]) for event in desk.log.events()] == [
        ("firing", "mute ended"),
        ("firing", "past the threshold"),
    ]


def test_a_mute_of_one_alert_leaves_the_others_loud(desk):
    key = '{"district":"MISSION","system":"crime"}'
    desk.log.decisions.mute(
        "requests_fail", desk.clock.time + 60 * MINUTE, actor="Ada", now=desk.clock.time, labels_key=key
    )
    for district in ("BAYVIEW", "MISSION"):
        desk.readings.set(reading(0.5, system="crime", district=district))
    desk.step()
    assert desk.channel.told == [("firing", {"system": "crime", "district": "BAYVIEW"})]


def test_what_people_edit_counts_from_the_next_evaluation_on(desk):
    desk.readings.set(reading(0.5, system="waste"))
    desk.log.decisions.edit_rule("requests_fail", {"threshold_on": 0.6}, actor="Ada", now=desk.clock.time)
    desk.step()
    assert desk.channel.received == []
    desk.log.decisions.edit_rule("requests_fail", {"threshold_on": 0.4}, actor="Ada", now=desk.clock.time)
    desk.step()
    assert desk.channel.told == [("firing", {"system": "waste"})]
    desk.log.decisions.edit_rule("requests_fail", {"enabled": False}, actor="Ada", now=desk.clock.time)
    desk.step()
    assert desk.channel.told[-1] == ("resolved", {"system": "waste"})


def test_an_edit_that_became_wrong_is_told_and_the_rule_is_evaluated_as_it_ships(desk):
    desk.readings.set(reading(0.5, system="waste"))
    desk.log.decisions.edit_rule("requests_fail", {"gone": 1}, actor="Ada", now=desk.clock.time)
    evaluation = desk.step()
    assert "gone" in evaluation.problems["requests_fail"]
    assert desk.channel.told == [("firing", {"system": "waste"})]


def test_a_rule_that_is_gone_ends_its_alerts_in_silence(desk):
    desk.readings.set(reading(0.5, system="waste"))
    desk.step()
    desk.step(rule(name="another", measure="drift"))
    assert [(row["rule"], row["state"]) for row in desk.log.states()] == [("requests_fail", "resolved")]
    assert len(desk.channel.received) == 1


def test_the_alert_of_a_version_ends_when_another_took_over(desk):
    for version in ("1", "2"):
        desk.readings.set(reading(0.5, system="waste", version=version))
    desk.step()
    desk.readings.replaced.add(("waste", "1"))
    desk.step()
    desk.step()
    ended = [event for event in desk.log.events() if event["kind"] == "resolved"]
    assert [(event["labels"]["version"], event["reason"]) for event in ended] == [("1", "no longer served")]
    assert desk.channel.told[2:] == [("resolved", {"system": "waste", "version": "1"})]
    (_, message) = desk.channel.received[-1]
    assert what_is_wrong(message)[0].endswith("(no longer served: another version is champion)")


@pytest.mark.parametrize("problem", [StoreUnavailable("The log is away."), ZeroDivisionError("a bug")])
def test_a_measure_that_fails_keeps_its_alerts_and_silences_no_other(desk, problem):
    other = rule(name="drifted", measure="drift", pending_for="0s")
    desk.readings.set(reading(0.5, system="waste"))
    desk.step(AT_ONCE, other)
    desk.readings.now["failed_share"] = problem
    desk.readings.set(reading(0.5, system="crime"), "drift")
    evaluation = desk.step(AT_ONCE, other)
    assert set(evaluation.problems) == {"requests_fail"}
    assert {(row["rule"], row["state"]) for row in desk.log.states()} == {
        ("requests_fail", "firing"),
        ("drifted", "firing"),
    }


def test_what_a_recipient_refuses_comes_later_and_once(desk):
    desk.channel.refusing = True
    desk.readings.set(reading(0.5, system="waste"))
    desk.step()
    (waiting,) = desk.log.outbox.newest()
    assert (waiting["state"], waiting["problem"]) == ("waiting", "The recipient is away.")
    desk.channel.refusing = False
    for _ in range(3):
        desk.step()
    assert desk.channel.told == [("firing", {"system": "waste"})]
    (sent,) = desk.log.outbox.newest()
    assert (sent["state"], sent["tries"], sent["problem"]) == ("sent", 2, None)


def test_a_recipient_that_the_settings_name_no_longer_is_told_in_the_log(desk):
    desk.channel.refusing = True
    desk.readings.set(reading(0.5, system="waste"))
    desk.step()
    desk.process.channels = []
    desk.step()
    assert desk.log.outbox.newest()[0]["problem"] == "The settings name this recipient no longer."


def test_a_channel_with_a_bug_holds_up_no_other(desk):
    class Broken(RememberingChannel):
        def send(self, message, key):
            raise ZeroDivisionError

    desk.process.channels = [Broken("broken"), desk.channel]
    desk.readings.set(reading(0.5, system="waste"))
    desk.step()
    assert len(desk.channel.received) == 1
    assert {row["state"]: row["problem"] for row in desk.log.outbox.newest()} == {
        "sent": None,
        "waiting": "Unexpected problem (ZeroDivisionError).",
    }


def test_only_the_holder_of_the_lease_evaluates_and_the_other_takes_over_when_it_is_gone(desk):
    second = evaluator(desk.log, desk.readings, [desk.channel], desk.clock)
    assert desk.step() is not None
    assert second.step() is None
    desk.clock.pass_time(timedelta(minutes=3, seconds=1))
    assert second.step() is not None
    assert desk.step() is None


def test_the_thread_of_a_process_evaluates_and_lets_go_of_the_lease_at_its_end(store, monkeypatch):
    monkeypatch.setenv("LOOKOUT_ALERT_SECONDS", "1")
    settings.cache_clear()
    alerts.start()
    alerts.start()  # once is enough
    try:
        deadline = time.monotonic() + 60
        while not store.alerts.states() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert {row["rule"] for row in store.alerts.states()} == {"disk_fills_up", "memory_runs_out"}
        assert sum(thread.name == "alerts" for thread in threading.enumerate()) == 1
    finally:
        alerts.stop()
    assert not any(thread.name == "alerts" for thread in threading.enumerate())
    assert store.alerts.lease.expires_at() < store.alerts.now()


def test_alerts_that_are_switched_off_start_no_thread(monkeypatch):
    monkeypatch.setenv("LOOKOUT_ALERTS", "off")
    settings.cache_clear()
    alerts.start()
    assert _running.thread is None
    assert open_store.cache_info().currsize == 0
