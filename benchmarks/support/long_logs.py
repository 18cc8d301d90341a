"""Logs of millions of plausible rows, filled past the store's own writer: three systems over 90 days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import sqlalchemy as sa

from core.migrations import migrate
from core.store import Store
from core.store.tables import kinds, outcomes, predictions

DAYS = 90
CHUNK = 50_000  # rows that are made and written at once
JUDGED = 0.006  # share of the answers with an outcome
FAILED = 0.01
KINDS = (  # system, version, source, share of the rows, usual time to answer [ms], values
    ("crime", "1.0.0", "cli", 0.20, 1.0, ("ASSAULT", "LARCENY/THEFT", "VANDALISM", "VEHICLE THEFT")),
    ("crime", "1.0.2", "cli", 0.25, 1.0, ("ASSAULT", "LARCENY/THEFT", "VANDALISM", "VEHICLE THEFT")),
    ("crime", "1.0.2", "page", 0.15, 1.5, ("ASSAULT", "LARCENY/THEFT", "VANDALISM", "VEHICLE THEFT")),
    ("flood", "1.2.0", "page", 0.01, 3000.0, ("knee-deep", "waist-deep", "dry")),
    ("waste", "1.0.0", "api", 0.35, 9.0, ("plastic", "glass", "paper", "metal")),
    ("waste", "1.0.0", "page", 0.04, 12.0, ("plastic", "glass", "paper", "metal")),
)
COLUMNS = [column.name for column in predictions.columns]
Row = tuple[object, ...]


def rows(count: int, until: datetime) -> Iterator[tuple[list[Row], list[Row]]]:
    """Chunks of rows of the log, oldest first, and of their outcomes; the last is of `until`."""
    random = np.random.default_rng(0)
    step = timedelta(days=DAYS) / count
    since = until - timedelta(days=DAYS)
    for start in range(0, count, CHUNK):
        size = min(CHUNK, count - start)
        kind_of = random.choice(len(KINDS), size, p=[kind[3] for kind in KINDS])
        scores = random.beta(4, 2, size).round(4)
        spread = random.lognormal(0, 0.4, size)
        failed, judged = random.random(size) < FAILED, random.random(size) < JUDGED
        right, value_of = random.random(size) < scores, random.integers(0, 3, size)
        chunk, truths = [], []
        for index in range(size):
            system, version, source, _, latency, values = KINDS[kind_of[index]]
            when = since + (start + index + 1) * step
            identifier, value = f"00000000-0000-4000-8000-{start + index:012d}", values[value_of[index]]
            row = _row(identifier, when, system, version, source, latency * spread[index])
            if failed[index]:
                row |= {"status": "failed", "error_kind": "unreadable_photo", "error": "Expected a photo."}
            else:
                row |= _answer(value, float(scores[index]), values)
                if judged[index]:
                    truths.append(_outcome(row, bool(right[index])))
            chunk.append(tuple(row.get(name) for name in COLUMNS))
        yield chunk, truths


def _row(
    identifier: str, when: datetime, system: str, version: str, source: str, latency_ms: float
) -> dict[str, object]:
    return {
        "id": identifier, "created_at": when, "system": system, "version": version, "source": source,
        "actor": "local", "batch": None if source == "api" else f"batch-{when:%Y%m%d%H}", "status": "answered",
        "input_hash": f"{identifier[-12:]:0>64}", "latency_ms": float(latency_ms),
    }  # fmt: skip


def _answer(value: str, score: float, values: tuple[str, ...]) -> dict[str, object]:
    guesses = [{"value": guess, "score": round((1 - score) / 4, 4)} for guess in (value, *values)]
    features = {f"feature_{number}": score / (number + 1) for number in range(8)}
    return {
        "value": value, "score": score, "abstained": score < 0.3, "alternatives": json.dumps(guesses),
        "details": "{}", "features": json.dumps(features),
    }  # fmt: skip


def _outcome(row: dict[str, object], right: bool) -> Row:
    """The columns of an outcome, in the table's order."""
    judged_at = row["created_at"] + timedelta(hours=1)  # type: ignore[operator]
    said = (judged_at, row["value"] if right else "something else", right, "page", "local", False, None)
    copied = (row[name] for name in ("created_at", "system", "version", "source", "status", "score"))
    return f"o{row['id'][1:]}", row["id"], *said, *copied  # type: ignore[index]


def fill(store: Store, count: int) -> None:
    """Make the tables and fill them with `count` rows up to now."""
    migrate(store)
    write = _copy if store.engine.dialect.name == "postgresql" else _insert
    until = datetime.now(UTC)
    for number, (chunk, truths) in enumerate(rows(count, until), start=1):
        with store.engine.begin() as connection:
            write(connection, predictions, chunk)
            write(connection, outcomes, truths)
        if number % 10 == 0:
            print(f"{number * CHUNK} rows written", flush=True)
    with store.engine.begin() as connection:
        connection.execute(
            sa.insert(kinds), [{"system": kind[0], "version": kind[1], "source": kind[2]} for kind in KINDS]
        )
    if store.engine.dialect.name == "postgresql":  # as its autovacuum does, a while after
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))


def _insert(connection: sa.Connection, table: sa.Table, values: list[Row]) -> None:
    """Rows into SQLite, times as the store writes them."""
    marks = ", ".join("?" * len(table.columns))
    written = [
        tuple(f"{cell:%Y-%m-%d %H:%M:%S.%f}" if isinstance(cell, datetime) else cell for cell in row) for row in values
    ]
    connection.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({marks})", written)


def _copy(connection: sa.Connection, table: sa.Table, values: list[Row]) -> None:
    """Rows into PostgreSQL, by its COPY."""
    with connection.connection.cursor() as cursor, cursor.copy(f"COPY {table.name} FROM STDIN") as copy:  # type: ignore[attr-defined]
        for row in values:
            copy.write_row(row)
