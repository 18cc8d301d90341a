"""Scores of flood extents: how far a forecast agrees with a reference, cell by cell; None where a score has no meaning.

A cell is wet where its depth reaches a threshold. With a = cells that are wet in both, b = in the forecast alone,
c = in the reference alone, the scores are those of forecast verification (Wilks 2011, Statistical Methods in the
Atmospheric Sciences, section 8.2):

- critical success index, CSI = a / (a + b + c);
- hit rate, H = a / (a + c);
- false alarm ratio, FAR = b / (a + b).

Arrays of one comparison have one shape, (rows, cols); in depths NaN counts as dry.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics.hazard import KNEE_DEEP, WET

THRESHOLDS = {"005": WET, "030": KNEE_DEEP}  # by what they are called in the names of scores [m]


def csi(depth: np.ndarray, true: np.ndarray, threshold: float) -> float | None:
    """Critical success index, a / (a + b + c); None where neither is wet.

    depth: of the forecast, shape (rows, cols) [m].
    true: of the reference, likewise [m].
    threshold: from which a cell is wet [m].
    """
    ours, theirs = _is_wet(depth, threshold), _is_wet(true, threshold)
    return _share(ours & theirs, ours | theirs)


def hit_rate(depth: np.ndarray, true: np.ndarray, threshold: float) -> float | None:
    """Hit rate, a / (a + c); None where the reference is dry. The arguments are those of `csi`."""
    theirs = _is_wet(true, threshold)
    return _share(_is_wet(depth, threshold) & theirs, theirs)


def false_alarm_ratio(depth: np.ndarray, true: np.ndarray, threshold: float) -> float | None:
    """False alarm ratio, b / (a + b); None where the forecast is dry. The arguments are those of `csi`."""
    ours = _is_wet(depth, threshold)
    return _share(ours & ~_is_wet(true, threshold), ours)


def wet_errors(depth: np.ndarray, true: np.ndarray, threshold: float = WET) -> tuple[float | None, float | None]:
    """RMSE = sqrt(mean((depth - true)^2)) and MAE = mean(|depth - true|) over cells that are wet in either [m].

    None where neither is wet. The arguments are those of `csi`.
    """
    wet = _is_wet(depth, threshold) | _is_wet(true, threshold)
    if not wet.any():
        return None, None
    error = np.nan_to_num(depth)[wet] - np.nan_to_num(true)[wet]
    return float(np.sqrt(np.mean(np.square(error)))), float(np.mean(np.abs(error)))


def arrival_error(arrival: np.ndarray, true: np.ndarray) -> float | None:
    """Mean absolute error of the arrival over cells where both have one [s]; None where there is no such cell.

    arrival: of the forecast, NaN for never, shape (rows, cols) [s].
    true: of the reference, likewise [s].
    """
    both = np.isfinite(arrival) & np.isfinite(true)
    return float(np.mean(np.abs(arrival[both] - true[both]))) if both.any() else None


def scores(depth: np.ndarray, true: np.ndarray) -> dict[str, float | None]:
    """All scores that need depths alone, by the names that `evaluate` tells.

    depth: greatest depth of the forecast, shape (rows, cols) [m].
    true: of the reference, likewise [m].
    """
    rmse, mae = wet_errors(depth, true)
    return {
        "csi_005": csi(depth, true, THRESHOLDS["005"]),
        "csi_030": csi(depth, true, THRESHOLDS["030"]),
        "hit_005": hit_rate(depth, true, THRESHOLDS["005"]),
        "false_alarm_005": false_alarm_ratio(depth, true, THRESHOLDS["005"]),
        "rmse_wet_m": rmse,
        "mae_wet_m": mae,
    }


def _is_wet(depth: np.ndarray, threshold: float) -> np.ndarray:
    """Which cells reach the threshold; no data is dry."""
    wet: np.ndarray = np.nan_to_num(depth, nan=0.0) >= threshold
    return wet


def _share(part: np.ndarray, total: np.ndarray) -> float | None:
    """How many cells of `part` there are for each of `total`; None where that has none."""
    count = int(np.count_nonzero(total))
    return int(np.count_nonzero(part)) / count if count else None
