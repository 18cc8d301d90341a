"""Background work with progress and cancel, within this process; what others may ask for has an id."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from uuid import uuid4

from core import telemetry
from core.errors import Busy, Cancelled, LookoutError, UnknownJob
from core.progress import Progress, ProgressListener, sentence

T = TypeVar("T")
UNEXPECTED = "The work stopped on an unexpected problem. Start it again; if it persists, see the server's log."
State = Literal["waiting", "working", "done", "cancelled", "failed"]
MAX_OPEN = 20  # jobs with an id that wait or work: each holds its input in memory
MAX_FINISHED = 50  # whose results can still be asked for
_WORKERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="job")
_LONG_WORKERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="long-job")


@dataclass
class Job(Generic[T]):
    """Work that gives its results one by one; what was finished stays when it is cancelled or fails."""

    total: int
    results: list[T] = field(default_factory=list)
    state: State = "waiting"
    latest: Progress | None = None
    error: str | None = None
    started: float = field(default_factory=time.monotonic)
    name: str = ""
    id: str = field(default_factory=lambda: str(uuid4()))
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

    @property
    def fraction(self) -> float:
        """Done share of the work, 0 to 1."""
        return self.latest.share if self.latest else 0.0

    @property
    def message(self) -> str:
        """How far the work is, in words; empty before it has said so."""
        return sentence(self.latest) if self.latest else ""

    def progress(self, latest: Progress) -> None:
        """Called by the work; raises Cancelled once a person has asked to stop."""
        if self._cancel.is_set():
            raise Cancelled("Stopped as asked. What was finished before is kept.")
        self.latest = latest

    def run(self, work: Callable[[ProgressListener], Iterable[T]]) -> None:
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


_jobs: dict[str, Job[Any]] = {}
_lock = threading.Lock()
_ending = threading.Event()


def submit(
    work: Callable[[ProgressListener], Iterable[T]],
    total: int,
    name: str,
    *,
    identifier: str | None = None,
    long: bool = True,
) -> Job[T]:
    """Start `work(progress)` in the background; `find` gives the job by its id.

    name: what the job is about, for whoever asks. identifier: its id; a new one if None. long: whether it may take
    minutes, so that it waits for other long ones and not in the way of short ones.
    Raises Busy if MAX_OPEN jobs wait or work already.
    """
    with _lock:
        waiting = sum(not job.finished for job in _jobs.values())
        if waiting >= MAX_OPEN:
            raise Busy(
                expected=f"fewer than {MAX_OPEN} jobs that wait or work",
                received="one more",
                advice="Ask again when some are done.",
            )
        job: Job[T] = Job(total, name=name, id=identifier or str(uuid4()))
        _jobs[job.id] = job
        (_LONG_WORKERS if long else _WORKERS).submit(telemetry.carried(_work), job, work)
        finished = [identifier for identifier, listed in _jobs.items() if listed.finished]
        for identifier in finished[: max(0, len(finished) - MAX_FINISHED)]:
            del _jobs[identifier]
    _count_states()
    return job


def _work(job: Job[T], work: Callable[[ProgressListener], Iterable[T]]) -> None:
    """Do a job in this thread; the metrics tell when it begins and when it has ended."""
    job.state = "working"
    _count_states()
    try:
        job.run(work)
    finally:
        _count_states()


def _count_states() -> None:
    """Let the metrics say how many jobs with an id wait and work."""
    states = [job.state for job in list(_jobs.values())]
    for state in ("waiting", "working"):
        telemetry.JOBS.labels(state).set(states.count(state))


_count_states()  # a metric that nobody has set is not there


def stop() -> None:
    """Ask all work to stop, for the process ends: it would wait for it."""
    _ending.set()
    with _lock:
        for job in _jobs.values():
            job.cancel()


def ending() -> bool:
    """Whether this process ends, so that work stops without anybody having asked."""
    return _ending.is_set()


def find(identifier: str) -> Job[Any]:
    """The job of that id; UnknownJob if this process has none, or none any longer."""
    job = _jobs.get(identifier)
    if job is None:
        raise UnknownJob(
            expected="the id of a job of this server process",
            received=f"{identifier!r:.80}, which it does not have: jobs end with a restart, and the oldest results go",
            advice="What was answered is in the log. Ask again.",
        )
    return job
