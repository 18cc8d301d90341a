"""Logs of millions of plausible rows with known faults, filled past the store's own writer: three systems, 90 days."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from benchmarks.support.monitoring import surroundings
from benchmarks.support.monitoring.invented_answers import (
    FAULTS,
    KINDS,
    POOL,
    SITES,
    WRONG_DISTRICT,
    WRONG_JUDGED,
    pool_of,
    reference_of_kind,
)
from core.migrations import migrate
from core.store import Store
from core.store.tables import kinds, outcomes, predictions, sites

DAYS = 90
CHUNK = 50_000  # rows that are made and written at once
CHUNKS_TOLD = 10  # progress is printed after so many
JUDGED = 0.006  # share of the answers with an outcome
FAILED = 0.01
AT_SITE = 0.3  # share of waste's answers with a site
COLUMNS = [column.name for column in predictions.columns]
OF_ANSWERS = ("value", "score", "abstained", "alternatives", "details", "features", "groups")
Row = tuple[object, ...]
Mask = np.ndarray


@dataclass(frozen=True)
class _Pools:
    """The pools of all kinds, one after the other: first without the drift, then with it."""

    columns: dict[str, np.ndarray]
    districts: np.ndarray

    @staticmethod
    def of(seed: int) -> _Pools:
        drift = FAULTS["drift"]
        shifts = [0.0] * len(KINDS) + [drift.size if kind.system == drift.system else 0.0 for kind in KINDS]
        pools = [pool_of(kind, seed, shift) for kind, shift in zip(KINDS * 2, shifts, strict=True)]
        columns = {name: np.concatenate([pool.columns[name] for pool in pools]) for name in OF_ANSWERS}
        return _Pools(columns, np.concatenate([pool.districts for pool in pools]))


def rows(count: int, until: datetime, seed: int = 0) -> Iterator[tuple[list[Row], list[Row]]]:
    """Chunks of rows of the log, oldest first, and of their outcomes, times as texts in UTC; the last is of `until`."""
    random, pools = np.random.default_rng(seed), _Pools.of(seed)
    step = timedelta(days=DAYS) / count
    since = until - timedelta(days=DAYS)
    for start in range(0, count, CHUNK):
        size = min(CHUNK, count - start)
        passed = (np.arange(start, start + size) + 1) * (step / timedelta(microseconds=1))
        times = np.datetime64(since.replace(tzinfo=None), "us") + passed.astype("timedelta64[us]")
        yield _chunk(random, pools, start, times, until)


def _chunk(
    random: np.random.Generator, pools: _Pools, start: int, times: np.ndarray, until: datetime
) -> tuple[list[Row], list[Row]]:
    """The rows of these times, shape (n,), the first of them being the log's row `start`; and their outcomes."""
    size = len(times)
    kind_of = random.choice(len(KINDS), size, p=[kind.share for kind in KINDS])
    is_faulty = {name: _faulty(name, kind_of, times, until) for name in FAULTS}
    drawn = random.integers(POOL, size=size) + POOL * (kind_of + len(KINDS) * is_faulty["drift"])
    failed = random.random(size) < np.where(is_faulty["failures"], FAULTS["failures"].size, FAILED)
    slow = np.where(is_faulty["slow_hours"], FAULTS["slow_hours"].size, 1.0)
    latency = random.lognormal(0, 0.4, size) * slow * np.array([kind.latency_ms for kind in KINDS])[kind_of]
    answers = {name: column[drawn] for name, column in pools.columns.items()}
    for column in answers.values():
        column[failed] = None
    columns = {
        **_identity(start, kind_of, times, random),
        **answers,
        "status": np.where(failed, "failed", "answered").tolist(),
        "error_kind": _only(failed, np.full(size, "unreadable_photo", dtype=object)),
        "error": _only(failed, np.full(size, "Expected a photo.", dtype=object)),
        "latency_ms": latency.tolist(),
    }
    chunk = list(zip(*(_listed(columns.get(name), size) for name in COLUMNS), strict=True))
    is_wrong = is_faulty["wrong_district"] & (pools.districts[drawn] == WRONG_DISTRICT)
    judged = ~failed & (random.random(size) < np.where(is_wrong, WRONG_JUDGED, JUDGED))
    promised = np.where(failed, 0.0, pools.columns["score"][drawn].astype(float))
    right = random.random(size) < np.where(is_wrong, FAULTS["wrong_district"].size, promised)
    truths = [
        _outcome(chunk[index], times[index], kind_of[index], bool(right[index])) for index in np.nonzero(judged)[0]
    ]
    return chunk, truths


