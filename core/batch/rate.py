"""How fast a batch goes: what this run answered by the time it took, and what that leaves."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from core.progress import Progress, Stage

SECONDS_PER_MINUTE, MINUTES_PER_HOUR = 60, 60


@dataclass
class RunRate:
    """Inputs of a run: of `total`, `earlier` were answered by an interrupted run before."""

    total: int
    earlier: int
    added: int = 0
    started: float = field(default_factory=time.monotonic)

    def add(self, inputs: int) -> None:
        """Count inputs that were answered."""
        self.added += inputs

    @property
    def per_second(self) -> float:
        """Inputs that this run answered in a second."""
        return self.added / max(time.monotonic() - self.started, 1e-9)

    def progress(self) -> Progress:
        """The share that is done, the rate and the time left."""
        done = self.earlier + self.added
        text = f"{done:,} of {self.total:,} answered"
        if self.added:
            text += f", {self.per_second:,.1f}/s, {_duration((self.total - done) / self.per_second)} left"
        elif self.earlier:
            text += " before; going on"
        return Progress(done / self.total, Stage.ANSWERING, done=done, total=self.total, detail=text)


def _duration(seconds: float) -> str:
    """A time that is left, as precisely as it can be known."""
    minutes = round(seconds / SECONDS_PER_MINUTE)
    if minutes < 2:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 2 * MINUTES_PER_HOUR else f"{minutes / MINUTES_PER_HOUR:.1f} h"
