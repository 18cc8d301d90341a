"""What this machine and this process use now: processor, memory, disk, GPU."""

from __future__ import annotations

import shutil
import socket
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import psutil

from core.resources.gpus import gpus


@dataclass(frozen=True)
class MachineState:
    """A machine. Shares lie in [0, 1].

    processor_share: of all processors since the last call. gpu_share, gpu_memory_share: the highest of its GPUs; None
    without any.
    """

    processor_share: float
    memory_share: float
    memory_total_bytes: int
    disk_free_bytes: int
    disk_total_bytes: int
    gpu_share: float | None
    gpu_memory_share: float | None


@dataclass(frozen=True)
class ProcessState:
    """A process. processors: kept busy since the last call, 1.5 is one and a half. pss_bytes: None where unknown."""

    processors: float
    rss_bytes: int
    pss_bytes: int | None


def machine_name() -> str:
    """What this machine is called among those that serve."""
    return socket.gethostname()


def machine_state(folder: Path) -> MachineState:
    """The machine now. folder: whose disk counts; it need not exist yet. The first call knows no processor's share."""
    memory, disk = psutil.virtual_memory(), disk_usage(folder)
    devices = gpus()
    return MachineState(
        processor_share=psutil.cpu_percent(interval=None) / 100,
        memory_share=memory_share(),
        memory_total_bytes=memory.total,
        disk_free_bytes=disk.free,
        disk_total_bytes=disk.total,
        gpu_share=max((device.share for device in devices), default=None),
        gpu_memory_share=max((device.memory_share for device in devices), default=None),
    )


def process_state() -> ProcessState:
    """This process now. The first call knows no processors."""
    process = _own_process()
    return ProcessState(
        processors=process.cpu_percent(interval=None) / 100,
        rss_bytes=process.memory_info().rss,
        pss_bytes=getattr(process.memory_full_info(), "pss", None),
    )


def memory_share() -> float:
    """The share of the machine's memory that no process could get, in [0, 1]: caches that give way do not count."""
    memory = psutil.virtual_memory()
    return float(1 - memory.available / memory.total)


def disk_usage(folder: Path) -> shutil._ntuple_diskusage:
    """The disk that holds a folder, or will hold it [bytes]."""
    place = folder.resolve()
    return shutil.disk_usage(next(path for path in (place, *place.parents) if path.exists()))


@lru_cache(maxsize=1)
def _own_process() -> psutil.Process:
    """This process; kept, for it remembers the processor time of the last call."""
    return psutil.Process()
