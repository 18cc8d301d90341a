"""Monitoring at 100,000, 1,000,000 and 10,000,000 answers: every question, the page, memory, and what counting costs.

The logs of a database are asked each question in turns. Beside it, in the same run: the same questions asked of the
raw log, and drift asked of Evidently. Prints tables and, as the last line, one JSON object.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from streamlit.logger import set_log_level

from benchmarks.support import report
from benchmarks.support.monitoring import counting_cost, filled_logs, first_draw, peers, raw_log
from benchmarks.support.monitoring.questions import BACKGROUND, QUESTIONS
from benchmarks.support.monitoring.timing import States, keep_loaded, time_question, use
from core.store import store

PARTS = ("questions", "raw", "page", "counting")
SIZES = (100_000, 1_000_000, 10_000_000)
DATABASES = ("sqlite", "postgresql")
MAX_RATIO, MAX_P95_MS, MAX_DRAW, MAX_MEMORY, MAX_COUNTING = 1.5, 300.0, 2.0, 1.2, 0.1  # aims


def main() -> None:
    """Measure each log, then print how the largest compares to the smallest."""
    chosen = _arguments()
    set_log_level("ERROR")  # the pages' functions are asked without a page
    with tempfile.TemporaryDirectory(prefix="lookout-bench-", ignore_cleanup_errors=True) as name:
        folder = chosen.logs or Path(name)
        figures = {database: measure(folder, database, chosen) for database in chosen.databases}
    summary = {database: compared(list(logs.values())) for database, logs in figures.items()}
    print(
        f"Aims: p95 {MAX_P95_MS:.0f} ms and {MAX_RATIO} times the smallest log's median, first draw {MAX_DRAW:.0f} s, "
        f"memory {MAX_MEMORY} times, counting {MAX_COUNTING:.0%} of an answer."
    )
    report.print_figures({"rows": chosen.rows, "seed": chosen.seed, "summary": summary, "logs": figures})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--databases", nargs="*", choices=DATABASES, default=list(DATABASES))
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--about", nargs="*", default=[""], help="beginnings of the questions' titles; all if left out")
    parser.add_argument("--logs", type=Path, help="folder in which filled logs are kept for the next run")
    parser.add_argument("--peers", type=Path, help="folder of an environment with Evidently, made if new")
    parser.add_argument("--warm", type=int, default=20, help="repeats of each question")
    parser.add_argument("--fresh", type=int, default=5, help="repeats of each question on a store that was just opened")
    parser.add_argument("--visits", type=int, default=3, help="of the page, after the first")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def measure(folder: Path, database: str, chosen: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """All figures that are asked for, by the number of rows of a database's log."""
    with ExitStack() as opened:
        logs = {
            rows: opened.enter_context(filled_logs.log(folder, database, rows, chosen.seed, _told))
            for rows in sorted(chosen.rows)
        }
        urls = {rows: url for rows, (url, _) in logs.items()}
        for url in urls.values():
            use(url)
            store().counts.bring_up_to_date()
        figures: dict[str, dict[str, Any]] = {str(rows): {} for rows in logs}
        if "questions" in chosen.only:
            print(f"== {database}, questions", flush=True)
            for rows, times in ask_all(urls, chosen.fresh, chosen.warm, tuple(chosen.about)).items():
                figures[str(rows)]["questions"] = times
        for rows, (url, cost) in logs.items():
            print(f"== {database}, {rows} rows", flush=True)
            figures[str(rows)] |= of_one_log(url, folder / f"{database}-{rows}", cost, chosen)
            store().close()
    return figures


def of_one_log(url: str, folder: Path, cost: filled_logs.CountingCost, chosen: argparse.Namespace) -> dict[str, Any]:
    """The figures that are asked of one log by itself: of raw rows, of Evidently, of the page, of counting."""
    use(url)
    figures: dict[str, Any] = {}
    if "raw" in chosen.only:
        figures["raw_seconds"] = raw_log.ask(store(), datetime.now(UTC))
    if chosen.peers:
        figures["evidently"] = peers.ask(chosen.peers, store())
    if "page" in chosen.only:
        figures["page"] = first_draw.measure(url, folder / "server", chosen.visits)
        print(f"  page: {figures['page']}", flush=True)
    if "counting" in chosen.only:
        figures["counting"] = counting_cost.shares(cost, counting_cost.milliseconds_of_answers(url))
        print(f"  counting: {figures['counting']}", flush=True)
    return figures


def ask_all(urls: dict[int, str], fresh: int, warm: int, about: tuple[str, ...]) -> dict[int, dict[str, States]]:
    """The times of every question whose title begins so, by rows and title; each line of the table is one of a log."""
    columns = f"{'rows':>11} {'fresh p50':>10} {'p95':>8} {'warm p50':>10} {'p95':>8} {'processor':>10}"
    print(f"  {'question':58} {columns}  [ms]")
    times: dict[int, dict[str, States]] = {rows: {} for rows in urls}
    asked = [question for question in QUESTIONS if question.title.startswith(about)]
    for url in urls.values():  # once each, so that what they import is loaded
        use(url)
        for question in asked:
            question.ask()
    keep_loaded()
    for question in asked:
        for rows, states in time_question(question, urls, fresh, warm).items():
            times[rows][question.title] = states
            opened, open_ = states["fresh"], states["warm"]
            print(
                f"  {question.title:58} {rows:11} {opened['p50']:10.1f} {opened['p95']:8.1f} {open_['p50']:10.1f} "
                f"{open_['p95']:8.1f} {open_['processor']:10.1f}",
                flush=True,
            )
    return times


def compared(logs: list[dict[str, Any]]) -> dict[str, Any]:
    """The largest log beside the smallest: the slowest question, ratios, the page, memory."""
    small, large = logs[0], logs[-1]
    summary: dict[str, Any] = {}
    if "questions" in large:
        asked = {name: states for name, states in large["questions"].items() if not name.startswith(BACKGROUND)}
        slowest = max(asked, key=lambda name: asked[name]["warm"]["p95"])
        ratios = {
            name: states["warm"]["p50"] / small["questions"][name]["warm"]["p50"] for name, states in asked.items()
        }
        steepest = max(ratios, key=lambda name: ratios[name])
        summary |= {
            "slowest": slowest,
            "slowest_p95_ms": asked[slowest]["warm"]["p95"],
            "steepest": steepest,
            "steepest_ratio": round(ratios[steepest], 2),
            "over_ratio": {name: round(ratio, 2) for name, ratio in ratios.items() if ratio > MAX_RATIO},
        }
    if "page" in large:
        summary |= {name: large["page"][name] for name in large["page"] if name.endswith("_seconds")}
        summary["memory_ratio"] = round(large["page"]["memory_mb"] / small["page"]["memory_mb"], 3)
    if "counting" in large:
        summary["counting"] = large["counting"]
    return summary


def _told(line: str) -> None:
    print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
