"""The outbox: claimed by one, marked by whoever holds the claim, tried again, given up, in order for each recipient."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from core.store.alerts import EvaluationChanges
from core.store.alerts.outbox import CLAIM, MAX_TRIES, MAX_WAIT, wait_after

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def notification(identifier="n1", **changes):
    row = {
        "id": identifier,
        "created_at": NOON,
        "rule": "requests_fail",
        "system": "waste",
        "kind": "firing",
        "channel": "email",
        "recipient": "night@example.org",
        "content": {"title": "Requests fail"},
        "state": "waiting",
        "tries": 0,
        "next_try_at": NOON,
        "claim": 0,
        "claimed_by": None,
        "claimed_until": None,
        "ended_at": None,
        "problem": None,
    }
    return {**row, **changes}


@pytest.fixture
def add(store):
    """Commit notifications, as an evaluation does."""

    def commit(*rows):
        token = store.alerts.lease.acquire("evaluator", NOON, timedelta(days=365))
        assert store.alerts.commit(token, EvaluationChanges([], [], rows))

    return commit


def test_a_notification_is_claimed_once_sent_and_logged(store, add):
    add(notification())
    outbox = store.alerts.outbox
    row = outbox.claim("a", NOON)
    assert row["content"] == {"title": "Requests fail"}
    assert outbox.claim("b", NOON + SECOND) is None
    assert outbox.mark_sent(row, NOON + SECOND)
    assert outbox.claim("b", NOON + timedelta(days=30)) is None
    (kept,) = outbox.newest()
    assert (kept["state"], kept["tries"], kept["ended_at"], kept["problem"]) == ("sent", 1, NOON + SECOND, None)
    assert outbox.newest("failed") == []
    assert outbox.tries_of("n1") == [
        {
            "notification": "n1",
            "number": 1,
            "started_at": NOON,
            "ended_at": NOON + SECOND,
            "outcome": "sent",
            "problem": None,
        }
    ]


def test_a_key_that_is_there_already_is_not_added_again(store, add):
    add(notification())
    store.alerts.outbox.mark_sent(store.alerts.outbox.claim("a", NOON), NOON)
    add(notification())
    assert [row["state"] for row in store.alerts.outbox.newest()] == ["sent"]


def test_what_an_ended_process_claimed_is_claimed_again_and_its_own_mark_counts_no_more(store, add):
    add(notification())
    outbox = store.alerts.outbox
    lost = outbox.claim("ended", NOON)
    assert outbox.next_due() == NOON + CLAIM
    assert outbox.claim("second", NOON + CLAIM - SECOND) is None
    again = outbox.claim("second", NOON + CLAIM)
    assert (again["id"], again["tries"]) == ("n1", 2)
    assert not outbox.mark_failed(lost, "too late", NOON + CLAIM)
    assert outbox.newest()[0]["state"] == "sending"
    assert outbox.mark_sent(again, NOON + CLAIM)
    assert [attempt["outcome"] for attempt in outbox.tries_of("n1")] == ["failed", "sent"]


def test_a_try_of_a_process_that_ended_shows_that_nobody_knows_what_became_of_it(store, add):
    add(notification())
    store.alerts.outbox.claim("ended", NOON)
    (attempt,) = store.alerts.outbox.tries_of("n1")
    assert (attempt["outcome"], attempt["ended_at"]) == ("started", None)


def test_failures_wait_twice_as_long_each_time_and_are_given_up_visibly(store, add):
    add(notification())
    outbox, now, waits = store.alerts.outbox, NOON, []
    for _ in range(MAX_TRIES):
        row = outbox.claim("a", now)
        outbox.mark_failed(row, "status 503", now)
        due = outbox.next_due()
        if due is not None:
            waits.append((due - now).total_seconds())
            assert outbox.claim("a", due - SECOND) is None
            now = due
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert outbox.next_due() is None
    (kept,) = outbox.newest("failed")
    assert (kept["tries"], kept["problem"], kept["ended_at"]) == (MAX_TRIES, "status 503", now)
    assert len(outbox.tries_of("n1")) == MAX_TRIES
    outbox.try_again("n1", now)
    assert outbox.claim("a", now)["tries"] == 1


def test_the_wait_has_a_limit():
    assert wait_after(500) == MAX_WAIT


def test_an_end_waits_for_its_beginning_and_other_recipients_do_not(store, add):
    later = NOON + timedelta(minutes=5)
    end = {"kind": "resolved", "created_at": later, "next_try_at": later}
    add(notification("begin"), notification("end", **end), notification("other", recipient="day@example.org", **end))
    outbox = store.alerts.outbox
    outbox.mark_failed(outbox.claim("a", later), "status 503", later)
    assert outbox.claim("a", later)["id"] == "other"
    assert outbox.claim("a", later) is None
    later += timedelta(minutes=1)
    begin = outbox.claim("a", later)
    assert begin["id"] == "begin"
    assert outbox.claim("b", later) is None  # it is on its way
    outbox.mark_sent(begin, later)
    assert outbox.claim("b", later)["id"] == "end"


def test_of_many_that_claim_at_once_each_notification_goes_to_one(store, add):
    add(*(notification(f"n{number}", recipient=f"{number}@example.org") for number in range(6)))
    claimed = []

    def claim(worker):
        while (row := store.alerts.outbox.claim(worker, NOON)) is not None:
            claimed.append(row["id"])

    threads = [threading.Thread(target=claim, args=(f"worker-{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == [f"n{number}" for number in range(6)]


def test_the_history_goes_after_a_year_and_a_month_with_its_tries(store, add):
    add(notification(), notification("open", recipient="day@example.org"))
    outbox = store.alerts.outbox
    row = outbox.claim("a", NOON)
    outbox.mark_sent(row, NOON)
    store.alerts.forget(NOON + timedelta(days=399))
    assert len(outbox.newest()) == 2
    store.alerts.forget(NOON + timedelta(days=401))
    assert len(outbox.newest()) == 1
    assert outbox.tries_of(row["id"]) == []
