"""The evaluator's lease: one holder at a time, taken over when it is dead, fenced when it only seemed dead."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from core.store.alerts import EvaluationChanges

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LENGTH = timedelta(seconds=30)
LATER = NOON + timedelta(seconds=31)


def state(labels_key="{}", **changes):
    row = {
        "rule": "requests_fail",
        "labels_key": labels_key,
        "labels": {},
        "state": "firing",
        "since": NOON,
        "clear_since": None,
        "measured_at": NOON,
        "evaluated_at": NOON,
        "episode": "e1",
        "began_at": NOON,
        "fired_at": NOON,
        "notified": True,
        "value": 0.5,
        "low": 0.4,
        "high": 0.6,
        "n": 100,
    }
    return {**row, **changes}


def test_one_process_holds_the_lease_and_renews_it_under_the_same_token(store):
    lease = store.alerts.lease
    token = lease.acquire("first", NOON, LENGTH)
    assert token is not None
    assert lease.acquire("second", NOON, LENGTH) is None
    assert lease.acquire("first", NOON + timedelta(seconds=20), LENGTH) == token
    assert lease.acquire("second", LATER, LENGTH) is None
    assert lease.expires_at() == NOON + timedelta(seconds=50)


def test_a_dead_holder_is_replaced_when_its_lease_has_run_out(store):
    token = store.alerts.lease.acquire("dead", NOON, LENGTH)
    assert store.alerts.lease.acquire("second", LATER, LENGTH) == token + 1


def test_a_holder_that_ends_cleanly_is_replaced_at_once(store):
    store.alerts.lease.acquire("first", NOON, LENGTH)
    store.alerts.lease.release("second")
    assert store.alerts.lease.acquire("second", NOON, LENGTH) is None
    store.alerts.lease.release("first")
    assert store.alerts.lease.acquire("second", NOON, LENGTH) is not None


def test_a_holder_that_woke_too_late_writes_nothing(store):
    old = store.alerts.lease.acquire("paused", NOON, LENGTH)
    new = store.alerts.lease.acquire("second", LATER, LENGTH)
    assert store.alerts.commit(new, EvaluationChanges([state(value=0.1)]))
    assert not store.alerts.commit(old, EvaluationChanges([state(value=0.9), state('{"system":"crime"}')]))
    assert [row["value"] for row in store.alerts.states()] == [0.1]


def test_a_holder_whose_lease_ran_out_and_that_nobody_replaced_still_writes(store):
    token = store.alerts.lease.acquire("slow", NOON, LENGTH)
    assert store.alerts.commit(token, EvaluationChanges([state()]))


def test_of_many_that_ask_at_once_one_gets_the_lease(store):
    tokens = []

    def ask(number):
        tokens.append(store.alerts.lease.acquire(f"process-{number}", NOON, LENGTH))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(tokens, key=str) == [1, *[None] * 7]


def test_the_databases_time_is_near_this_machines_and_has_its_zone(store):
    assert abs(store.alerts.now() - datetime.now(UTC)) < timedelta(seconds=30)


def test_a_state_is_replaced_by_its_next_one_and_what_nobody_measures_goes_in_time(store):
    token = store.alerts.lease.acquire("first", NOON, LENGTH)
    calm = state('{"district":"gone"}', state="inactive")
    store.alerts.commit(token, EvaluationChanges([state(), calm]))
    store.alerts.commit(token, EvaluationChanges([state(value=None, low=None, high=None, n=None)]))
    assert [(row["labels_key"], row["value"]) for row in store.alerts.states()] == [
        ('{"district":"gone"}', 0.5),
        ("{}", None),
    ]
    store.alerts.forget(NOON + timedelta(days=29))
    assert len(store.alerts.states()) == 2
    store.alerts.forget(NOON + timedelta(days=31))
    assert [row["labels_key"] for row in store.alerts.states()] == ["{}"]  # it still fires
