"""Runs fuzzed cases in child processes: one that crashes or hangs is told with its case and replaced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fuzz.readings import case_of
from core.settings import CHECKOUT

HANG_SECONDS = 60.0  # without a mark; what is only slow is told by the child
LOOK_SECONDS = 0.2
MAX_CRASHES = 50  # of one child's share, after which there is no point in going on
CRASHED = "X"


@dataclass
class FuzzedShare:
    """Every n-th case, in a child process. marks: of the cases that ended. findings: what must not be."""

    first: int
    step: int
    count: int
    seed: int
    folder: Path
    findings: list[dict[str, object]] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    seen: tuple[int, float] = (0, 0.0)

    @property
    def marks(self) -> str:
        """A letter for each case that ended, in order."""
        path = self.folder / f"marks-{self.first}"
        return path.read_text() if path.exists() else ""

    @property
    def next_case(self) -> int:
        """The case that is read now, or was when the process ended."""
        return self.first + len(self.marks) * self.step

    def start(self) -> None:
        """Begin, or go on after the case that ended the process before."""
        self.starts += 1
        self.seen = (len(self.marks), time.monotonic())
        arguments = {"first": self.next_case, "step": self.step, "count": self.count, "seed": self.seed}
        command = [sys.executable, "-m", "benchmarks.fuzz.child", "--marks", str(self.folder / f"marks-{self.first}")]
        command += [word for name, value in arguments.items() for word in (f"--{name}", str(value))]
        with (self.folder / f"findings-{self.first}").open("ab") as said, (self.folder / "stderr").open("ab") as noise:
            self.process = subprocess.Popen(
                command, cwd=CHECKOUT, stdout=said, stderr=noise, env={**os.environ, "OMP_NUM_THREADS": "1"}
            )

    def look(self) -> bool:
        """Whether it is done; a process that crashed or hangs is replaced."""
        assert self.process is not None
        code = self.process.poll()
        if code is None:
            self._end_if_hanging()
            return False
        if self.next_case >= self.count or self.starts > MAX_CRASHES:
            return True
        self._tell(f"the process ended with {code}")
        self.start()
        return self.next_case >= self.count and self.process.poll() is not None

    def _end_if_hanging(self) -> None:
        assert self.process is not None
        done, now = len(self.marks), time.monotonic()
        if done != self.seen[0]:
            self.seen = (done, now)
        elif now - self.seen[1] > HANG_SECONDS:
            self.process.kill()
            self.process.wait()

    def _tell(self, problem: str) -> None:
        case = case_of(self.next_case, self.seed)
        finding = {"case": case.number, "kind": case.kind, "reading": case.reading, "problem": problem}
        self.findings.append(finding)
        with (self.folder / f"marks-{self.first}").open("a") as marks:
            marks.write(CRASHED)

    def all_findings(self) -> list[dict[str, object]]:
        """Those that the children told, and the crashes."""
        path = self.folder / f"findings-{self.first}"
        lines = path.read_text().splitlines() if path.exists() else []
        return [*map(json.loads, lines), *self.findings]


def run(count: int, seed: int, processes: int, folder: Path) -> tuple[Counter[str], list[dict[str, object]]]:
    """Read `count` cases; how many ended in which way by the child's marks, and all findings."""
    shares = [FuzzedShare(first, processes, count, seed, folder) for first in range(processes)]
    for share in shares:
        share.start()
    told = 0
    waiting = list(shares)
    while waiting:
        time.sleep(LOOK_SECONDS)
        waiting = [share for share in waiting if not share.look()]
        done = sum(len(share.marks) for share in shares)
        if done - told >= max(count // 10, 1000):
            told = done
            print(f"{done:,} of {count:,}", flush=True)
    marks = Counter("".join(share.marks for share in shares))
    return marks, [finding for share in shares for finding in share.all_findings()]
