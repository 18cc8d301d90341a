"""A forecast in a few numbers, for a page's head, an answer and a log's row."""

from __future__ import annotations

import numpy as np

from core.artefacts.forecast_files import ForecastSummary
from core.hydraulics.hazard import DEPTH_WORDS, HAZARD_WORDS, HAZARDS, WET, depth_class
from core.systems.flood.forecast import FloodForecast


def summarise(forecast: FloodForecast) -> ForecastSummary:
    """Numbers and words that JSON can hold."""
    ground, balance = forecast.terrain, forecast.balance
    cell = ground.dx * ground.dy
    areas = np.bincount(depth_class(forecast.max_depth).ravel(), minlength=len(DEPTH_WORDS) + 1) * cell
    wet = np.nan_to_num(forecast.max_depth) >= WET
    hazards = np.bincount(np.digitize(forecast.hazard[wet], HAZARDS), minlength=len(HAZARD_WORDS)) * cell
    deepest = int(np.argmax(np.nan_to_num(forecast.max_depth, nan=-1.0)))
    first, spread = _quantile(forecast.arrival, 0.0), forecast.arrival_spread
    interval = (None, None) if first is None or spread is None else spread.of_first(first)
    volumes = [float(np.nansum(depth, dtype=np.float64)) * cell for depth in forecast.depth]
    return {
        "cells": int(ground.valid.sum()),
        "cell_size_m": [float(ground.dx), float(ground.dy)],
        "area_m2": float(ground.valid.sum() * cell),
        "flooded_m2": float(areas[1:].sum()),
        "flooded_m2_by_depth": dict(zip(DEPTH_WORDS, areas[1:].tolist(), strict=True)),
        "flooded_m2_by_hazard": dict(zip(HAZARD_WORDS, hazards.tolist(), strict=True)),
        "largest_volume_m3": max(volumes),
        "largest_depth_m": _maximum(forecast.max_depth),
        "largest_depth_low_m": _cell(forecast.low, deepest),
        "largest_depth_high_m": _cell(forecast.high, deepest),
        "largest_speed_m_per_s": _maximum(forecast.max_speed),
        "first_arrival_s": first,
        "first_arrival_low_s": interval[0],
        "first_arrival_high_s": interval[1],
        "half_arrived_s": _quantile(forecast.arrival, 0.5),
        "rain_m3": balance.rain,
        "inflow_m3": balance.inflow,
        "outflow_m3": balance.outflow,
        "mass_error": balance.error,
        "lead_times_s": [float(time) for time in forecast.lead_times],
        "engine": forecast.engine,
        "mode": forecast.mode,
        "version": forecast.version,
        "seconds": forecast.seconds,
        "notes": list(ground.notes),
    }


def _maximum(raster: np.ndarray) -> float:
    """The greatest value, no data counting as 0."""
    return float(np.nan_to_num(raster, nan=0.0).max())


def _cell(raster: np.ndarray | None, index: int) -> float | None:
    """The number of one cell by its flat index; None where there is none."""
    value = np.nan if raster is None else raster.ravel()[index]
    return float(value) if np.isfinite(value) else None


def _quantile(raster: np.ndarray, share: float) -> float | None:
    """The quantile over the cells that have a number; None if none has one."""
    numbers = raster[np.isfinite(raster)]
    return float(np.quantile(numbers, share)) if numbers.size else None
