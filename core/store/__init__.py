"""The prediction log and its outcomes: one writer, and the questions asked of them. The only SQLAlchemy."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from core.contract import Prediction
from core.errors import StoreUnavailable, UnknownPrediction
from core.settings import settings
from core.store import by_column
from core.store.sharing import Sharing
from core.store.tables import as_json, mended, outcomes, predictions

BUSY_TIMEOUT_MS = 30_000  # how long SQLite waits for another writer
SECONDS_TO_CONNECT = 10  # how long a PostgreSQL that does not answer is waited for
INSERT = sa.insert(predictions)  # kept, so that SQLAlchemy finds its compiled form at once

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Query:
    """Which rows of the log are meant; None means any. `since` is inclusive, `until` is not."""

    system: str | None = None
    version: str | None = None
    source: str | None = None
    status: str | None = None
    value: str | None = None
    batch: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """The WHERE clause, joined by AND."""
        equal = [
            predictions.c[name] == getattr(self, name)
            for name in ("system", "version", "source", "status", "value", "batch")
            if getattr(self, name) is not None
        ]
        if self.since is not None:
            equal.append(predictions.c.created_at >= self.since)
        if self.until is not None:
            equal.append(predictions.c.created_at < self.until)
        return equal


class Store:
    """A prediction log in SQLite or PostgreSQL, by SQLAlchemy URL."""

    def __init__(self, url: str) -> None:
        self.url, self.engine = _open(url)
        self._writer = threading.Lock()  # SQLite allows one writer; queueing here beats its polling
        self._one_writer = self.engine.dialect.name == "sqlite"
        self._sharing = Sharing(self._insert, self._writer)

    def log(self, rows: Sequence[Prediction]) -> None:
        """Commit one row for each prediction, all or none, or raise StoreUnavailable."""
        if not rows:
            return
        values = [_row(prediction) for prediction in rows]
        if self._one_writer:
            self._sharing.add(values)
        else:
            self._insert(values)

    def log_columns(self, columns: Mapping[str, Any]) -> None:
        """Commit rows given by column, all or none: {name: list of n values, JSON as text; or one value for all}.

        A row whose id is in the log already stays as it is there, so that the same rows may be given again.
        """
        values = by_column.rows(columns, self.engine.dialect)
        if not values:
            return
        with self._writer if self._one_writer else nullcontext(), self._transaction() as connection:
            connection.exec_driver_sql(by_column.statement(self.engine.dialect), values)

    def add_outcome(
        self,
        prediction_id: str,
        label: str,
        *,
        source: str,
        actor: str,
        consented: bool = False,
        kept_input: str | None = None,
    ) -> Row:
        """Record the truth for a prediction; the latest outcome counts, the earlier ones stay as history."""
        value, label = self.prediction(prediction_id)["value"], mended(label)
        outcome = {
            "id": str(uuid4()),
            "prediction_id": prediction_id,
            "created_at": datetime.now(UTC),
            "label": label,
            "correct": value == label,
            "source": source,
            "actor": actor,
            "consented": consented,
            "kept_input": kept_input,
        }
        with self._writer if self._one_writer else nullcontext(), self._transaction() as connection:
            connection.execute(sa.insert(outcomes), [outcome])
        return outcome

    def prediction(self, prediction_id: str) -> dict[str, Any]:
        """One logged row with its `outcomes`, oldest first; UnknownPrediction if there is none."""
        with self._reading() as connection:
            found = (
                connection.execute(sa.select(predictions).where(predictions.c.id == prediction_id)).mappings().first()
            )
            if found is None:
                raise UnknownPrediction(
                    f"Expected the id of a logged prediction. Received {prediction_id!r:.80}, which is not in the log. "
                    "Copy the prediction_id from an answer."
                )
            truths = (
                sa.select(outcomes).where(outcomes.c.prediction_id == prediction_id).order_by(outcomes.c.created_at)
            )
            return {**found, "outcomes": [dict(row) for row in connection.execute(truths).mappings()]}

    def rows(self, query: Query, columns: Sequence[str] | None = None, limit: int = 1000, offset: int = 0) -> list[Row]:
        """Logged rows, newest first, with `label` and `correct` of each one's latest outcome (None without one)."""
        latest = _latest_outcome()
        wanted = [predictions.c[name] for name in columns] if columns else list(predictions.c)
        statement = (
            sa.select(*wanted, latest.c.label, latest.c.correct)
            .select_from(predictions.outerjoin(latest, latest.c.prediction_id == predictions.c.id))
            .where(*query.conditions())
            .order_by(predictions.c.created_at.desc(), predictions.c.id)
            .limit(limit)
            .offset(offset)
        )
        with self._reading() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def count(self, query: Query) -> int:
        """How many rows of the log are meant."""
        with self._reading() as connection:
            counted = connection.execute(sa.select(sa.func.count()).select_from(predictions).where(*query.conditions()))
            return int(counted.scalar_one())

    def tallies(self, query: Query, not_sure_below: float = 0.0) -> list[Row]:
        """The meant rows counted by system: `system`, `n`, `failed`, `not_sure`, `judged`, `correct`, `latest` (time).

        not_sure: answers that abstained or have a score below `not_sure_below`; judged: rows with an outcome;
        correct: those whose latest one agrees. Counted by the database, so that a page that needs no more than this
        stays fast on a long log.
        """
        unsure = predictions.c.abstained.is_(True) | (predictions.c.score < not_sure_below)
        counted = (
            sa.select(
                predictions.c.system,
                sa.func.count().label("n"),
                _how_many(predictions.c.status == "failed").label("failed"),
                _how_many(unsure).label("not_sure"),
                sa.func.max(predictions.c.created_at).label("latest"),
            )
            .where(*query.conditions())
            .group_by(predictions.c.system)
            .order_by(predictions.c.system)
        )
        latest = _latest_outcome()  # counted apart: few rows have an outcome, and joining all with them is slow
        judged = (
            sa.select(
                predictions.c.system,
                sa.func.count().label("judged"),
                _how_many(latest.c.correct.is_(True)).label("correct"),
            )
            .select_from(latest.join(predictions, latest.c.prediction_id == predictions.c.id))
            .where(*query.conditions())
            .group_by(predictions.c.system)
        )
        with self._reading() as connection:
            truths = {row["system"]: row for row in connection.execute(judged).mappings()}
            none = {"judged": 0, "correct": 0}
            return [{**row, **truths.get(row["system"], none)} for row in connection.execute(counted).mappings()]

    def distinct(self, column: str, query: Query | None = None) -> list[str]:
        """The values of `column` that occur in the log, sorted."""
        field = predictions.c[column]
        statement = (
            sa.select(field).where(field.is_not(None), *(query or Query()).conditions()).distinct().order_by(field)
        )
        with self._reading() as connection:
            return [str(value) for value in connection.execute(statement).scalars()]

    def ping(self) -> None:
        """Raise StoreUnavailable unless the database answers."""
        with self._reading() as connection:
            connection.execute(sa.select(sa.literal(1)))

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def _insert(self, values: Sequence[dict[str, Any]]) -> None:
        with self._transaction() as connection:
            connection.execute(INSERT, values)

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        try:
            with self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as problem:
            raise StoreUnavailable(_unavailable(problem)) from problem

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        try:
            with self.engine.connect() as connection:
                yield connection
        except SQLAlchemyError as problem:
            raise StoreUnavailable(_unavailable(problem)) from problem


