"""How far a piece of work is, as data: the stage, the done share, what was counted, the simulated time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum


class Stage(StrEnum):
    """What is being done at the moment."""

    PREPARING = "preparing"
    WAITING = "waiting"
    """For other work, which has the processor or the memory."""
    READING = "reading"
    FETCHING = "fetching"
    """From another host."""
    ANSWERING = "answering"
    SIMULATING = "simulating"
    """Water is stepped through time: `simulated_s` of `duration_s`."""
    CORRECTING = "correcting"
    """A network refines the simulated water, tile by tile."""
    ROUTING = "routing"
    """Flow paths are found in the forecast."""
    WRITING = "writing"
    TRAINING = "training"
    """Anything on the way to a new version; `detail` says what."""


@dataclass(frozen=True)
class Progress:
    """How far a piece of work is at one moment.

    share: done share of the whole work, 0 to 1.
    stage: what is being done.
    done, total: finished parts of the stage, of how many (photos, records, tiles); None where none are counted.
    simulated_s, duration_s: simulated time that is reached, and at which the simulation ends [s].
    item, items: which of several answers this is about, counted from 1, and how many there are.
    detail: what this stage alone has to say, such as the loss of an epoch; it replaces the usual sentence.
    """

    share: float
    stage: Stage
    done: int | None = None
    total: int | None = None
    simulated_s: float | None = None
    duration_s: float | None = None
    item: int | None = None
    items: int | None = None
    detail: str = ""


ProgressListener = Callable[[Progress], None]
"""Called now and then while work goes on; raises `errors.Cancelled` to stop it."""


def within(listener: ProgressListener, start: float, end: float) -> ProgressListener:
    """The listener for one part of a work, which takes the whole from the share `start` to the share `end`."""

    def report(progress: Progress) -> None:
        listener(replace(progress, share=start + (end - start) * min(max(progress.share, 0.0), 1.0)))

    return report


def sentence(progress: Progress) -> str:
    """The progress in words for a log, a terminal or an API's answer; pages word it themselves where they know more."""
    text = progress.detail or _USUAL[progress.stage](progress)
    return text if progress.item is None else f"{progress.item} of {progress.items}: {text}"


_USUAL: dict[Stage, Callable[[Progress], str]] = {
    Stage.PREPARING: lambda progress: "Preparing",
    Stage.WAITING: lambda progress: "Waiting until other forecasts are done.",
    Stage.READING: lambda progress: "reading",
    Stage.FETCHING: lambda progress: f"Fetching tile {progress.done} of {progress.total}.",
    Stage.ANSWERING: lambda progress: f"{progress.done} of {progress.total} answered",
    Stage.SIMULATING: lambda progress: (
        f"Computed {progress.simulated_s:,.0f} of {progress.duration_s:,.0f} s of the flood."
    ),
    Stage.CORRECTING: lambda progress: f"Refined {progress.done} of {progress.total} tiles.",
    Stage.ROUTING: lambda progress: "Finding where the water runs.",
    Stage.WRITING: lambda progress: "Writing the maps.",
    Stage.TRAINING: lambda progress: "training",
}
