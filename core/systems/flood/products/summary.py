"""A forecast in a few numbers, for a page's head, an answer and a log's row."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.hydraulics.hazard import DEPTH_WORDS, HAZARD_WORDS, HAZARDS, WET, depth_class
from core.systems.flood.forecast import FloodForecast


def summary(forecast: FloodForecast) -> dict[str, Any]:
    """Numbers and words that JSON can hold: areas [m2], volumes [m3], depths [m], times [s], None for never.

    flooded_m2: with 0.05 m or more at any time, and by class of depth and hazard. largest_volume_m3: of the water on
    the ground at the fullest lead time. mass_error: share of the water that is unaccounted for.
    """
    ground, balance = forecast.terrain, forecast.balance
    cell = ground.dx * ground.dy
    areas = np.bincount(depth_class(forecast.max_depth).ravel(), minlength=len(DEPTH_WORDS) + 1) * cell
    wet = np.nan_to_num(forecast.max_depth) >= WET
    hazards = np.bincount(np.digitize(forecast.hazard[wet], HAZARDS), minlength=len(HAZARD_WORDS)) * cell
    volumes = [float(np.nansum(one, dtype=np.float64)) * cell for one in forecast.depth]
    return {
        "cells": int(ground.valid.sum()),
        "cell_size_m": [float(ground.dx), float(ground.dy)],
        "area_m2": float(ground.valid.sum() * cell),
        "flooded_m2": float(areas[1:].sum()),
        "flooded_m2_by_depth": dict(zip(DEPTH_WORDS, areas[1:].tolist(), strict=True)),
        "flooded_m2_by_hazard": dict(zip(HAZARD_WORDS, hazards.tolist(), strict=True)),
        "largest_volume_m3": max(volumes),
        "largest_depth_m": _largest(forecast.max_depth),
        "largest_speed_m_per_s": _largest(forecast.max_speed),
        "first_arrival_s": _quantile(forecast.arrival, 0.0),
        "half_arrived_s": _quantile(forecast.arrival, 0.5),
        "rain_m3": balance.rain,
        "inflow_m3": balance.inflow,
        "outflow_m3": balance.outflow,
        "mass_error": balance.error,
        "lead_times_s": [float(one) for one in forecast.lead_times],
        "engine": forecast.engine,
        "mode": forecast.mode,
        "version": forecast.version,
        "seconds": forecast.seconds,
        "notes": list(ground.notes),
    }


def _largest(raster: np.ndarray) -> float:
    return float(np.nan_to_num(raster, nan=0.0).max())


def _quantile(raster: np.ndarray, share: float) -> float | None:
    """Of the cells that have a number; None if none has one."""
    known = raster[np.isfinite(raster)]
    return float(np.quantile(known, share)) if known.size else None
