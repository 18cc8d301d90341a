"""`python -m core batch` at size, killed twice: exact, without duplicates, how fast, and with how much memory."""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
from pyarrow import csv, parquet

from benchmarks.million import invented_incidents
from benchmarks.support import photos, report, servers
from core.batch.parts import folder_of
from core.registry import registry
from core.systems import crime

SECONDS_BETWEEN_LOOKS = 0.5
DISTINCT_PHOTOS = 200  # pictures; each file has bytes of its own behind its picture
EARLY, LATE = (0.2, 0.4), (0.8, 1.0)  # shares of the run whose memory is compared
KILL_WITHIN = 1.0  # s after the shard that was waited for


@dataclass
class BatchJob:
    """A batch as a command. name: of the figures. shard: inputs of one part file."""

    name: str
    arguments: list[str]
    inputs: int
    shard: int
    folder: Path
    memory: list[float] = field(default_factory=list)

    def output(self, run: str) -> Path:
        """The result of a run."""
        return self.folder / f"{self.name}-{run}.parquet"

    def start(self, run: str, log: Path) -> Any:
        """The process, as a context."""
        flags = ["-m", "core", "batch", *self.arguments[:2], str(self.output(run)), *self.arguments[2:], "--json"]
        return servers.process(flags, log, LOOKOUT_DATA_DIR=str(self.folder / f"{self.name}-{run}-data"))

    def whole(self) -> dict[str, Any]:
        """The summary of a run that nothing interrupts; its memory is looked at meanwhile."""
        log = self.folder / f"{self.name}.log"
        with self.start("whole", log) as running:
            while running.poll() is None:
                if any(folder_of(self.output("whole")).glob("[0-9]*.part")):
                    self.memory.append(memory_of(running.pid))
                time.sleep(SECONDS_BETWEEN_LOOKS)
        return last_object(running, log)

    def killed(self, kills: int, draw: random.Random) -> tuple[dict[str, Any], list[int]]:
        """The summary of a run that was killed at random moments, and how many parts were kept at each."""
        log, kept = self.folder / f"{self.name}-killed.log", []
        parts = -(-self.inputs // self.shard)
        for kill in range(kills):
            wanted = draw.randint(kill * parts // (kills + 1) + 1, (kill + 1) * parts // (kills + 1))
            with self.start("killed", log) as running:
                while running.poll() is None and count_of(self.output("killed")) < wanted:
                    time.sleep(0.01)
                time.sleep(draw.uniform(0, KILL_WITHIN))
                if running.poll() is not None:
                    sys.exit(f"Expected {self.name} to be at work when it is killed. Take more inputs.")
                running.kill()
                running.wait()
            kept.append(count_of(self.output("killed")))
            print(f"{self.name}: killed with {kept[-1]} of {parts} parts kept", flush=True)
        with self.start("killed", log) as running:
            running.wait()
        return last_object(running, log), kept


def main() -> None:
    chosen = _arguments()
    figures: dict[str, Any] = {}
    folder = Path(tempfile.mkdtemp(prefix="lookout-batch-", dir=chosen.folder))
    try:
        for job in _jobs(chosen, folder):
            figures |= _measure(job, chosen)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report.print_figures(figures)
    if not all(value for name, value in figures.items() if name.endswith("_exact")):
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000, help="0 leaves them out")
    parser.add_argument("--photos", type=int, default=20_000, help="0 leaves them out")
    parser.add_argument("--workers", type=int, help="of the command; its own choice if not said")
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="for inputs, results and logs: some 6 GB at full size")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _jobs(chosen: argparse.Namespace, folder: Path) -> Iterator[BatchJob]:
    workers = [] if chosen.workers is None else ["--workers", str(chosen.workers)]
    if chosen.records:
        engine = registry().load("crime", None, crime.load).engine
        frame = invented_incidents(engine, chosen.records, np.random.default_rng(chosen.seed))
        csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), folder / "incidents.csv")
        del frame
        arguments = ["crime", str(folder / "incidents.csv"), "--map", "description=", *workers]
        yield BatchJob("records", arguments, chosen.records, 20_000, folder)
    if chosen.photos:
        write_photos(folder / "photos", chosen.photos)
        yield BatchJob("photos", ["waste", str(folder / "photos"), *workers], chosen.photos, 64, folder)


