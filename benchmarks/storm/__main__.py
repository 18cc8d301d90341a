"""200 clients that give up after a second, then ten times the sustainable rate, slow connections beside; one run.

Server and clients share the machine's cores, in the unloaded measurement too: read the shares, not the numbers.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil

from benchmarks.storm.clients import Sample
from benchmarks.support import report, servers
from core.settings import CHECKOUT

CLIENTS = 200
PATIENCE = 1.0  # of each client [s]
AT_ONCE = 8  # clients of the unloaded measurement
TIMES = 10  # the sustainable rate, in the open loop
RECOVERY_WATCHED = 10  # s after a storm
SECONDS_TO_REST = 120
RESTING = 15.0  # share of a processor that a server takes which has nothing to do [%]
MB = 1e6

Figures = dict[str, Any]


class Ports(NamedTuple):
    """Of the server in the storm, and of the one that does nothing else beside."""

    server: int
    control: int


class Load:
    """One running generator, whose samples are read when it ends."""

    def __init__(self, kind: str, port: int, seconds: float, *flags: str) -> None:
        command = [sys.executable, "-m", "benchmarks.storm.clients", kind, str(port), str(seconds), *flags]
        self._process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE)

    def samples(self) -> tuple[list[Sample], float]:
        """What the requests met, and the generator's processor seconds."""
        output, _ = self._process.communicate()
        samples, used = json.loads(output)
        return [tuple(sample) for sample in samples], used


def percentile(values: Sequence[float], share: float) -> float | None:
    """In milliseconds; None where there are none."""
    return round(float(np.percentile(values, share)) * 1000, 1) if len(values) else None


def took(samples: Sequence[Sample], status: int) -> list[float]:
    """Seconds of the requests that ended with this status."""
    return [seconds for _, ended, seconds in samples if ended == status]


@contextmanager
def highest_memory(process: psutil.Process) -> Iterator[list[float]]:
    """A list whose only element is the most memory that the process had so far [MB]."""
    highest, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.5):
            highest[0] = max(highest[0], process.memory_info().rss / MB)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield highest
    finally:
        ended.set()
        thread.join()


def unloaded(port: int, seconds: float) -> Figures:
    """Throughput and latency with as many clients as the machine serves well."""
    samples, used = Load("closed", port, seconds, "--count", str(AT_ONCE), "--patience", "30").samples()
    good = took(samples, 200)
    return {
        "per_second": round(len(good) / seconds, 1),
        "p50_ms": percentile(good, 50),
        "p95_ms": percentile(good, 95),
        "clients_processors": round(used / seconds, 2),
    }


def storm(ports: Ports, seconds: float, kind: str, flags: Sequence[str], base: Figures) -> Figures:
    """One storm with slow connections and probes beside, and how soon all is as before."""
    with highest_memory(server_process(ports.server)) as highest:
        probes = {
            "healthz": Load("probe", ports.server, seconds),
            "readyz": Load("probe", ports.server, seconds, "--path", "/readyz"),
            "control": Load("probe", ports.control, seconds),
        }
        slow = Load("slow", ports.server, seconds, "--count", str(CLIENTS))
        samples, used = Load(kind, ports.server, seconds, "--patience", str(PATIENCE), *flags).samples()
        after, _ = Load("photos", ports.server, RECOVERY_WATCHED).samples()
    cut = took(slow.samples()[0], 1)
    return {
        **answers(samples, seconds, base),
        **watched({name: probe.samples()[0] for name, probe in probes.items()}),
        "slow_cut": len(cut),
        "slow_cut_after_s": round(statistics.median(cut), 1) if cut else None,
        "highest_memory_mb": round(highest[0], 1),
        "recovery_s": recovery(after, base),
        "clients_processors": round(used / seconds, 2),
    }


def answers(samples: Sequence[Sample], seconds: float, base: Figures) -> Figures:
    """What the clients of a storm got."""
    good, refused = took(samples, 200), took(samples, 503)
    p95 = percentile(good, 95)
    return {
        "useful_per_second": round(len(good) / seconds, 1),
        "useful_share": round(len(good) / seconds / (base["per_second"] or 1), 3),
        "answered_p50_ms": percentile(good, 50),
        "answered_p95_ms": p95,
        "p95_to_unloaded": round((p95 or 0) / (base["p95_ms"] or 1), 2),
        "refused_p50_ms": percentile(refused, 50),
        "refused_p95_ms": percentile(refused, 95),
        "statuses": dict(sorted(Counter(str(status) for _, status, _ in samples).items())),
    }


def watched(probes: dict[str, list[Sample]]) -> Figures:
    """How late whoever watched was answered."""
    seconds = {name: [each for _, _, each in samples] for name, samples in probes.items()}
    return {
        **{f"{name}_p99_ms": percentile(times, 99) for name, times in seconds.items()},
        "healthz_worst_ms": percentile(seconds["healthz"], 100),
        "healthz_failures": sum(status != 200 for _, status, _ in probes["healthz"]),
    }


def recovery(after: Sequence[Sample], base: Figures) -> float | None:
    """Seconds after the storm from which on every single photo is answered as fast as unloaded; None if never."""
    limit = (base["p95_ms"] or 0) / 1000
    late = [ended for ended, status, seconds in after if status != 200 or seconds > limit]
    if late and late[-1] >= RECOVERY_WATCHED - 1:
        return None
    return round(max(late), 2) if late else 0.0


def server_process(port: int) -> psutil.Process:
    """The process that listens on the port."""
    for process in psutil.Process().children(recursive=True):
        if any(found.laddr and found.laddr.port == port for found in process.net_connections("tcp")):
            return process
    raise RuntimeError(f"Expected a child process that listens on {port}.")


def wait_until_idle(process: psutil.Process) -> None:
    """Return once the server rests: after it is ready, it still compiles what first forecasts need."""
    until = time.monotonic() + SECONDS_TO_REST
    while process.cpu_percent(1.0) > RESTING and time.monotonic() < until:
        pass


def measure(seconds: float, pages: str, folder: Path) -> Figures:
    """All figures of one server."""
    control = servers.free_port()
    with (
        servers.process(["-m", "benchmarks.storm.control", str(control)], folder / "control.log"),
        servers.server(folder, LOOKOUT_PAGES=pages, LOOKOUT_LOG_LEVEL="ERROR") as port,
    ):
        process = server_process(port)
        wait_until_idle(process)
        Load("closed", port, 3, "--count", str(AT_ONCE), "--patience", "30").samples()
        figures: Figures = {"pages": pages, "unloaded": unloaded(port, min(15.0, seconds))}
        base, figures["memory_before_mb"] = figures["unloaded"], round(process.memory_info().rss / MB, 1)
        print(f"unloaded: {base}", flush=True)
        storms = {
            "impatient": ("closed", ("--count", str(CLIENTS))),
            "open_loop": ("open", ("--rate", str(TIMES * (base["per_second"] or 1)))),
        }
        for name, (kind, flags) in storms.items():
            figures[name] = storm(Ports(port, control), seconds, kind, flags, base)
            print(f"{name}: {figures[name]}", flush=True)
    return figures


def main() -> None:
    """Print the figures; the last line is one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of each storm")
    parser.add_argument("--pages", choices=("on", "off"), default="off")
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, shared by the server and its clients", flush=True)
    with tempfile.TemporaryDirectory(prefix="lookout-storm-", ignore_cleanup_errors=True) as name:
        report.print_figures(measure(chosen.seconds, chosen.pages, Path(name)))


if __name__ == "__main__":
    main()
