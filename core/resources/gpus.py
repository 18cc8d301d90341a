"""How busy the machine's NVIDIA GPUs are, where it has any and their driver's library is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class GpuState(NamedTuple):
    """A GPU: shares in [0, 1] of the time that it computed of late, and of its memory in use."""

    share: float
    memory_share: float


def gpus() -> list[GpuState]:
    """The GPUs of this machine; empty where there are none, or none that NVIDIA's library knows."""
    import pynvml  # asked once a minute, not at start

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:  # no driver: the usual case, for answers are computed on processors
        return []
    try:
        return list(_states())
    except pynvml.NVMLError:  # a GPU that was lost or does not tell
        return []
    finally:
        pynvml.nvmlShutdown()


def _states() -> Iterator[GpuState]:
    import pynvml

    for index in range(pynvml.nvmlDeviceGetCount()):
        device = pynvml.nvmlDeviceGetHandleByIndex(index)
        memory = pynvml.nvmlDeviceGetMemoryInfo(device)
        yield GpuState(pynvml.nvmlDeviceGetUtilizationRates(device).gpu / 100, memory.used / memory.total)
