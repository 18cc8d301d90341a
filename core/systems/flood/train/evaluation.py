"""How well a version forecasts one event: beside the event's own reference, or the solver, and surveyed levels."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from core.evaluation import extents
from core.hydraulics.local_inertial.solver import solve
from core.progress import ProgressListener
from core.systems.flood import event
from core.systems.flood.engine import FloodEngine, ForecastRun
from core.systems.flood.forecast import FloodForecast, of_simulation
from core.systems.flood.intake import of_event
from core.systems.flood.train import levels

NONE = dict.fromkeys(("csi_005", "csi_030", "hit_005", "false_alarm_005", "rmse_wet_m", "mae_wet_m", "arrival_mae_s"))
"""What a forecast that is its own reference has no figures of."""


def figures(
    engine: FloodEngine,
    found: event.Event,
    chosen: Literal["network", "solver"],
    mode: Literal["accurate", "fast"],
    progress: ProgressListener,
) -> dict[str, Any]:
    """The figures of one event, None where one does not apply.

    The reference is the event's own maximum depth; without one, the solver. All loops are compiled before anything is
    timed: `seconds` is the forecast's time from the event to all rasters, `solver_seconds` the solver's where it ran.
    """
    engine.warm_up()
    solve(found.domain, min(1.0, found.duration), found.rain, found.inflows)
    run: ForecastRun | None = None
    by_solver: FloodForecast | None = None
    if chosen == "solver":
        forecast = by_solver = _solved(found, progress)
    else:
        run = engine.run(of_event(found, mode), progress)
        forecast = run.forecast
        by_solver = _solved(found, progress) if found.reference_max_depth is None else None
    reference, arrival = _reference(found, by_solver if run else None)
    return {
        **(NONE if reference is None else extents.scores(forecast.max_depth, reference)),
        "arrival_mae_s": None if arrival is None else extents.arrival_error(forecast.arrival, arrival),
        "level_rmse_m": _level_error(found, forecast),
        "mass_error": forecast.balance.error,
        "csi_005_without_network": _without(run, reference, "005"),
        "csi_030_without_network": _without(run, reference, "030"),
        "seconds": forecast.seconds,
        "solver_seconds": by_solver.seconds if by_solver else None,
        "cells": int(found.ground.valid.sum()),
    }


def _solved(found: event.Event, progress: ProgressListener) -> FloodForecast:
    run = solve(found.domain, found.duration, found.rain, found.inflows, [found.duration], progress=progress)
    return of_simulation(found.ground, run)


def _reference(found: event.Event, by_solver: FloodForecast | None) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Maximum depth and arrival; the solver is no reference for itself."""
    if found.reference_max_depth is not None:
        return found.reference_max_depth, None
    return (by_solver.max_depth, by_solver.arrival) if by_solver else (None, None)


def _without(run: ForecastRun | None, reference: np.ndarray | None, name: str) -> float | None:
    if run is None or reference is None:
        return None
    return extents.csi(run.physics.max_depth, reference, extents.DEPTHS[name])


def _level_error(found: event.Event, forecast: FloodForecast) -> float | None:
    if found.observations is None:
        return None
    computed = levels.at(found.ground, found.domain.elevation, forecast.max_depth, found.observations)
    error = levels.rmse(computed, found.observations.level)
    return error if math.isfinite(error) else None
