"""Alembic versions of the store's tables, applied at start; safe when two processes start at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from core import telemetry
from core.errors import StoreUnavailable
from core.store import Store

FOLDER = Path(__file__).resolve().parent
HEAD = max(path.stem for path in (FOLDER / "versions").glob("[0-9]*.py"))
WITHOUT_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
LOCK_KEY = 0x100C0  # PostgreSQL's advisory lock of this application


def migrate(store: Store) -> str:
    """Bring the store's tables to the newest version, and return it. Does nothing, fast, if they are there."""
    try:
        with store.engine.connect() as connection:
            if current(connection) == HEAD:
                return HEAD  # without the lock and its library: so is every start but the first
        with _exclusive_connection(store) as connection:
            if current(connection) != HEAD:
                _upgrade(connection)
    except (SQLAlchemyError, OSError) as problem:
        raise StoreUnavailable(
            f"Expected a database that can be reached and changed at {store.url.render_as_string()}. "
            f"Received: {str(problem.__cause__ or problem)[:300]}. Check LOOKOUT_DATABASE_URL and the server."
        ) from problem
    return HEAD


def migrate_if_there_is_room(store: Store) -> None:
    """As `migrate`, but a full disk is no reason not to start: `inference.log_check` tries again. StoreUnavailable."""
    try:
        migrate(store)
    except StoreUnavailable as problem:
        if not _is_full(problem.__cause__):
            raise
        with suppress(OSError):  # standard error may go to a file on the same disk
            telemetry.log().error("started_on_a_full_disk", problem=problem.message)


def _is_full(problem: BaseException | None) -> bool:
    """Whether SQLite lacked room: it says so, or cannot make a file or extend one."""
    original = getattr(problem, "orig", None)
    return isinstance(original, sqlite3.OperationalError) and original.sqlite_errorcode & 0xFF in WITHOUT_ROOM


def current(connection: sa.Connection) -> str | None:
    """The version of the tables, or None if there are none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: sa.Connection) -> None:
    """Bring the tables to HEAD; StoreUnavailable where a newer Lookout made them."""
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as problem:
        raise StoreUnavailable(
            f"Expected tables that this Lookout knows, up to {HEAD}. Received: {problem}. Use the newer Lookout "
            "that made them, or another LOOKOUT_DATABASE_URL."
        ) from problem


@contextmanager
def _exclusive_connection(store: Store) -> Iterator[sa.Connection]:
    """A connection in a transaction that no other process migrates beside: by a lock file, or PostgreSQL's own lock."""
    if store.engine.dialect.name == "sqlite":
        from filelock import FileLock

        with FileLock(f"{store.url.database}.migrate.lock", timeout=120), store.engine.begin() as connection:
            yield connection
        return
    with store.engine.begin() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
        yield connection
