"""Background work with progress and cancel, within this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from core import telemetry
from core.contract import Progress
from core.errors import Cancelled, LookoutError

T = TypeVar("T")
UNEXPECTED = "The work stopped on an unexpected problem. Start it again; if it persists, see the server's log."
State = Literal["waiting", "working", "done", "cancelled", "failed"]
_WORKERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="job")


@dataclass
class Job(Generic[T]):
    """Work that gives its results one by one; what was finished stays when it is cancelled or fails."""

    total: int
    results: list[T] = field(default_factory=list)
    state: State = "waiting"
    fraction: float = 0.0
    message: str = ""
    error: str | None = None
    started: float = field(default_factory=time.monotonic)
    _cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def finished(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("done", "cancelled", "failed")

    @property
    def seconds_left(self) -> float | None:
        """Estimate from the share that is done; None before there is one."""
        if self.fraction <= 0:
            return None
        return (time.monotonic() - self.started) * (1 - self.fraction) / self.fraction

    def cancel(self) -> None:
        """Ask the work to stop after the part at hand."""
        self._cancel.set()

    def progress(self, fraction: float, message: str) -> None:
        """Called by the work; raises Cancelled once a person has asked to stop."""
        if self._cancel.is_set():
            raise Cancelled("Stopped as asked. What was finished before is kept.")
        self.fraction, self.message = fraction, message

    def run(self, work: Callable[[Progress], Iterable[T]]) -> None:
        """Collect the results of `work(progress)` until it ends, fails or is cancelled."""
        self.state, self.started = "working", time.monotonic()
        try:
            for result in work(self.progress):
                self.results.append(result)
            self.state = "done"
        except Cancelled as stopped:
            self.state, self.error = "cancelled", stopped.message
        except LookoutError as problem:
            self.state, self.error = "failed", problem.message
        except Exception as problem:  # noqa: BLE001  a job must end in a state that the page can show
            telemetry.log().error("job_failed", exc_info=problem)
            self.state, self.error = "failed", UNEXPECTED


def submit(work: Callable[[Progress], Iterable[T]], total: int) -> Job[T]:
    """Start `work(progress)` in the background; it yields `total` results, one by one."""
    job: Job[T] = Job(total)
    _WORKERS.submit(job.run, work)
    return job
