"""A batch of any kind: which system, what its inputs are, and who answers them."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import psutil

from core import systems
from core.batch.delivery import Delivery, work_folder
from core.batch.file_run import FileBatch
from core.batch.inputs import addresses, source_of
from core.batch.inputs.events import EventSource
from core.batch.request import BatchRequest, BatchSummary
from core.batch.table_run import TABLE_ENDINGS, TableBatch, table_items
from core.batch.workers import WorkerPool
from core.errors import InvalidInput, LookoutError
from core.inference import sites
from core.progress import ProgressListener

MAX_WORKERS = 64
BYTES_PER_WORKER = 1_000_000_000  # that a worker may need; where memory is short, fewer are at work


def run_batch(request: BatchRequest, progress: ProgressListener) -> BatchSummary:
    """Answer every input, log each, and write the result; the same request goes on with an interrupted run.

    Raises InvalidInput, UnknownSystem, UnknownVersion, StoreUnavailable, MissingPart, HostUnavailable, LookoutError
    (the disk is full), and Cancelled from `progress`.
    """
    checked = replace(request, site=sites.checked(request.site))
    try:
        return _answered(checked, progress)
    except OSError as problem:
        raise LookoutError(
            f"The result could not be written to {request.output} ({problem.strerror or problem}). "
            "Make room or choose another place; the same command goes on where it stopped."
        ) from problem


def _answered(request: BatchRequest, progress: ProgressListener) -> BatchSummary:
    """The batch done, as its kind is."""
    offers = systems.offers(request.system)
    if offers.folders or systems.answers_tables(request.system):
        local = _on_this_machine(request.source)
        try:
            if _is_of_tables(request.system, local):
                return _table_batch(request, local, progress).run()
            return _file_batch(request, str(local), progress).run()
        finally:
            if addresses.is_address(request.source):
                shutil.rmtree(work_folder(request.source), ignore_errors=True)
    return _file_batch(request, request.source, progress).run()


def _on_this_machine(place: str) -> Path:
    """A path, or the copy of what is at an address: a table is read whole, and an event names files of its folder."""
    if not addresses.is_address(place):
        return Path(place)
    folder = work_folder(place)
    folder.mkdir(parents=True, exist_ok=True)
    return addresses.fetch(place, folder)


def _is_of_tables(system: str, place: Path) -> bool:
    """Whether a place is a table, or a folder with one, for a system that answers tables."""
    if not systems.answers_tables(system):
        return False
    return place.suffix.lower() in TABLE_ENDINGS or (place.is_dir() and next(table_items(place), None) is not None)


def _table_batch(request: BatchRequest, source: Path, progress: ProgressListener) -> TableBatch:
    delivery = Delivery.to(request.output, folder=source.is_dir(), replace=request.replace)
    return TableBatch(request, source, delivery, pool_for(request.workers), progress)


def _file_batch(request: BatchRequest, place: str, progress: ProgressListener) -> FileBatch:
    source = source_of(request.system, place, request.options.get("mode"))
    is_events = isinstance(source, EventSource)
    if unknown := set(request.options) - ({"mode"} if is_events else set()):
        raise InvalidInput(
            expected="options that these inputs have" + (": mode" if is_events else ""),
            received=", ".join(sorted(unknown)),
            advice="Leave them out.",
        )
    delivery = Delivery.to(request.output, folder=is_events, replace=request.replace)
    return FileBatch(request, source, delivery, pool_for(request.workers, 1 if is_events else None), progress)


def pool_for(workers: int | None, most: int | None = None) -> WorkerPool:
    """Processes that share the cores among them. workers: how many; as cores and memory allow, up to `most`, if None.

    Raises InvalidInput for a number that makes no sense.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers is None:
        fitting = psutil.virtual_memory().available // BYTES_PER_WORKER
        workers = max(1, min(cores, fitting, most or cores))
    if not 0 <= workers <= MAX_WORKERS:
        raise InvalidInput(expected=f"0 to {MAX_WORKERS} workers", received=f"{workers}", advice="One a core is usual.")
    return WorkerPool(workers, max(1, cores // max(workers, 1)))
