"""Lines and outlines of a forecast, as fine as a screen shows them: routes, extent, assets, times of arrival."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from core.hydraulics.hazard import WET
from core.maps.flood.folder import Folder
from core.maps.flood.views import DEGREES, View, read

DECIMALS = 6  # of a degree: 0.1 m
NICE_MINUTES = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 360, 720, 1440)
MOST_TIMES = 5  # between the first arrival and the last
SMOOTHED = 2  # blocks to each side that a time of arrival is averaged with: rain on rough ground arrives in specks
SHORTEST = 0.04  # of a line of arrival, as a share of the picture's shorter side
MOST_ROUTES_TOLD = 12  # with their arrival written at them


def outline(folder: Folder, view: View) -> list[list[list[float]]]:
    """The edge of all that is 0.05 m deep at any time, as lines of [latitude, longitude]; small puddles left out."""
    import contourpy
    import shapely

    with folder.raster("max_depth") as dataset:
        blocks = np.nan_to_num(read(view, dataset))
    if min(blocks.shape) < 2:
        return []
    drawn = contourpy.contour_generator(z=np.pad(blocks, 1), name="serial").lines(WET)  # closed at the grid's edges too
    least = SHORTEST * min(blocks.shape)
    edges = shapely.simplify([shapely.LineString(one - 1) for one in drawn if len(one) > 1], 0.5)
    lines = [shapely.get_coordinates(one) for one in edges if one.length >= least]
    return [_swapped(one) for one in _degrees(folder, view, lines)]


def routes(folder: Folder) -> list[dict[str, Any]]:
    """Routes with what is told of each, and marks of arrival along the largest: {line, told, marks}.

    line: [latitude, longitude] of its points. marks: latitude, longitude and text.
    """
    made = []
    for one in folder.features("routes"):
        about, points = one["properties"], np.array(one["geometry"]["coordinates"])
        known = [place for place, time in enumerate(about["arrival_s"]) if time is not None]
        ends = sorted({known[0], known[-1]}) if known and about["rank"] <= MOST_ROUTES_TOLD else []
        marks = [[*_swapped(points[one : one + 1])[0], duration(about["arrival_s"][one])] for one in ends]
        told = (
            f"Route {about['rank']}: {about['volume_m3']:,.0f} m³, up to {about['peak_discharge_m3_per_s']:,.3g} m³/s, "
            f"{about['largest_depth_m']:.2g} m at the deepest ({about['depth']})"
        )
        made.append({"line": _swapped(points), "told": told, "marks": marks})
    return made


def arrivals(folder: Folder, view: View) -> list[dict[str, Any]]:
    """Lines that the water reaches at one time: {text, seconds, lines}, the earliest first; none without water.

    lines: of [latitude, longitude]. Times are smoothed, and short lines left out: the raster has them all.
    """
    import contourpy

    with folder.raster("arrival") as dataset:
        blocks = read(view, dataset, joined="least")
    smooth = _smoothed(blocks)
    if min(smooth.shape) < 2 or not np.isfinite(smooth).any():
        return []
    drawn = contourpy.contour_generator(z=np.ma.masked_invalid(smooth), name="serial")
    least = SHORTEST * min(smooth.shape)
    made = []
    for seconds in times(float(np.nanmin(smooth)), float(np.nanmax(smooth))):
        lines = [one for one in drawn.lines(seconds) if np.hypot(*np.diff(one, axis=0).T).sum() >= least]
        if lines:
            placed = [_swapped(one) for one in _degrees(folder, view, lines)]
            made.append({"text": duration(seconds), "seconds": seconds, "lines": placed})
    return made


def times(first: float, last: float) -> list[float]:
    """Round times between two [s], at most MOST_TIMES."""
    for minutes in NICE_MINUTES:
        apart = 60.0 * minutes
        found = np.arange(np.floor(first / apart) + 1, np.ceil(last / apart)) * apart
        if len(found) <= MOST_TIMES:
            return [float(one) for one in found]
    return [float(one) for one in np.linspace(first, last, MOST_TIMES + 2)[1:-1]]


def duration(seconds: float) -> str:
    """A time since the start as "< 1 min", "45 min", "1 h 30 min" or "2 d 3 h"."""
    minutes = round(seconds / 60)
    if not minutes and seconds > 0:
        return "< 1 min"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, rest = divmod(round(minutes / 60), 24)
    return f"{days} d {rest} h" if rest else f"{days} d"


def _smoothed(blocks: np.ndarray) -> np.ndarray:
    """Each block that the water reaches, averaged with those around it that it reaches; NaN for the others."""
    known = np.isfinite(blocks)
    side = 2 * SMOOTHED + 1
    total, count = (_box(one.astype(np.float64), side) for one in (np.where(known, blocks, 0.0), known))
    enough = known & (count >= 0.4 * side * side)
    made: np.ndarray = np.where(enough, total / np.maximum(count, 1), np.nan)
    return made


def _box(numbers: np.ndarray, side: int) -> np.ndarray:
    """The sum over a square of `side` around each; shape as given."""
    half = side // 2
    summed = np.pad(numbers, ((half + 1, half), (half + 1, half))).cumsum(axis=0).cumsum(axis=1)
    made: np.ndarray = summed[side:, side:] - summed[:-side, side:] - summed[side:, :-side] + summed[:-side, :-side]
    return made


def _degrees(folder: Folder, view: View, lines: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Lines in (column, row) of blocks' middles, as longitude and latitude."""
    turn = folder.to_crs(DEGREES)
    for one in lines:
        cells = (one + 0.5) * view.step + (view.window[2], view.window[0])
        x, y = folder.transform @ (cells[:, 0], cells[:, 1])
        yield np.column_stack(turn.transform(x, y, direction="INVERSE"))


def _swapped(points: np.ndarray) -> list[list[float]]:
    """[latitude, longitude] of (longitude, latitude), as Leaflet wants it."""
    return [[round(float(north), DECIMALS), round(float(east), DECIMALS)] for east, north in points[:, :2]]
