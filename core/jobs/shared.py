"""Jobs that every process on the same store can tell about and stop: each has a row, kept by whoever does it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from core import jobs
from core.errors import Busy, Cancelled, LookoutError, StoreUnavailable, UnknownJob
from core.jobs.owner import SILENCE, seems_alive, this_process
from core.progress import Progress, ProgressListener, sentence
from core.settings import settings
from core.store import JobRow, store

T = TypeVar("T")
NOTE_SECONDS = 1.0  # between two notes of how far a job is [s]
GONE = "The server process that did it is gone. What was answered is in the log. Ask again."


@dataclass(frozen=True)
class SharedJob:
    """How a job stands. fraction: share that is done, 0 to 1. result: what was answered, once it has ended."""

    id: str
    system: str
    state: jobs.State
    fraction: float
    message: str
    seconds_left: float | None
    error: str | None
    result: dict[str, Any] | None

    @property
    def finished(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("done", "cancelled", "failed")


def submit(
    work: Callable[[ProgressListener], Iterable[T]],
    total: int,
    system: str,
    actor: str,
    rendered: Callable[[Sequence[T]], dict[str, Any]],
) -> str:
    """Start `work(progress)` in the background, and return the job's id.

    total: results that it yields. rendered: makes of them what is asked for later. Old jobs go.
    Raises Busy if too many wait or work in this process, StoreUnavailable.
    """
    identifier, now = str(uuid4()), datetime.now(UTC)
    store().jobs.erase_before(now - timedelta(days=settings().work_days))
    store().jobs.add(_new_row(identifier, now, system, actor))
    try:
        jobs.submit(_kept(work, identifier, rendered), total, system, identifier=identifier)
    except Busy as problem:
        store().jobs.change(identifier, {"state": "failed", "error": problem.message})
        raise
    return identifier


def find(identifier: str) -> SharedJob:
    """The job of that id, whichever process does it. Raises UnknownJob, StoreUnavailable."""
    row = store().jobs.find(identifier)
    if row is None:
        raise UnknownJob(
            expected=f"the id of a job of the last {settings().work_days:g} days (LOOKOUT_WORK_DAYS)",
            received=f"{identifier!r:.80}, under which there is none",
            advice="What was answered is in the log. Ask again.",
        )
    if row["state"] in ("waiting", "working"):
        return _open(row)
    fraction = 1.0 if row["state"] == "done" else row["share"]
    return SharedJob(
        row["id"], row["system"], row["state"], fraction, row["message"], None, row["error"], row["result"]
    )


def cancel(identifier: str) -> SharedJob:
    """Ask a job to stop, in whichever process; what was answered stays. Raises UnknownJob, StoreUnavailable."""
    found = find(identifier)
    if not found.finished:
        store().jobs.ask_to_stop(identifier)
        with suppress(UnknownJob):
            jobs.find(identifier).cancel()
    return found


def _open(row: JobRow) -> SharedJob:
    """A job that waits or works: by what this process knows of its own, else by the row."""
    try:
        own = jobs.find(row["id"])
    except UnknownJob:
        if seems_alive(row["worker"], row["updated_at"]):
            left = _seconds_left(row)
            return SharedJob(row["id"], row["system"], row["state"], row["share"], row["message"], left, None, None)
        return SharedJob(row["id"], row["system"], "failed", row["share"], row["message"], None, GONE, None)
    if own.finished and datetime.now(UTC) - row["updated_at"] > SILENCE:  # its end could not be written
        return SharedJob(row["id"], row["system"], "failed", own.fraction, own.message, None, own.error or GONE, None)
    state = row["state"] if own.finished else own.state  # it is finished once its row says so, with the result
    return SharedJob(row["id"], row["system"], state, own.fraction, own.message, own.seconds_left, None, None)


def _seconds_left(row: JobRow) -> float | None:
    """Estimate from the share that is done; None before there is one."""
    if row["share"] <= 0:
        return None
    return (row["updated_at"] - row["created_at"]).total_seconds() * (1 - row["share"]) / row["share"]


def _kept(
    work: Callable[[ProgressListener], Iterable[T]], identifier: str, rendered: Callable[[Sequence[T]], dict[str, Any]]
) -> Callable[[ProgressListener], Iterator[T]]:
    """The work, with its row kept from beginning to end."""

    def kept(progress: ProgressListener) -> Iterator[T]:
        results: list[T] = []
        ended: dict[str, object] = {"state": "done", "error": None}
        store().jobs.change(identifier, {"state": "working", "worker": this_process()})
        try:
            for result in work(_noting(identifier, progress)):
                results.append(result)
                yield result
        except Cancelled as stopped:
            ended = {"state": "cancelled", "error": stopped.message}
            raise
        except LookoutError as problem:
            ended = {"state": "failed", "error": problem.message}
            raise
        except Exception:
            ended = {"state": "failed", "error": jobs.UNEXPECTED}
            raise
        finally:
            store().jobs.change(identifier, {**ended, "result": rendered(results) if results else None})

    return kept


def _noting(identifier: str, progress: ProgressListener) -> ProgressListener:
    """Passes progress on, notes it now and then, and hears there whether somebody asked the job to stop."""
    noted = time.monotonic()

    def listen(latest: Progress) -> None:
        nonlocal noted
        if time.monotonic() - noted >= NOTE_SECONDS:
            noted = time.monotonic()
            with suppress(StoreUnavailable):  # the work goes on; whether its answer can be logged shows at its end
                if store().jobs.note(identifier, latest.share, sentence(latest)):
                    jobs.find(identifier).cancel()
        progress(latest)

    return listen


def _new_row(identifier: str, now: datetime, system: str, actor: str) -> JobRow:
    return {
        "id": identifier,
        "created_at": now,
        "updated_at": now,
        "system": system,
        "actor": actor,
        "state": "waiting",
        "worker": this_process(),
        "share": 0.0,
        "message": "",
        "error": None,
        "result": None,
        "is_stop_asked": False,
    }
