"""The sampler as a thread of a serving process; what it imports, it imports in that thread."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core import telemetry
from core.errors import LookoutError
from core.settings import settings

if TYPE_CHECKING:  # psutil, which no first page waits for
    from core.resources.sampler import ResourceSampler
    from core.store import ResourceValues

SECONDS_TO_STOP = 5.0
EVERY = 60.0  # s
FIRST_AFTER = 1.0  # s: shares of processor time need two looks


@dataclass
class _Sampling:
    """The thread of this process, if it has one, and its sampler."""

    thread: threading.Thread | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    sampler: ResourceSampler | None = None


_sampling = _Sampling()
_lock = threading.Lock()


def start() -> None:
    """Sample in the background from now on, unless this process does already."""
    with _lock:
        if _sampling.thread is not None:
            return
        _sampling.stop = threading.Event()
        _sampling.thread = threading.Thread(target=_run, args=(_sampling.stop,), name="resources", daemon=True)
        _sampling.thread.start()


def stop() -> None:
    """End the sampling of this process; a sample that is being taken is let finish for SECONDS_TO_STOP."""
    with _lock:
        thread, _sampling.thread = _sampling.thread, None
        if thread is not None:
            _sampling.stop.set()
            thread.join(SECONDS_TO_STOP)
        _sampling.sampler = None


def latest() -> ResourceValues | None:
    """The newest sample of this process; None before the first, and where nothing is sampled."""
    sampler = _sampling.sampler
    return sampler.latest if sampler else None


def _run(stop: threading.Event) -> None:
    from core.resources import measuring
    from core.resources.metrics import expose
    from core.resources.sampler import ResourceSampler
    from core.store import store

    folder = settings().data_dir
    _sampling.sampler = sampler = ResourceSampler(store().resources, folder)
    expose(latest)
    measuring.machine_state(folder)
    measuring.process_state()  # shares of time are those since the last look
    wait = FIRST_AFTER
    while not stop.wait(wait):
        wait = EVERY
        _sample(sampler)


def _sample(sampler: ResourceSampler) -> None:
    from datetime import UTC, datetime

    from core.resources.metrics import note

    try:
        sampler.sample(datetime.now(UTC))
        if sampler.latest:
            note(sampler.latest)
    except LookoutError as problem:
        telemetry.log().warning("resources_not_kept", problem=problem.message)
    except Exception as problem:  # noqa: BLE001 - the thread must live: a look that fails today may succeed tomorrow
        telemetry.log().error("resources_not_kept", exc_info=problem)
