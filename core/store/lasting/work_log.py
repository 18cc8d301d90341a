"""The table of work: what people gave to be answered, how far it is, and what they removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Literal, TypedDict, cast

import sqlalchemy as sa
from pydantic import JsonValue

from core.store.database import Database
from core.store.tables import work

WorkState = Literal["prepared", "waiting", "working", "done", "cancelled", "failed"]


class WorkRow(TypedDict):
    """One work as the table holds it."""

    id: str
    created_at: datetime
    updated_at: datetime
    """When it last showed that it goes on."""
    removed_at: datetime | None
    system: str
    title: str
    actor: str
    state: WorkState
    worker: str
    """The process that does it."""
    total: int
    done: int
    error: str | None
    details: dict[str, JsonValue] | None


class WorkLog:
    """Work in the store's database. Every method may raise StoreUnavailable."""

    def __init__(self, database: Database, turn: Callable[[], AbstractContextManager[object]]) -> None:
        """turn: the turn to write, shared with whoever else writes to this database."""
        self._database = database
        self._turn = turn

    def add(self, row: WorkRow) -> None:
        """Commit a new work."""
        with self._turn(), self._database.writing() as connection:
            connection.execute(sa.insert(work), [dict(row)])

    def find(self, identifier: str) -> WorkRow | None:
        """The work of that id; None if there is none."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(work).where(work.c.id == identifier)).mappings().first()
            return None if row is None else cast(WorkRow, dict(row))

    def change(self, identifier: str, values: Mapping[str, object]) -> None:
        """Set columns of a work, and that it was just updated."""
        changed = {"updated_at": datetime.now(UTC), **values}
        with self._turn(), self._database.writing() as connection:
            connection.execute(sa.update(work).where(work.c.id == identifier).values(**changed))

    def newest(self, system: str | None = None, limit: int = 20) -> list[WorkRow]:
        """Work that nobody removed, newest first; of one system, or of all."""
        meant = [work.c.removed_at.is_(None)] + ([work.c.system == system] if system else [])
        chosen = sa.select(work).where(*meant).order_by(work.c.created_at.desc(), work.c.id).limit(limit)
        return self._rows(chosen)

    def unfinished(self) -> list[WorkRow]:
        """Work that waits or goes on, oldest first; also what a process that is gone left so."""
        meant = (work.c.state.in_(("waiting", "working")), work.c.removed_at.is_(None))
        return self._rows(sa.select(work).where(*meant).order_by(work.c.created_at))

    def outlived(self, created_before: datetime, removed_before: datetime) -> list[WorkRow]:
        """Work that was made or removed so long ago that it goes."""
        return self._rows(
            sa.select(work).where((work.c.created_at < created_before) | (work.c.removed_at < removed_before))
        )

    def erase(self, identifier: str) -> None:
        """Delete the row of a work; its predictions stay in the log."""
        with self._turn(), self._database.writing() as connection:
            connection.execute(sa.delete(work).where(work.c.id == identifier))

    def _rows(self, statement: sa.Select[*tuple[object, ...]]) -> list[WorkRow]:
        with self._database.reading() as connection:
            return [cast(WorkRow, dict(row)) for row in connection.execute(statement).mappings()]
