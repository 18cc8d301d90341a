"""The database behind the log, SQLite or PostgreSQL: opened, read, written in transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic_core import from_json
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import StoreUnavailable
from core.store.tables import as_json

BUSY_TIMEOUT_MS = 30_000  # how long SQLite waits for another writer
JSON: Any = {"json_serializer": as_json, "json_deserializer": from_json}  # twice as fast as the standard library's
SECONDS_TO_CONNECT = 10  # how long a PostgreSQL that does not answer is waited for


class Database:
    """A database, by SQLAlchemy URL; whatever it does not take is StoreUnavailable."""

    def __init__(self, url: str) -> None:
        self.url, self.engine = _open(url)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite, which allows one writer at a time."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A connection with a transaction, committed at the end of the block, or rolled back if that raises."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as problem:
            raise StoreUnavailable(_unavailable(problem)) from problem

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection to read from."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except SQLAlchemyError as problem:
            raise StoreUnavailable(_unavailable(problem)) from problem


def _unavailable(problem: Exception) -> str:
    return (
        f"The prediction log did not take the request ({type(problem).__name__}), so nothing was answered or changed. "
        "Try again; if it persists, check LOOKOUT_DATABASE_URL, the disk's free space and `python -m core migrate`."
    )


def _open(url: str) -> tuple[sa.URL, sa.Engine]:
    try:
        address = sa.make_url(url)
        if address.get_backend_name() == "postgresql":
            waiting = {"connect_timeout": SECONDS_TO_CONNECT}
            return address, sa.create_engine(address, pool_pre_ping=True, connect_args=waiting, **JSON)
        if address.get_backend_name() != "sqlite":
            raise ArgumentError
        if address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(address, **JSON)
    except OSError as problem:
        raise StoreUnavailable(
            f"Expected a data folder that can be written. Received: {problem}. Set LOOKOUT_DATA_DIR to another one."
        ) from problem
    except (SQLAlchemyError, ImportError, ValueError):  # without the cause, which may hold the password
        raise StoreUnavailable(
            expected="LOOKOUT_DATABASE_URL to be like postgresql://user:password@host/name or sqlite:////path/to/file",
            received="an address of another form",
            advice="Correct it, or leave it out to use SQLite in the data folder.",
        ) from None
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", lambda connection: connection.connection.execute("BEGIN"))
    return address, engine


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # Python's sqlite3 begins no transaction before CREATE TABLE; ours holds all
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # an answered prediction survives a power cut, not only a crash
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
