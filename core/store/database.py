"""The database behind the log, SQLite or PostgreSQL: opened, read, written in transactions."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
SECONDS_TO_CONNECT = 3  # how long a PostgreSQL that does not answer is waited for
SECONDS_TO_BE_ALIVE = 1.0  # how long a connection that was used before may take to show that it lives [s]
ANSWERING_POOL = {
    "max_overflow": 5,
    "pool_timeout": 2,
}  # up to 10 connections, waited for so long while all are in use [s]
ANSWER_SECONDS = 4.0  # how long a transaction may take that an answer waits for [s]
WORK_SECONDS = 600.0  # how long any other may take [s]
KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 10_000}


class Database:
    """A database, by SQLAlchemy URL; whatever it does not take, or not in time, is StoreUnavailable."""

    def __init__(self, url: str) -> None:
        self.url, self.engine = _open(url)
        self._answering = self.engine if self.is_sqlite else _postgresql(self.url, ANSWERING_POOL)
        """On PostgreSQL connections of their own, so that no question of Monitoring takes all that answers need."""

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite, which allows one writer at a time."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def writing(self, *, answering: bool = False) -> Iterator[sa.Connection]:
        """A connection with a transaction, committed at the end of the block, or rolled back if that raises.

        answering: whether an answer waits for it, so that it may take ANSWER_SECONDS and not WORK_SECONDS.
        """
        with self._translated(), self._engine(answering).begin() as connection, _time_limit(connection, answering):
            yield connection

    @contextmanager
    def reading(self, *, answering: bool = False) -> Iterator[sa.Connection]:
        """A connection to read from; `answering` as for `writing`."""
        with self._translated(), self._engine(answering).connect() as connection, _time_limit(connection, answering):
            yield connection

    def try_to_write(self) -> None:
        """Commit something that changes nothing but reaches the disk. Raises StoreUnavailable."""
        with self.writing(answering=True) as connection:
            if self.is_sqlite:
                version = connection.exec_driver_sql("PRAGMA user_version").scalar()
                connection.exec_driver_sql(f"PRAGMA user_version = {int(version or 0)}")  # written, though the same
            else:
                connection.exec_driver_sql("SELECT pg_logical_emit_message(true, 'lookout', '')")

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()
        self._answering.dispose()

    def _engine(self, answering: bool) -> sa.Engine:
        return self._answering if answering else self.engine

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as problem:
            raise StoreUnavailable(_unavailable(problem)) from problem


@contextmanager
def _time_limit(connection: sa.Connection, answering: bool) -> Iterator[None]:
    """Hang up on a PostgreSQL that takes longer; SQLite has no one to hang up on."""
    raw = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite" or raw is None:
        yield
        return
    with _hang_ups.after(ANSWER_SECONDS if answering else WORK_SECONDS, raw):
        yield


class HangUps:
    """One thread that shuts the sockets of connections down whose time is over: whoever waits for one gets an error.

    A server that is frozen obeys no time-out of its own, and its kernel goes on acknowledging what is sent to it.
    """

    STEP = 0.25  # how often it looks [s]

    def __init__(self) -> None:
        self._until: dict[object, tuple[float, Any]] = {}
        self._changing = threading.Lock()
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def after(self, seconds: float, connection: DBAPIConnection) -> Iterator[None]:
        """Hang up on `connection` if the block takes longer."""
        key = object()
        with self._changing:
            self._until[key] = (time.monotonic() + seconds, connection)
            if self._thread is None or not self._thread.is_alive():  # a process that was forked has none
                self._thread = threading.Thread(target=self._watch, name="hang-ups", daemon=True)
                self._thread.start()
        self._wanted.set()
        try:
            yield
        finally:
            with self._changing:
                del self._until[key]

    def _watch(self) -> None:
        while self._wanted.wait():
            time.sleep(self.STEP)
            with self._changing:  # so that none is hung up on that is somebody else's by then
                now = time.monotonic()
                for until, connection in self._until.values():
                    if until <= now:
                        _hang_up(connection)
                if not self._until:
                    self._wanted.clear()


def _hang_up(connection: Any) -> None:
    with suppress(Exception), socket.socket(fileno=connection.fileno()) as line:  # closed meanwhile: all the better
        try:
            line.shutdown(socket.SHUT_RDWR)
        finally:
            line.detach()  # the descriptor is the driver's


_hang_ups = HangUps()


def _unavailable(problem: Exception) -> str:
    return (
        f"The prediction log did not take the request ({type(problem).__name__}), so nothing was answered or changed. "
        "Try again; if it persists, check LOOKOUT_DATABASE_URL, the disk's free space and `python -m core migrate`."
    )


def _open(url: str) -> tuple[sa.URL, sa.Engine]:
    try:
        address = sa.make_url(url)
        if address.get_backend_name() == "postgresql":
            return address, _postgresql(address, {})
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


def _postgresql(address: sa.URL, pool: dict[str, Any]) -> sa.Engine:
    """An engine none of whose steps waits for long; what is set in the address counts."""
    options = {"connect_timeout": SECONDS_TO_CONNECT, **KEEPALIVE}
    own = {name: value for name, value in options.items() if name not in address.query}
    engine = sa.create_engine(address, connect_args=own, **pool, **JSON)

    def check_alive(connection: DBAPIConnection, _entry: ConnectionPoolEntry, _fairy: object) -> None:
        """As `pool_pre_ping` does, but a server that does not answer is not waited for."""
        try:
            with _hang_ups.after(SECONDS_TO_BE_ALIVE, connection):
                engine.dialect.do_ping(connection)
        except Exception as problem:
            raise sa.exc.DisconnectionError from problem  # the next one is a new one

    sa.event.listen(engine, "checkout", check_alive)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # Python's sqlite3 begins no transaction before CREATE TABLE; ours holds all
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # an answered prediction survives a power cut, not only a crash
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()
    except Exception:
        connection.close()  # left open, it would keep what it could not write, such as half an index, for all others
        raise
