"""Latitude and longitude from a table: swapped ones are put right; what lies in no city counts as missing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.systems.crime.cleaning.findings import FindingsCollector

MAX_DISTANCE = 2.0  # from the table's middle, beyond which a place is in another city [degrees]
MIN_ROWS = 20  # rows below which a table has no middle to speak of
MAX_LATITUDE, MAX_LONGITUDE = 80, 180  # of cities [degrees]
NULL_ISLAND = 0.01  # around 0, 0, where missing coordinates are put [degrees]


def clean_coordinates(
    frame: pd.DataFrame, chosen: Mapping[str, str], collector: FindingsCollector
) -> tuple[pd.Series, pd.Series]:
    """Latitude and longitude of a table's rows; what lies nowhere, at 0, 0 or in another city counts as missing.

    frame: the table as read.
    chosen: {part: column}.
    collector: receives what is wrong.

    Returns two series of shape (rows,), float64 [degrees], NaN where missing.
    """
    missing = pd.Series(np.nan, index=frame.index)
    if "latitude" not in chosen or "longitude" not in chosen:
        return missing, missing.copy()
    names = f"{chosen['latitude']}, {chosen['longitude']}"
    texts = frame[chosen["latitude"]].astype("string") + ", " + frame[chosen["longitude"]].astype("string")
    north, east = (_numbers(frame[chosen[part]]) for part in ("latitude", "longitude"))
    filled = frame[chosen["latitude"]].notna().to_numpy() & frame[chosen["longitude"]].notna().to_numpy()
    unread = filled & (np.isnan(north) | np.isnan(east))
    collector.add("no_number", names, unread, texts, "Expected degrees as numbers. The place counts as missing.")
    swapped = _swapped(north, east)
    north, east = np.where(swapped, east, north), np.where(swapped, north, east)
    put_right = "Latitude and longitude were swapped; they were put right."
    collector.add("swapped_coordinates", names, swapped, texts, put_right)
    with np.errstate(invalid="ignore"):
        impossible = (np.abs(north) > MAX_LATITUDE) | (np.abs(east) > MAX_LONGITUDE)
        impossible |= (np.abs(north) < NULL_ISLAND) & (np.abs(east) < NULL_ISLAND)
    nowhere = "No city lies there. The place counts as missing."
    collector.add("impossible_coordinates", names, impossible, texts, nowhere)
    north[impossible], east[impossible] = np.nan, np.nan
    far = _far(north, east)
    collector.add("far_coordinates", names, far, texts, "Far from all other rows. The place counts as missing.")
    lost = far | np.isnan(north) | np.isnan(east)
    north[lost], east[lost] = np.nan, np.nan
    return pd.Series(north, index=frame.index), pd.Series(east, index=frame.index)


def _numbers(values: pd.Series) -> np.ndarray:
    """Numbers as float64, NaN for what is none; a comma may be the decimal sign."""
    if not pd.api.types.is_numeric_dtype(values):
        values = pd.to_numeric(values.astype("string").str.strip().str.replace(",", ".", regex=False), errors="coerce")
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan).copy())


def _swapped(north: np.ndarray, east: np.ndarray) -> np.ndarray:
    """Rows whose two numbers only make sense the other way round: by range, or by where the other rows lie."""
    with np.errstate(invalid="ignore"):
        by_range = (np.abs(north) > 90) & (np.abs(north) <= MAX_LONGITUDE) & (np.abs(east) <= MAX_LATITUDE)
    right = ~by_range & np.isfinite(north) & np.isfinite(east)
    if right.sum() < MIN_ROWS:
        return np.asarray(by_range)
    middle = np.median(north[right]), np.median(east[right])
    if abs(middle[0] - middle[1]) < 2 * MAX_DISTANCE:
        return np.asarray(by_range)
    with np.errstate(invalid="ignore"):
        by_middle = (np.abs(east - middle[0]) < MAX_DISTANCE) & (np.abs(north - middle[1]) < MAX_DISTANCE)
    return np.asarray(by_range | by_middle)


def _far(north: np.ndarray, east: np.ndarray) -> np.ndarray:
    """Rows that lie too far from the middle of all to be in the same city; boolean, shape (rows,)."""
    located = np.isfinite(north) & np.isfinite(east)
    if located.sum() < MIN_ROWS:
        return np.zeros(len(north), dtype=bool)
    middle = np.median(north[located]), np.median(east[located])
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(north - middle[0]) > MAX_DISTANCE) | (np.abs(east - middle[1]) > MAX_DISTANCE))