def _measure(job: BatchJob, chosen: argparse.Namespace) -> dict[str, Any]:
    print(f"{job.name}: {job.inputs}", flush=True)
    whole = job.whole()
    print(f"{job.name}: {whole['per_second']:.0f}/s by {whole['workers']} workers", flush=True)
    summary, kept = job.killed(chosen.kills, random.Random(chosen.seed))
    problems = [*_differences(job), *_not_as_logged(job, summary["batch"])]
    for problem in problems:
        print(f"{job.name}: {problem}", flush=True)
    early, late = (statistics.median(_part(job.memory, *share)) for share in (EARLY, LATE))
    figures = {
        "inputs": summary["inputs"],
        "answered": summary["answered"],
        "exact": not problems,
        "killed_at_parts": kept,
        "per_second": whole["per_second"],
        "seconds": whole["seconds"],
        "workers": whole["workers"],
        "memory_early_mb": early,
        "memory_late_mb": late,
        "memory_ratio": late / early,
        "memory_peak_mb": max(job.memory),
    }
    return {f"{job.name}_{name}": value for name, value in figures.items()}


def write_photos(folder: Path, count: int) -> None:
    """That many files, a hundred in a folder; pictures repeat, bytes do not."""
    pictures = photos.generate_photos(min(count, DISTINCT_PHOTOS))
    for number in range(count):
        path = folder / f"{number // 100:04}" / f"{number:06}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pictures[number % len(pictures)] + b"%d" % number)


def memory_of(process: int) -> float:
    """What a process and all that it started take together, shared pages divided among them (PSS) [MB]."""
    total = 0
    with suppress(psutil.Error):
        parent = psutil.Process(process)
        for one in [parent, *parent.children(recursive=True)]:
            with suppress(psutil.Error):
                full = one.memory_full_info()
                total += getattr(full, "pss", 0) or full.rss
    return total / 1e6


def count_of(output: Path) -> int:
    """How many parts of an unfinished result are kept."""
    return sum(1 for _ in folder_of(output).glob("[0-9]*.part"))


def last_object(ended: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    """The summary that a command printed last."""
    if ended.returncode:
        sys.exit(f"Expected the command to end well. It said: {log.read_text(errors='replace')[-2000:]}")
    return dict(json.loads(log.read_text().splitlines()[-1]))


def _part(values: list[float], start: float, end: float) -> list[float]:
    chosen = values[int(start * len(values)) : max(int(start * len(values)) + 1, int(end * len(values)))]
    return chosen or [float("nan")]


def _differences(job: BatchJob) -> list[str]:
    """How the killed run's result differs from the whole one's, ids aside."""
    whole, killed = (parquet.read_table(job.output(run)) for run in ("whole", "killed"))
    if whole.column_names != killed.column_names or len(whole) != len(killed) or len(whole) != job.inputs:
        return [f"{len(killed)} rows after kills, {len(whole)} without, of {job.inputs}"]
    names = [name for name in whole.column_names if name != "prediction_id"]
    return [f"column {name} differs" for name in names if not whole[name].equals(killed[name])]


def _not_as_logged(job: BatchJob, batch: str) -> list[str]:
    """How the log of the killed run differs from its result: more or fewer rows, other ids, other answers."""
    result = parquet.read_table(job.output("killed"))
    value = next(name for name in ("value", "category_of_reported_incident") if name in result.column_names)
    answers = dict(zip(result["prediction_id"].to_pylist(), result[value].to_pylist(), strict=True))
    problems = [] if len(answers) == len(result) else [f"{len(result) - len(answers)} ids appear twice in the result"]
    with closing(sqlite3.connect(job.folder / f"{job.name}-killed-data" / "lookout.db")) as log:
        logged = dict(log.execute("SELECT id, value FROM predictions WHERE batch = ?", (batch,)))
        total = log.execute("SELECT count(*) FROM predictions").fetchone()[0]
    if total != len(logged) or total != len(answers):
        problems.append(f"{total} rows in the log, {len(logged)} of this batch, {len(answers)} in the result")
    return problems if logged == answers else [*problems, "ids or answers differ between log and result"]


if __name__ == "__main__":
    main()
