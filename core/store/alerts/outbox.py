"""Notifications that wait to be delivered, committed with the change of state that they tell of.

A process claims a notification for some time, sends it and marks it. If it ends in between, the claim runs out and
another process sends it again, under the same key: at least once then, exactly once otherwise. What could not be
delivered waits twice as long before each next try.
Richardson, "Microservices Patterns", 2018, section 3.3.7 (transactional outbox).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa

from core.store.alerts.rows import DeliveryTryRow, NotificationRow, NotificationState
from core.store.alerts.tables import deliveries, notifications
from core.store.by_column import insert_if_new
from core.store.database import Database

CLAIM = timedelta(minutes=5)  # longer than any try takes: see SECONDS_TO_ANSWER of the channels
FIRST_WAIT, MAX_WAIT = timedelta(seconds=15), timedelta(hours=1)
MAX_TRIES = 12  # the last one about four and a half hours after the first


class Outbox:
    """The notifications of alerts. Every method may raise StoreUnavailable."""

    def __init__(self, database: Database, turn: Callable[[], AbstractContextManager[object]]) -> None:
        """turn: the turn to write, shared with whoever else writes to this database."""
        self._database, self._turn = database, turn

    def claim(self, worker: str, now: datetime) -> NotificationRow | None:
        """Take the oldest notification that is due, for CLAIM; None if there is none.

        A message waits until those before it of the same rule and system to the same recipient are delivered or given
        up, so that nobody hears of an end before the beginning.
        """
        with self._database.reading() as connection:
            due = connection.execute(_due(now)).mappings().all()
        for row in due:
            claimed = {
                "state": "sending",
                "tries": row["tries"] + 1,
                "claim": row["claim"] + 1,
                "claimed_by": worker,
                "claimed_until": now + CLAIM,
            }
            with self._turn(), self._database.writing() as connection:
                if connection.execute(_claimed(row["id"], row["claim"]).values(**claimed)).rowcount:
                    started = {"notification": row["id"], "number": claimed["tries"], "started_at": now}
                    connection.execute(sa.insert(deliveries), [{**started, "outcome": "started"}])
                    return cast(NotificationRow, {**row, **claimed})
        return None

    def mark_sent(self, row: NotificationRow, now: datetime) -> bool:
        """Note that a claimed notification was delivered; False where the claim was taken over meanwhile."""
        values = {"state": "sent", "ended_at": now, "claimed_until": None, "problem": None}
        return self._mark(row, now, "sent", None, values)

    def mark_failed(self, row: NotificationRow, problem: str, now: datetime) -> bool:
        """Note why a claimed notification was not delivered; it is tried again later, or given up after MAX_TRIES."""
        given_up = row["tries"] >= MAX_TRIES
        values = {
            "state": "failed" if given_up else "waiting",
            "next_try_at": now + wait_after(row["tries"]),
            "claimed_until": None,
            "ended_at": now if given_up else None,
            "problem": problem,
        }
        return self._mark(row, now, "failed", problem, values)

    def try_again(self, identifier: str, now: datetime) -> None:
        """Let a notification that was given up be tried anew."""
        failed = (notifications.c.id == identifier, notifications.c.state == "failed")
        values = {"state": "waiting", "tries": 0, "next_try_at": now, "ended_at": None}
        with self._turn(), self._database.writing() as connection:
            if connection.execute(sa.update(notifications).where(*failed).values(**values)).rowcount:
                connection.execute(sa.delete(deliveries).where(deliveries.c.notification == identifier))

    def next_due(self) -> datetime | None:
        """When the next notification is due, or its claim runs out; None if none waits."""
        due = sa.case(
            (notifications.c.state == "sending", notifications.c.claimed_until), else_=notifications.c.next_try_at
        )
        with self._database.reading() as connection:
            times = connection.execute(
                sa.select(due).where(notifications.c.state.in_(("waiting", "sending")))
            ).scalars()
            return min(times, default=None)

    def newest(self, state: NotificationState | None = None, limit: int = 100) -> list[NotificationRow]:
        """Notifications, newest first: what was sent, to whom, when, with which outcome, after how many tries."""
        meant = [] if state is None else [notifications.c.state == state]
        newest = notifications.c.created_at.desc()
        chosen = sa.select(notifications).where(*meant).order_by(newest, notifications.c.id).limit(limit)
        with self._database.reading() as connection:
            return [cast(NotificationRow, dict(row)) for row in connection.execute(chosen).mappings()]

    def tries_of(self, identifier: str) -> list[DeliveryTryRow]:
        """Each try to deliver a notification, oldest first."""
        chosen = sa.select(deliveries).where(deliveries.c.notification == identifier).order_by(deliveries.c.number)
        with self._database.reading() as connection:
            return [cast(DeliveryTryRow, dict(row)) for row in connection.execute(chosen).mappings()]

    def _mark(
        self, row: NotificationRow, now: datetime, outcome: str, problem: str | None, values: Mapping[str, object]
    ) -> bool:
        ended = {"ended_at": now, "outcome": outcome, "problem": problem}
        this_try = (deliveries.c.notification == row["id"], deliveries.c.number == row["tries"])
        with self._turn(), self._database.writing() as connection:
            is_own = bool(connection.execute(_claimed(row["id"], row["claim"]).values(**values)).rowcount)
            connection.execute(sa.update(deliveries).where(*this_try).values(**ended))
        return is_own


def wait_after(tries: int) -> timedelta:
    """How long a notification waits after so many failed tries: FIRST_WAIT, then twice as long each time."""
    return min(FIRST_WAIT * 2.0 ** min(tries - 1, MAX_TRIES), MAX_WAIT)


def enqueue(connection: sa.Connection, rows: Sequence[NotificationRow]) -> None:
    """Add notifications in the transaction of the changes that they tell of; a key that is there stays as it is."""
    if rows:
        connection.execute(insert_if_new(notifications, connection.dialect, ["id"]), [dict(row) for row in rows])


def _claimed(identifier: str, claim: int) -> sa.Update:
    return sa.update(notifications).where(notifications.c.id == identifier, notifications.c.claim == claim)


def _due(now: datetime) -> sa.Select[*tuple[object, ...]]:
    """Notifications whose turn it is, oldest first."""
    before = notifications.alias("before")
    same = [before.c[name] == notifications.c[name] for name in ("channel", "recipient", "rule", "system")]
    open_before = sa.exists().where(
        *same, before.c.created_at < notifications.c.created_at, before.c.state.in_(("waiting", "sending"))
    )
    waiting = (notifications.c.state == "waiting") & (notifications.c.next_try_at <= now)
    abandoned = (notifications.c.state == "sending") & (notifications.c.claimed_until <= now)
    order = (notifications.c.created_at, notifications.c.id)
    return sa.select(notifications).where(waiting | abandoned, ~open_before).order_by(*order).limit(20)