def _faulty(name: str, kind_of: np.ndarray, times: np.ndarray, until: datetime) -> Mask:
    """Which rows a fault is about, shape (n,)."""
    fault, end = FAULTS[name], np.datetime64(until.replace(tzinfo=None), "us")
    since = end - np.timedelta64(fault.since)
    is_system = np.array([kind.system == fault.system for kind in KINDS])[kind_of]
    mask: Mask = is_system & (times >= since) & (times < since + np.timedelta64(fault.length))
    return mask


def _identity(
    start: int, kind_of: np.ndarray, times: np.ndarray, random: np.random.Generator
) -> dict[str, list[object]]:
    """Who asked what and when."""
    numbers = range(start, start + len(times))
    texts = np.char.replace(np.datetime_as_string(times, "us"), "T", " ")
    hours = np.char.add("batch-", np.datetime_as_string(times, "h"))
    sources = np.array([kind.source for kind in KINDS])[kind_of]
    has_site = (np.array([kind.system for kind in KINDS])[kind_of] == "waste") & (random.random(len(times)) < AT_SITE)
    return {
        "id": [f"00000000-0000-4000-8000-{number:012d}" for number in numbers],
        "created_at": texts.tolist(),
        "system": np.array([kind.system for kind in KINDS])[kind_of].tolist(),
        "version": np.array([kind.version for kind in KINDS])[kind_of].tolist(),
        "source": sources.tolist(),
        "actor": ["local"] * len(times),
        "batch": _only(sources != "api", hours.astype(object)),
        "input_hash": [f"{number:064x}" for number in numbers],
        "site": _only(has_site, random.choice(np.array(SITES, dtype=object), len(times))),
    }


def _only(mask: Mask, values: np.ndarray) -> list[object]:
    """The values where the mask holds, None elsewhere."""
    cells = values.copy()
    cells[~mask] = None
    return list(cells)


def _listed(column: Any, size: int) -> list[object]:
    return [None] * size if column is None else list(column)


def _outcome(row: Row, time: np.datetime64, kind: int, right: bool) -> Row:
    """The columns of an outcome, in the table's order: said an hour after the answer."""
    cells = dict(zip(COLUMNS, row, strict=True))
    values = KINDS[kind].values
    answer = str(cells["value"])
    truth = answer if right else values[(values.index(answer) + 1) % len(values)]
    judged_at = str(time + np.timedelta64(1, "h")).replace("T", " ")
    said = (judged_at, truth, right, "page", "local", False, None)
    copied = (cells[name] for name in ("created_at", "system", "version", "source", "status", "score"))
    return f"o{str(cells['id'])[1:]}", cells["id"], *said, *copied


def fill(store: Store, count: int, seed: int = 0, told: Callable[[str], object] = print) -> None:
    """Make the tables and fill them with `count` rows up to now, with the references that features are counted by.

    Beside them stand their audit sample, of which some answers a day are judged, and what two machines used.
    """
    migrate(store)
    write, until = _copy if store.engine.dialect.name == "postgresql" else _insert, datetime.now(UTC)
    for number, (chunk, truths) in enumerate(rows(count, until, seed), start=1):
        with store.engine.begin() as connection:
            write(connection, predictions, chunk)
            write(connection, outcomes, truths)
            surroundings.draw_sample(connection, [dict(zip(COLUMNS, row, strict=True)) for row in chunk])
        if number % CHUNKS_TOLD == 0:
            told(f"{number * CHUNK} of {count} rows written")
    with store.engine.begin() as connection:
        listed = [{"system": kind.system, "version": kind.version, "source": kind.source} for kind in KINDS]
        connection.execute(sa.insert(kinds), listed)
        connection.execute(sa.insert(sites), [{"system": "waste", "site": site} for site in SITES])
    for kind in {(kind.system, kind.version): kind for kind in KINDS}.values():
        store.references.keep(kind.system, kind.version, reference_of_kind(kind, seed))
    surroundings.judge(store, DAYS, seed)
    surroundings.use_machines(store, until)
    if store.engine.dialect.name == "postgresql":  # as its autovacuum does, a while after
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))


def _insert(connection: sa.Connection, table: sa.Table, values: list[Row]) -> None:
    """Insert rows into SQLite, times as the store writes them."""
    marks = ", ".join("?" * len(table.columns))
    if values:
        connection.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({marks})", values)


def _copy(connection: sa.Connection, table: sa.Table, values: list[Row]) -> None:
    """Rows into PostgreSQL, by its COPY, with times in UTC."""
    connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
    with connection.connection.cursor() as cursor, cursor.copy(f"COPY {table.name} FROM STDIN") as copy:  # type: ignore[attr-defined]
        for row in values:
            copy.write_row(row)
