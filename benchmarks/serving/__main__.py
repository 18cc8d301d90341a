"""Lookout beside LitServe, BentoML and plain FastAPI: the same network, the same photos, in turns, in one run.

`--peers FOLDER` holds an environment for each of LitServe and BentoML, made if new; without it they are left out. Only
Lookout keeps its answers: each is in its log, on the disk, before it leaves. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.api import BareNetwork
from benchmarks.serving import servers
from benchmarks.serving.servers import Compared, Running
from benchmarks.support import report
from benchmarks.support.photos import generate_photos

SIZES = {"small": (640, 480), "large": (4000, 3000)}  # of photos [px]
CONCURRENCIES = (1, 8, 32)
PHOTOS = 8


def main() -> None:
    """Measure all in turns; print a table and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement in a round")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--peers", type=Path, help="folder of environments with LitServe and BentoML; made if new")
    parser.add_argument("--only", nargs="*", help="beginnings of the servers' names")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lookout-bench-", ignore_cleanup_errors=True) as name, ExitStack() as stack:
        started = start(stack, Path(name), chosen.peers, tuple(chosen.only or [""]))
        figures = measure(started, chosen.seconds, chosen.rounds)
        memory = {each.compared.title: round(each.memory_mb()) for each in started}
    print_table(figures, memory)
    report.print_figures({"figures": figures, "memory_mb": memory, "ratios": ratios(figures)})


def start(stack: ExitStack, folder: Path, peers: Path | None, names: tuple[str, ...]) -> list[Running]:
    """All servers that are asked for and can be installed, ready."""
    started = []
    for number, compared in enumerate(servers.ALL):
        if not compared.title.startswith(names):
            continue
        python = _interpreter(compared, peers)
        if python is None:
            print(f"{compared.title} is not part of this run: it needs --peers FOLDER and a registry.")
            continue
        started.append(stack.enter_context(servers.running(compared, python, folder / str(number))))
        print(f"{compared.title} is ready", flush=True)
    return started


def _interpreter(compared: Compared, peers: Path | None) -> Path | None:
    if compared.peer is None:
        return Path(sys.executable)
    return servers.environment(peers, compared.peer) if peers else None


def measure(started: list[Running], seconds: float, rounds: int) -> dict[str, dict[str, Any]]:
    """By `photo size, concurrency, server`: requests/s, p50 and p95 [ms], processor milliseconds a request."""
    samples: dict[str, list[dict[str, float]]] = {}
    bare = BareNetwork()
    photos = {size: generate_photos(PHOTOS, *SIZES[size]) for size in SIZES}
    for number in range(rounds):
        for size in SIZES:
            samples.setdefault(f"{size}, 1, bare loop", []).append(_bare(bare, photos[size], seconds))
            for concurrency in CONCURRENCIES:
                for each in started if number % 2 else reversed(started):
                    name = f"{size}, {concurrency}, {each.compared.title}"
                    samples.setdefault(name, []).append(ask(each, size, concurrency, seconds))
        print(f"round {number + 1} of {rounds}", flush=True)
    return {
        name: {key: round(statistics.median(one[key] for one in taken), 2) for key in taken[0]}
        for name, taken in samples.items()
    }


def ask(server: Running, size: str, concurrency: int, seconds: float) -> dict[str, float]:
    """What a load generator in a process of its own met, and what the server's processes used for it."""
    used = server.processor_seconds()
    arguments = [server.port, seconds, concurrency, *SIZES[size]]
    command = [sys.executable, "-m", "benchmarks.serving.clients", *map(str, arguments)]
    replies, lasted = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    took = [each for status, each in replies if status == 200]
    if not took or len(took) < len(replies):
        sys.exit(f"Expected answers alone of {server.compared.title}. Received {[status for status, _ in replies][:9]}")
    p50, p95 = np.percentile(took, [50, 95])
    return {
        "per_second": len(took) / lasted,
        "p50_ms": 1000 * float(p50),
        "p95_ms": 1000 * float(p95),
        "processor_ms": 1000 * (server.processor_seconds() - used) / len(took),
    }


def _bare(bare: BareNetwork, photos: list[bytes], seconds: float) -> dict[str, float]:
    """The same of a loop over the network alone, in this process."""
    started, used, took = time.perf_counter(), time.process_time(), []
    while time.perf_counter() - started < seconds:
        before = time.perf_counter()
        bare(photos[len(took) % len(photos)])
        took.append(time.perf_counter() - before)
    p50, p95 = np.percentile(took, [50, 95])
    return {
        "per_second": len(took) / (time.perf_counter() - started),
        "p50_ms": 1000 * float(p50),
        "p95_ms": 1000 * float(p95),
        "processor_ms": 1000 * (time.process_time() - used) / len(took),
    }


def ratios(figures: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Lookout by each other server, of the same photos, concurrency and number of workers; below 1 it takes less."""
    result = {}
    for name, figure in figures.items():
        size, concurrency, title = name.split(", ")
        ours = figures.get(f"{size}, {concurrency}, lookout{title[title.find(' x') :] if ' x' in title else ''}")
        if ours is None or title.startswith("lookout"):
            continue
        for key in ("per_second", "p95_ms", "processor_ms"):
            result[f"{key}, {name}"] = round(ours[key] / figure[key], 3)
    return result


def print_table(figures: dict[str, dict[str, Any]], memory: dict[str, int]) -> None:
    """All figures, and the memory of each server."""
    print(f"{'photos':8} {'at once':>7} {'server':22} {'requests/s':>10} {'p50':>8} {'p95':>8} {'processor':>10}  [ms]")
    for name, figure in figures.items():
        size, concurrency, title = name.split(", ")
        print(
            f"{size:8} {concurrency:>7} {title:22} {figure['per_second']:10.1f} {figure['p50_ms']:8.1f} "
            f"{figure['p95_ms']:8.1f} {figure['processor_ms']:10.2f}"
        )
    for title, megabytes in memory.items():
        print(f"{title}: {megabytes} MB")


if __name__ == "__main__":
    main()
