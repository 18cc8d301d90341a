"""How well a version forecasts one event: beside the event's own reference, or the solver, and surveyed levels."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from core.evaluation import extents
from core.hydraulics.local_inertial.solver import solve
from core.progress import ProgressListener
from core.systems.flood import surveyed_levels
from core.systems.flood.engine import FloodEngine, ForecastRun
from core.systems.flood.event import Event
from core.systems.flood.forecast import FloodForecast, of_simulation
from core.systems.flood.intake import of_event

NO_FIGURES: dict[str, None] = dict.fromkeys(
    ("csi_005", "csi_030", "hit_005", "false_alarm_005", "rmse_wet_m", "mae_wet_m", "arrival_mae_s")
)
"""What a forecast that is its own reference has no figures of."""


def figures(
    engine: FloodEngine,
    event: Event,
    method: Literal["network", "solver"],
    mode: Literal["accurate", "fast"],
    progress: ProgressListener,
) -> dict[str, float | None]:
    """The figures of one event, None where one does not apply.

    engine: the version.
    event: what is forecast.
    method: what is measured.
    mode: of the version's physics.

    The reference is the event's own maximum depth; without one, the solver. All loops are compiled before anything is
    timed: `seconds` is the forecast's time from the event to all rasters, `solver_seconds` the solver's where it ran.
    """
    engine.warm_up()
    solve(event.domain, min(1.0, event.duration), event.rain, event.inflows)
    run: ForecastRun | None = None
    by_solver: FloodForecast | None = None
    if method == "solver":
        forecast = by_solver = _solve(event, progress)
    else:
        run = engine.run(of_event(event, mode), progress)
        forecast = run.forecast
        by_solver = _solve(event, progress) if event.reference_max_depth is None else None
    reference, arrival = _reference(event, by_solver if run else None)
    return {
        **(NO_FIGURES if reference is None else extents.scores(forecast.max_depth, reference)),
        "arrival_mae_s": None if arrival is None else extents.arrival_error(forecast.arrival, arrival),
        "level_rmse_m": _level_rmse(event, forecast),
        "mass_error": forecast.balance.error,
        "csi_005_without_network": _csi_without_network(run, reference, "005"),
        "csi_030_without_network": _csi_without_network(run, reference, "030"),
        "seconds": forecast.seconds,
        "solver_seconds": by_solver.seconds if by_solver else None,
        "cells": int(event.ground.valid.sum()),
    }


def _solve(event: Event, progress: ProgressListener) -> FloodForecast:
    """The solver's forecast of an event, with the depth at its end."""
    run = solve(event.domain, event.duration, event.rain, event.inflows, [event.duration], progress=progress)
    return of_simulation(event.ground, run)


def _reference(event: Event, by_solver: FloodForecast | None) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Maximum depth [m] and arrival [s] to compare with; by_solver: None where the solver itself is measured."""
    if event.reference_max_depth is not None:
        return event.reference_max_depth, None
    return (by_solver.max_depth, by_solver.arrival) if by_solver else (None, None)


def _csi_without_network(run: ForecastRun | None, reference: np.ndarray | None, threshold: str) -> float | None:
    """The CSI of the physics alone; threshold: a key of `extents.THRESHOLDS`."""
    if run is None or reference is None:
        return None
    return extents.csi(run.physics.max_depth, reference, extents.THRESHOLDS[threshold])


def _level_rmse(event: Event, forecast: FloodForecast) -> float | None:
    """Root mean square of the differences to surveyed levels [m]; None without a survey, or where no point is wet."""
    if event.observations is None:
        return None
    computed = surveyed_levels.sample_levels(
        event.ground, event.domain.elevation, forecast.max_depth, event.observations
    )
    error = surveyed_levels.rmse(computed, event.observations.level)
    return error if math.isfinite(error) else None
