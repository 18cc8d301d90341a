"""A version at work: physics, then the residual network, then what follows from both, as one forecast.

A version without a network file answers by physics alone, without intervals.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from core.hydraulics.domain import Domain, Hydrograph, hydrograph
from core.hydraulics.downscaling import discharge
from core.hydraulics.local_inertial.solver import Balance
from core.progress import Progress, ProgressListener, Stage, within
from core.settings import settings
from core.systems.flood.correction.over_time import CorrectedFlood
from core.systems.flood.correction.residual import ResidualNetwork
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.physics import MODES, Physics
from core.systems.flood.physics import forecast as compute
from core.systems.flood.question import Question
from core.systems.flood.terrain.terrain import Terrain

PHYSICS_SHARE = 0.7  # of the time, for progress
CORRECTED_SHARE = 0.9


@dataclass(frozen=True)
class Run:
    """A forecast, and the physics that it started from; the depths at lead times of both are the forecast's."""

    forecast: FloodForecast
    physics: Physics


class Network(Protocol):
    """What the engine asks of `residual.ResidualNetwork`."""

    def correct(
        self, domain: Domain, physics: Physics, rain: Hydrograph | None, progress: ProgressListener | None = None
    ) -> CorrectedFlood:
        """A better forecast than the physics', with intervals."""


@dataclass(frozen=True)
class FloodEngine:
    """One version; residual: its network, or None. Safe to call from several threads."""

    version: str
    residual: Network | None

    @staticmethod
    def load(folder: Path) -> FloodEngine:
        """The engine of the artefacts in `folder`."""
        return FloodEngine(folder.name, ResidualNetwork.load(folder))

    def run(self, asked: Question, progress: ProgressListener | None = None) -> Run:
        """Answer a question. Raises InvalidInput, and Cancelled from `progress`."""
        started = time.perf_counter()
        tell = progress or _untold
        domain, mode = asked.domain, MODES[asked.mode]
        times = sorted({*asked.lead_times, asked.duration})  # at the end the volume is looked at
        solving, threads = within(tell, 0.0, PHYSICS_SHARE), settings().inference_threads
        physics = compute(domain, asked.duration, asked.rain, asked.inflows, times, mode, solving, threads)
        found: Physics | CorrectedFlood = physics
        if self.residual is not None:
            network = within(tell, PHYSICS_SHARE, CORRECTED_SHARE)
            found = self.residual.correct(domain, physics, asked.rain, network)
        tell(Progress(CORRECTED_SHARE, Stage.ROUTING))
        return Run(self._forecast(asked, physics, found, started), physics)

    def warm_up(self) -> None:
        """Have all loops compiled or read from disk, so that the next run's time is that of its work."""
        self.run(_small_event())

    def _forecast(
        self, asked: Question, physics: Physics, found: Physics | CorrectedFlood, started: float
    ) -> FloodForecast:
        domain, factor, count = asked.domain, physics.coarse.factor, len(asked.lead_times)
        depth = found.moments[:count]  # the end, if it is none of them, comes last
        east, south = (
            discharge.UnitDischarge(domain, depth, flows, factor, bool(way), settings().inference_threads)
            for way, flows in enumerate(zip(*physics.flows[:count], strict=True))
        )
        low, high = (found.low, found.high) if isinstance(found, CorrectedFlood) else (None, None)
        return FloodForecast(
            terrain=asked.ground,
            lead_times=asked.lead_times,
            depth=depth,
            east=east,
            south=south,
            max_depth=found.max_depth,
            arrival=found.arrival,
            max_speed=discharge.greatest_speed(domain, found.max_depth, physics.coarse.highest, factor),
            balance=_balance(domain, physics, found.moments[-1]),
            engine="physics" if low is None else "network",
            mode=asked.mode,
            version=self.version,
            seconds=time.perf_counter() - started,
            low=low,
            high=high,
        )


def _untold(progress: Progress) -> None:
    """Stands in where nobody asked for the progress."""


def _balance(domain: Domain, physics: Physics, last: np.ndarray) -> Balance:
    """The coarse run's, but with what the depths at the end hold: the error is that of all steps together."""
    said = physics.balance
    stored = float(np.nansum(last, dtype=np.float64)) * domain.dx * domain.dy
    return Balance(said.rain, said.inflow, said.outflow, stored)


def _small_event() -> Question:
    """Rain on a slope, to warm up with."""
    from affine import Affine

    rows, cols = np.mgrid[:48, :48]
    ground = 10.0 - 0.05 * rows + 0.2 * np.sin(cols / 5.0)
    where = Terrain(ground, 10.0, 10.0, None, Affine.scale(10.0, -10.0), None)
    rain = hydrograph([(0, 50), (60, 50)], 1 / 3.6e6)
    return Question(where, Domain(ground, 10.0, 10.0), 60.0, rain, (), (30.0, 60.0), "fast")
