"""A batch of any kind: which system, what its inputs are, and who answers them."""

from __future__ import annotations

import os

import psutil

from core import systems
from core.batch.delivery import Delivery
from core.batch.file_run import FileBatch
from core.batch.inputs import source_of
from core.batch.inputs.events import EventSource
from core.batch.pool import WorkerPool
from core.batch.request import BatchRequest, BatchSummary
from core.errors import InvalidInput
from core.inference import sites
from core.progress import ProgressListener

MAX_WORKERS = 64
BYTES_PER_WORKER = 1_000_000_000  # that a worker may need; where memory is short, fewer are at work


def run_batch(request: BatchRequest, progress: ProgressListener) -> BatchSummary:
    """Answer every input, log each, and write the result; the same request goes on with an interrupted run.

    Raises InvalidInput, UnknownSystem, UnknownVersion, StoreUnavailable, MissingPart, HostUnavailable, LookoutError
    (the disk is full), and Cancelled from `progress`.
    """
    systems.get(request.system)
    sites.checked(request.site)
    return _file_batch(request, progress).run()


def _file_batch(request: BatchRequest, progress: ProgressListener) -> FileBatch:
    source = source_of(request.system, request.source, request.options.get("mode"))
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