@lru_cache(maxsize=1)
def store() -> Store:
    """The store that the settings name, opened once per process."""
    return Store(settings().store_url)


def _unavailable(problem: Exception) -> str:
    return (
        f"The prediction log did not take the request ({type(problem).__name__}), so nothing was answered or changed. "
        "Try again; if it persists, check LOOKOUT_DATABASE_URL, the disk's free space and `python -m core migrate`."
    )


def _row(prediction: Prediction) -> dict[str, Any]:
    row = prediction.model_dump(exclude={"answer"})
    answer = prediction.answer
    if answer is None:
        row.update(dict.fromkeys(("value", "score", "abstained", "reason", "alternatives", "details", "features")))
        return row
    row.update(answer.model_dump(mode="json", exclude={"files", "beside"}))
    if answer.files is not None:
        row["details"] = {**row["details"], "files": answer.files.model_dump(mode="json")}
    return row


def _how_many(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _latest_outcome() -> sa.Subquery:
    """For each prediction its latest outcome; of two in one instant, the one with the greater id."""
    rank = sa.func.row_number().over(
        partition_by=outcomes.c.prediction_id, order_by=(outcomes.c.created_at.desc(), outcomes.c.id.desc())
    )
    ranked = sa.select(outcomes, rank.label("rank")).subquery()
    return sa.select(ranked).where(ranked.c.rank == 1).subquery()


def _open(url: str) -> tuple[sa.URL, sa.Engine]:
    try:
        address = sa.make_url(url)
        if address.get_backend_name() == "postgresql":
            waiting = {"connect_timeout": SECONDS_TO_CONNECT}
            return address, sa.create_engine(address, pool_pre_ping=True, connect_args=waiting, json_serializer=as_json)
        if address.get_backend_name() != "sqlite":
            raise ArgumentError
        if address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(address, json_serializer=as_json)
    except OSError as problem:
        raise StoreUnavailable(
            f"Expected a data folder that can be written. Received: {problem}. Set LOOKOUT_DATA_DIR to another one."
        ) from problem
    except (SQLAlchemyError, ImportError, ValueError):  # without the cause, which may hold the password
        raise StoreUnavailable(
            "Expected LOOKOUT_DATABASE_URL to be like postgresql://user:password@host/name or sqlite:////path/to/file. "
            "Received an address of another form. Correct it, or leave it out to use SQLite in the data folder."
        ) from None
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", lambda connection: connection.connection.execute("BEGIN"))
    return address, engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # Python's sqlite3 begins no transaction before CREATE TABLE; ours holds all
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # an answered prediction survives a power cut, not only a crash
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
