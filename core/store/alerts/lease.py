"""Who alone does some work among many processes: a lease in the store with a fencing token.

One process holds the lease for some seconds and renews it; whoever comes after it has run out takes it over, and the
token grows. What the holder found is committed only while its token is still the newest, so that of two processes that
both believe to hold the lease, after a pause longer than it, one writes and the other is refused.
Burrows, "The Chubby lock service", OSDI 2006, section 2.4 (sequencers).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from core.store.alerts.tables import leases
from core.store.by_column import insert_if_new
from core.store.database import Database

EVALUATOR = "evaluator"  # of the alerts
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Lease:
    """The right to do some work, held by one process at a time. Every method may raise StoreUnavailable."""

    def __init__(
        self, database: Database, turn: Callable[[], AbstractContextManager[object]], name: str = EVALUATOR
    ) -> None:
        """turn: the turn to write, shared with whoever else writes to this database. name: of the work."""
        self._database, self._turn, self._name = database, turn, name

    def acquire(self, holder: str, now: datetime, length: timedelta) -> int | None:
        """Take or renew the lease until `now + length`; returns its token, None while another process holds it.

        holder: a name that no other process has. now: the database's time, so that processes' clocks may differ.
        """
        with self._turn(), self._database.writing() as connection:
            unheld = {"name": self._name, "holder": "", "token": 0, "expires_at": NEVER}
            connection.execute(insert_if_new(leases, connection.dialect, ["name"]), [unheld])
            lease = connection.execute(sa.select(leases).where(leases.c.name == self._name)).mappings().one()
            is_own = lease["holder"] == holder
            if not is_own and lease["expires_at"] > now:
                return None
            token = int(lease["token"]) + (not is_own)
            values = {"holder": holder, "token": token, "expires_at": now + length}
            same = (leases.c.name == self._name, leases.c.token == lease["token"], leases.c.holder == lease["holder"])
            taken = connection.execute(sa.update(leases).where(*same).values(**values)).rowcount
        return token if taken else None

    def release(self, holder: str) -> None:
        """Let another process take the lease at once, where this one holds it."""
        with self._turn(), self._database.writing() as connection:
            own = sa.update(leases).where(leases.c.name == self._name, leases.c.holder == holder)
            connection.execute(own.values(expires_at=NEVER))

    def expires_at(self) -> datetime:
        """When the lease can be taken by anybody; long ago if nobody ever held it."""
        with self._database.reading() as connection:
            time = connection.execute(
                sa.select(leases.c.expires_at).where(leases.c.name == self._name)
            ).scalar_one_or_none()
        return time or NEVER


def is_current(connection: sa.Connection, token: int) -> bool:
    """Whether an evaluator's token is the newest; no other process can take the lease until this transaction ends."""
    same = sa.update(leases).where(leases.c.name == EVALUATOR, leases.c.token == token)
    return bool(connection.execute(same.values(token=token)).rowcount)
