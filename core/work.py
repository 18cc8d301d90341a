"""Work that lasts: what a person gave to be answered has an address, a place on disk and a row in the store.

A reload, another tab, another page and a restart find it again. It goes when a person removes it, which can be undone
for UNDO_PERIOD, or after LOOKOUT_WORK_DAYS; what was uploaded goes with it, the rows of the log stay.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar
from uuid import UUID, uuid4

from pydantic import JsonValue

from core import jobs, telemetry
from core.errors import Busy, Cancelled, LookoutError, UnknownJob, UnknownWork
from core.jobs import Job
from core.jobs.owner import seems_alive, this_process
from core.progress import Progress, ProgressListener, Stage
from core.settings import settings
from core.store import WorkRow, WorkState, store

T = TypeVar("T")
ShownState = Literal["prepared", "waiting", "working", "done", "cancelled", "failed", "interrupted"]
UNDO_PERIOD = timedelta(hours=1)
HEARTBEAT = 2.0  # seconds between two notes of how far a work is


@dataclass(frozen=True)
class Work:
    """What a person gave to be answered at once: a batch of photos, a table, a forecast, an ensemble.

    title: what it is in words, such as "sf_500.csv, 500 rows". total, done: of photos, records or forecasts. details:
    what its page wants to find again. state: `prepared` where a person has something to say before it begins,
    `interrupted` where the process that did it is gone.
    """

    id: str
    system: str
    title: str
    actor: str
    created_at: datetime
    state: ShownState
    total: int
    done: int
    error: str | None
    details: Mapping[str, Any]
    removed_at: datetime | None

    @property
    def folder(self) -> Path:
        """Its place for files, made when it began."""
        return _folder(self.id)

    @property
    def running(self) -> bool:
        """Whether more will come by itself."""
        return self.state in ("waiting", "working")


def begin(
    system: str,
    title: str,
    total: int,
    *,
    actor: str = "local",
    details: Mapping[str, JsonValue] | None = None,
    state: WorkState = "waiting",
) -> Work:
    """A new work with an empty folder; `run` starts it. Work that is kept no longer goes. Raises StoreUnavailable."""
    purge()
    now = datetime.now(UTC)
    row: WorkRow = {
        "id": str(uuid4()),
        "created_at": now,
        "updated_at": now,
        "removed_at": None,
        "system": system,
        "title": title,
        "actor": actor,
        "state": state,
        "total": total,
        "done": 0,
        "error": None,
        "details": dict(details or {}),
        "worker": this_process(),
    }
    _folder(row["id"]).mkdir(parents=True, mode=0o700)
    store().work.add(row)
    return _shown(row)


def run(
    work: Work,
    answer: Callable[[ProgressListener], Iterable[T]],
    *,
    results: int = 1,
    before: int = 0,
    long: bool = False,
) -> Job[T]:
    """Do a work in the background, or go on with it; the job has the work's id.

    answer: yields `results` results. before: how many of the work's photos, records or forecasts were done earlier.
    long: whether it may take minutes. Raises Busy, StoreUnavailable.
    """

    def watched(progress: ProgressListener) -> Iterator[T]:
        noted, done = 0.0, before
        state: WorkState = "done"
        error = None
        store().work.change(work.id, {"state": "working", "error": None, "worker": this_process()})

        def listen(latest: Progress) -> None:
            nonlocal noted, done
            done = before + _done(latest, work.total - before)
            if time.monotonic() - noted > HEARTBEAT:
                noted = time.monotonic()
                store().work.change(work.id, {"done": done})
            progress(latest)

        try:
            yield from answer(listen)
            done = work.total
        except Cancelled as stopped:
            state, error = "cancelled", stopped.message
            raise
        except LookoutError as problem:
            state, error = "failed", problem.message
            raise
        except Exception:
            state, error = "failed", jobs.UNEXPECTED
            raise
        finally:
            if not (state == "cancelled" and jobs.ending()):  # else it goes on after the restart
                store().work.change(work.id, {"state": state, "error": error, "done": done})

    store().work.change(work.id, {"state": "waiting", "worker": this_process()})
    try:
        return jobs.submit(watched, results, work.title, identifier=work.id, long=long)
    except Busy as problem:
        store().work.change(work.id, {"state": "failed", "error": problem.message})
        raise


def _done(latest: Progress, total: int) -> int:
    """How many of `total` photos, records or forecasts are done: as they were counted, else by the share."""
    if latest.stage is Stage.READING:
        return 0
    if latest.stage is Stage.ANSWERING and latest.done is not None:
        return min(latest.done, total)
    return int(latest.share * total)


def change(identifier: str, **values: JsonValue) -> None:
    """Set the title, the total or the details of a work. Raises StoreUnavailable."""
    store().work.change(identifier, values)


def find(identifier: str) -> Work:
    """The work of that id, also where it was removed and can still be restored. Raises UnknownWork."""
    row = store().work.find(identifier) if _is_id(identifier) else None
    if row is None or not _folder(identifier).is_dir():
        raise UnknownWork(
            expected="work that is still kept",
            received=f"the address {identifier!r:.80}, under which there is none",
            advice=f"Work is kept for {settings().work_days:g} days (LOOKOUT_WORK_DAYS). Give it again.",
        )
    return _shown(row)


def job_of(identifier: str) -> Job[Any] | None:
    """The job of a work in this process; None where it has none."""
    try:
        return jobs.find(identifier)
    except UnknownJob:
        return None


def recent(system: str | None = None, limit: int = 20) -> list[Work]:
    """Work that nobody removed, newest first; of one system, or of all. Raises StoreUnavailable."""
    return [_shown(row) for row in store().work.newest(system, limit)]


def unfinished() -> list[Work]:
    """Work that waits, goes on or was interrupted, oldest first. Raises StoreUnavailable."""
    return [_shown(row) for row in store().work.unfinished()]


def cancel(identifier: str) -> None:
    """Ask a work of this process to stop; what was answered stays."""
    job = job_of(identifier)
    if job is not None:
        job.cancel()


def remove(identifier: str) -> None:
    """Take a work off the lists, and stop it; `restore` undoes that for UNDO_PERIOD. Raises StoreUnavailable."""
    cancel(identifier)
    store().work.change(identifier, {"removed_at": datetime.now(UTC)})


def restore(identifier: str) -> None:
    """Undo `remove`. Raises UnknownWork, StoreUnavailable."""
    find(identifier)
    store().work.change(identifier, {"removed_at": None})


def purge() -> None:
    """Erase work that was removed, or made, so long ago that it goes, with all that was uploaded for it."""
    now = datetime.now(UTC)
    for row in store().work.outlived(now - timedelta(days=settings().work_days), now - UNDO_PERIOD):
        shutil.rmtree(_folder(row["id"]), ignore_errors=True)
        store().work.erase(row["id"])
        telemetry.log().info("work_erased", work=row["id"], system=row["system"])


def _shown(row: WorkRow) -> Work:
    state: ShownState = row["state"]
    if (
        state in ("waiting", "working")
        and job_of(row["id"]) is None
        and not seems_alive(row["worker"], row["updated_at"])
    ):
        state = "interrupted"
    return Work(
        id=row["id"],
        system=row["system"],
        title=row["title"],
        actor=row["actor"],
        created_at=row["created_at"],
        state=state,
        total=row["total"],
        done=row["done"],
        error=row["error"],
        details=row["details"] or {},
        removed_at=row["removed_at"],
    )


def _folder(identifier: str) -> Path:
    return settings().data_dir.resolve() / "work" / identifier


def _is_id(identifier: str) -> bool:
    """Whether it can be an id: it comes from an address, and it is part of a path."""
    try:
        return str(UUID(identifier)) == identifier
    except ValueError:
        return False
