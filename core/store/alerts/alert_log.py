"""The log of alerts: their states and events, written by the one evaluator that holds the lease."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import sqlalchemy as sa

from core.store.alerts.decisions import Decisions
from core.store.alerts.lease import Lease, is_current
from core.store.alerts.outbox import Outbox, enqueue
from core.store.alerts.rows import AlertEventRow, AlertStateRow, NotificationRow
from core.store.alerts.tables import deliveries, events, notifications, states
from core.store.database import Database

QUIET_KEPT = timedelta(days=30)  # states that do not fire, of what is no longer measured
HISTORY_KEPT = timedelta(days=400)  # events and notifications: a year and a month to compare with


@dataclass(frozen=True)
class EvaluationChanges:
    """What one evaluation changes, to be committed together or not at all."""

    states: Sequence[AlertStateRow]
    events: Sequence[AlertEventRow] = ()
    notifications: Sequence[NotificationRow] = ()


class AlertLog:
    """Alerts in the store's database. Every method may raise StoreUnavailable."""

    def __init__(self, database: Database, turn: Callable[[], AbstractContextManager[object]]) -> None:
        """turn: the turn to write, shared with whoever else writes to this database."""
        self._database, self._turn = database, turn
        self.lease = Lease(database, turn)
        """Who evaluates."""
        self.outbox = Outbox(database, turn)
        """What is to be delivered, and what became of it."""
        self.decisions = Decisions(database, turn)
        """What people decided: mutes, acknowledgements, changed rules."""

    def now(self) -> datetime:
        """The time by the database's clock, which all processes share; SQLite's is this machine's."""
        if self._database.is_sqlite:
            return datetime.now(UTC)
        with self._database.reading() as connection:
            return cast(datetime, connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()).astimezone(UTC)

    def commit(self, token: int, changes: EvaluationChanges) -> bool:
        """Commit what an evaluation changes, in one transaction; False, and nothing changed, if the lease is lost.

        token: of the lease under which the states were read.
        """
        with self._turn(), self._database.writing() as connection:
            if not is_current(connection, token):
                return False
            if changes.states:
                same = (states.c.rule == sa.bindparam("rule_"), states.c.labels_key == sa.bindparam("labels_key_"))
                keys = [{"rule_": row["rule"], "labels_key_": row["labels_key"]} for row in changes.states]
                connection.execute(sa.delete(states).where(*same), keys)
                connection.execute(sa.insert(states), [dict(row) for row in changes.states])
            if changes.events:
                connection.execute(sa.insert(events), [dict(row) for row in changes.events])
            enqueue(connection, changes.notifications)
        return True

    def states(self) -> list[AlertStateRow]:
        """All states, sorted by rule and labels."""
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(states).order_by(states.c.rule, states.c.labels_key)).mappings()
            return [cast(AlertStateRow, dict(row)) for row in rows]

    def events(self, since: datetime | None = None, limit: int = 1000) -> list[AlertEventRow]:
        """When alerts began to fire and were resolved, newest first."""
        meant = [] if since is None else [events.c.created_at >= since]
        chosen = sa.select(events).where(*meant).order_by(events.c.created_at.desc(), events.c.id).limit(limit)
        with self._database.reading() as connection:
            return [cast(AlertEventRow, dict(row)) for row in connection.execute(chosen).mappings()]

    def forget(self, now: datetime) -> None:
        """Erase states of what has not been measured for QUIET_KEPT, and history older than HISTORY_KEPT."""
        quiet = (states.c.state.in_(("inactive", "resolved")), states.c.evaluated_at < now - QUIET_KEPT)
        ended = (notifications.c.state.in_(("sent", "failed")), notifications.c.created_at < now - HISTORY_KEPT)
        gone = sa.select(notifications.c.id).where(*ended)
        with self._turn(), self._database.writing() as connection:
            connection.execute(sa.delete(states).where(*quiet))
            connection.execute(sa.delete(events).where(events.c.created_at < now - HISTORY_KEPT))
            connection.execute(sa.delete(deliveries).where(deliveries.c.notification.in_(gone)))
            connection.execute(sa.delete(notifications).where(*ended))
