"""Removes old rows of the log for good, with what was said of them; their counts stay.

First a bound is moved: what lies before it is counted, and is not counted again. Then the rows before it go, some at a
time, so that no writer waits long. Whoever is stopped in the middle goes on from the bound the next time, and two
processes may do it at once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.store.alerts.lease import Lease
from core.store.database import Database
from core.store.rollups.keeper import RollupKeeper
from core.store.rollups.levels import DAY, floor, moment, seconds
from core.store.rollups.removal import removed_before
from core.store.rollups.tables import counted_until, late_hours
from core.store.tables import outcomes, predictions

ROWS_AT_ONCE = 500  # a few hundredths of a second on a disk
LEASE_NAME = "retention"


@dataclass(frozen=True)
class RemovedRows:
    """How many rows of the log went, how many outcomes of theirs, and how many inputs that were kept by consent."""

    predictions: int = 0
    outcomes: int = 0
    kept_inputs: int = 0

    def __add__(self, other: RemovedRows) -> RemovedRows:
        return RemovedRows(
            self.predictions + other.predictions,
            self.outcomes + other.outcomes,
            self.kept_inputs + other.kept_inputs,
        )


class LogRetention:
    """What of the log is kept. Every method may raise StoreUnavailable."""

    def __init__(
        self, database: Database, turn: Callable[[], AbstractContextManager[object]], counts: RollupKeeper
    ) -> None:
        """turn: the turn to write, shared with whoever else writes to this database."""
        self._database, self._turn, self._counts = database, turn, counts
        self.lease = Lease(database, turn, LEASE_NAME)
        """The right to remove rows in the background: one process does it, the others need not."""

    def removed_before(self) -> datetime | None:
        """Up to when rows were removed, or are about to be; None if none ever were."""
        with self._database.reading() as connection:
            bound = removed_before(connection)
        return moment(bound) if bound else None

    def move_bound(self, before: datetime) -> datetime | None:
        """Have the whole days before a time removed, as far as all of them is counted; returns the bound.

        A bound never moves back. It stays where it is while an outcome of an older row waits to be counted.
        """
        self._counts.bring_up_to_date()
        with self._turn(), self._database.writing() as connection:
            # Written first: whoever records an outcome, or counts, waits until this is decided.
            connection.execute(sa.update(counted_until).values(removed_before=counted_until.c.removed_before))
            state = connection.execute(sa.select(counted_until)).mappings().first()
            if state is not None:
                bound = floor(min(seconds(before), int(state["hours"])), DAY)
                waiting = sa.select(late_hours.c.id).where(late_hours.c.start < bound).limit(1)
                if bound > state["removed_before"] and connection.execute(waiting).first() is None:
                    self._counts.keep_without_rows(connection, bound)
        return self.removed_before()

    def remove_some(self, erase: Callable[[str], object], limit: int = ROWS_AT_ONCE) -> RemovedRows | None:
        """Remove up to `limit` of the oldest rows before the bound; None if there are none.

        erase: removes an input by its path in the data folder. It is called before the rows are gone for good, so that
        no input stays that nothing names.
        """
        with self._database.reading() as connection:
            old = sa.select(predictions.c.id).where(predictions.c.created_at < moment(removed_before(connection)))
            ids = connection.execute(old.order_by(predictions.c.created_at).limit(limit)).scalars().all()
        if not ids:
            return None
        with self._turn(), self._database.writing() as connection:
            said = sa.delete(outcomes).where(outcomes.c.prediction_id.in_(ids)).returning(outcomes.c.kept_input)
            paths = connection.execute(said).scalars().all()
            removed = connection.execute(sa.delete(predictions).where(predictions.c.id.in_(ids))).rowcount
            unnamed = _unnamed(connection, {path for path in paths if path})
            for path in sorted(unnamed):
                erase(path)
        return RemovedRows(removed, len(paths), len(unnamed))


def _unnamed(connection: sa.Connection, paths: set[str]) -> set[str]:
    """Those of some paths of inputs that no outcome names any more."""
    named = sa.select(outcomes.c.kept_input).where(outcomes.c.kept_input.in_(paths))
    return paths - set(connection.execute(named).scalars()) if paths else paths
