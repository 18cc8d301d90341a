"""The table of the API's jobs: how far each is, its result, and whether somebody asked it to stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Literal, TypedDict, cast

import sqlalchemy as sa
from pydantic import JsonValue

from core.store.database import Database
from core.store.tables import jobs

JobState = Literal["waiting", "working", "done", "cancelled", "failed"]


class JobRow(TypedDict):
    """One job as the table holds it."""

    id: str
    created_at: datetime
    updated_at: datetime
    """When its process last showed that it goes on."""
    system: str
    actor: str
    state: JobState
    worker: str
    """The process that does it."""
    share: float
    """Of the work, that is done, 0 to 1."""
    message: str
    error: str | None
    result: dict[str, JsonValue] | None
    is_stop_asked: bool


class JobLog:
    """Jobs in the store's database. Every method may raise StoreUnavailable."""

    def __init__(self, database: Database, turn: Callable[[], AbstractContextManager[object]]) -> None:
        """turn: the turn to write, shared with whoever else writes to this database."""
        self._database = database
        self._turn = turn

    def add(self, row: JobRow) -> None:
        """Commit a new job."""
        with self._turn(), self._database.writing() as connection:
            connection.execute(sa.insert(jobs), [dict(row)])

    def find(self, identifier: str) -> JobRow | None:
        """The job of that id; None if there is none."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(jobs).where(jobs.c.id == identifier)).mappings().first()
            return None if row is None else cast(JobRow, dict(row))

    def change(self, identifier: str, values: Mapping[str, object]) -> None:
        """Set columns of a job, and that it was just updated."""
        changed = {"updated_at": datetime.now(UTC), **values}
        with self._turn(), self._database.writing() as connection:
            connection.execute(sa.update(jobs).where(jobs.c.id == identifier).values(**changed))

    def note(self, identifier: str, share: float, message: str) -> bool:
        """Keep how far a job is; whether somebody asked it to stop."""
        self.change(identifier, {"share": share, "message": message})
        with self._database.reading() as connection:
            return bool(connection.execute(sa.select(jobs.c.is_stop_asked).where(jobs.c.id == identifier)).scalar())

    def ask_to_stop(self, identifier: str) -> None:
        """Leave word for the process that does a job; what it showed last stays as it is."""
        with self._turn(), self._database.writing() as connection:
            connection.execute(sa.update(jobs).where(jobs.c.id == identifier).values(is_stop_asked=True))

    def erase_before(self, moment: datetime) -> None:
        """Delete the rows of jobs that were asked for before; their predictions stay in the log."""
        with self._turn(), self._database.writing() as connection:
            connection.execute(sa.delete(jobs).where(jobs.c.created_at < moment))
