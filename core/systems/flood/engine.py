"""A version at work: physics, then the residual network, then what follows from both, as one forecast.

A version without a network file answers by physics alone, without intervals.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from affine import Affine

from core.hydraulics.domain import Domain, Hydrograph, hydrograph
from core.hydraulics.downscaling import discharge
from core.hydraulics.results import Balance
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
class ForecastRun:
    """A forecast, and the physics that it started from; the depths at lead times of both are the forecast's."""

    forecast: FloodForecast
    physics: Physics


class CorrectionNetwork(Protocol):
    """What the engine asks of `residual.ResidualNetwork`."""

    def correct(
        self, domain: Domain, physics: Physics, rain: Hydrograph | None, progress: ProgressListener | None = None
    ) -> CorrectedFlood:
        """A better forecast than the physics', with intervals."""


@dataclass(frozen=True)
class FloodEngine:
    """One version of the model. Safe to call from several threads.

    version: its name.
    residual: its network; None for physics alone.
    """

    version: str
    residual: CorrectionNetwork | None

    @staticmethod
    def load(folder: Path) -> FloodEngine:
        """The engine of the artefacts in `folder`."""
        return FloodEngine(folder.name, ResidualNetwork.load(folder))

    def run(self, question: Question, progress: ProgressListener | None = None) -> ForecastRun:
        """Answer a question. Raises InvalidInput, and Cancelled from `progress`."""
        started = time.perf_counter()
        report = progress or _unreported
        domain, rain, mode = question.domain, question.rain, MODES[question.mode]
        times = sorted({*question.lead_times, question.duration})  # the volume at the end enters the balance
        solving, threads = within(report, 0.0, PHYSICS_SHARE), settings().inference_threads
        physics = compute(domain, question.duration, rain, question.inflows, times, mode, solving, threads)
        result: Physics | CorrectedFlood = physics
        if self.residual is not None:
            correcting = within(report, PHYSICS_SHARE, CORRECTED_SHARE)
            result = self.residual.correct(domain, physics, rain, correcting)
        report(Progress(CORRECTED_SHARE, Stage.ROUTING))
        return ForecastRun(self._forecast(question, physics, result, started), physics)

    def warm_up(self) -> None:
        """Have all loops compiled or read from disk, so that the next run's time is that of its work."""
        self.run(_small_event())

    def _forecast(
        self, question: Question, physics: Physics, result: Physics | CorrectedFlood, started: float
    ) -> FloodForecast:
        """What the engine says: depths from `result`, flow from `physics`; started: time of the start [s]."""
        domain, factor, count = question.domain, physics.coarse.factor, len(question.lead_times)
        depth = result.moments[:count]  # the end, if it is none of the lead times, comes last
        east, south = (
            discharge.UnitDischarge(domain, depth, flows, factor, bool(southward), settings().inference_threads)
            for southward, flows in enumerate(zip(*physics.flows[:count], strict=True))
        )
        low, high = (result.low, result.high) if isinstance(result, CorrectedFlood) else (None, None)
        return FloodForecast(
            terrain=question.ground,
            lead_times=question.lead_times,
            depth=depth,
            east=east,
            south=south,
            max_depth=result.max_depth,
            arrival=result.arrival,
            max_speed=discharge.downscale_max_speed(domain, result.max_depth, physics.coarse.highest, factor),
            balance=_balance(domain, physics, result.moments[-1]),
            engine="physics" if low is None else "network",
            mode=question.mode,
            version=self.version,
            seconds=time.perf_counter() - started,
            low=low,
            high=high,
            arrival_spread=result.arrival_spread if isinstance(result, CorrectedFlood) else None,
        )


def _unreported(progress: Progress) -> None:
    """Listens where nobody asked for the progress."""


def _balance(domain: Domain, physics: Physics, last: np.ndarray) -> Balance:
    """The water balance of the coarse run, with what the depths at the end hold: the error is that of all steps.

    last: depth at the end of the event, shape (rows, cols) [m].
    """
    coarse = physics.balance
    stored = float(np.nansum(last, dtype=np.float64)) * domain.dx * domain.dy
    return Balance(coarse.rain, coarse.inflow, coarse.outflow, stored)


def _small_event() -> Question:
    """Rain on a slope, to warm up with."""
    rows, cols = np.mgrid[:48, :48]
    ground = 10.0 - 0.05 * rows + 0.2 * np.sin(cols / 5.0)
    terrain = Terrain(ground, 10.0, 10.0, None, Affine.scale(10.0, -10.0), None)
    rain = hydrograph([(0, 50), (60, 50)], 1 / 3.6e6)
    return Question(terrain, Domain(ground, 10.0, 10.0), 60.0, rain, (), (30.0, 60.0), "fast")
