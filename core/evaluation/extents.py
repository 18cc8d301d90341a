"""How far a flood's forecast agrees with a reference: pure functions of rasters, None where a figure has no meaning.

CSI, hit rate and false-alarm ratio are those of forecast verification (Wilks 2011, Statistical Methods in the
Atmospheric Sciences, table 8.1), cell by cell.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics.hazard import WET

DEPTHS = {"005": WET, "030": 0.3}  # [m]


def csi(depth: np.ndarray, true: np.ndarray, limit: float) -> float | None:
    """Cells where both reach `limit`, of those where either does; depths of one shape, NaN counts as dry [m]."""
    ours, theirs = _reach(depth, limit), _reach(true, limit)
    return _share(ours & theirs, ours | theirs)


def hit_rate(depth: np.ndarray, true: np.ndarray, limit: float) -> float | None:
    """Of the cells where the reference reaches `limit`, those where the forecast does too."""
    theirs = _reach(true, limit)
    return _share(_reach(depth, limit) & theirs, theirs)


def false_alarm_ratio(depth: np.ndarray, true: np.ndarray, limit: float) -> float | None:
    """Of the cells where the forecast reaches `limit`, those where the reference does not."""
    ours = _reach(depth, limit)
    return _share(ours & ~_reach(true, limit), ours)


def wet_errors(depth: np.ndarray, true: np.ndarray, limit: float = WET) -> tuple[float | None, float | None]:
    """Root mean square and mean absolute difference where either reaches `limit` [m]."""
    wet = _reach(depth, limit) | _reach(true, limit)
    if not wet.any():
        return None, None
    apart = np.nan_to_num(depth)[wet] - np.nan_to_num(true)[wet]
    return float(np.sqrt(np.mean(np.square(apart)))), float(np.mean(np.abs(apart)))


def arrival_error(arrival: np.ndarray, true: np.ndarray) -> float | None:
    """Mean absolute difference where both have a time [s]."""
    known = np.isfinite(arrival) & np.isfinite(true)
    return float(np.mean(np.abs(arrival[known] - true[known]))) if known.any() else None


def scores(depth: np.ndarray, true: np.ndarray) -> dict[str, float | None]:
    """All of the above that need depths alone, by the names that `evaluate` tells."""
    rmse, mae = wet_errors(depth, true)
    return {
        "csi_005": csi(depth, true, DEPTHS["005"]),
        "csi_030": csi(depth, true, DEPTHS["030"]),
        "hit_005": hit_rate(depth, true, DEPTHS["005"]),
        "false_alarm_005": false_alarm_ratio(depth, true, DEPTHS["005"]),
        "rmse_wet_m": rmse,
        "mae_wet_m": mae,
    }


def _reach(depth: np.ndarray, limit: float) -> np.ndarray:
    made: np.ndarray = np.nan_to_num(depth, nan=0.0) >= limit
    return made


def _share(part: np.ndarray, whole: np.ndarray) -> float | None:
    count = int(np.count_nonzero(whole))
    return int(np.count_nonzero(part)) / count if count else None
