"""Lines and outlines of a forecast, as fine as a screen shows them: routes, extent, assets, times of arrival."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypedDict, cast

import numpy as np

from core.artefacts import forecast_files
from core.artefacts.forecast_files import RouteProperties
from core.hydraulics.hazard import WET
from core.maps.flood.forecast_folder import ForecastFolder
from core.maps.flood.views import DEGREES, View, read_blocks
from core.written_numbers import significant

DECIMALS = 6  # of a degree: 0.1 m
NICE_MINUTES = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 360, 720, 1440)
MAX_TIMES = 5  # of arrival that have lines, between the first and the last
SMOOTHING_RADIUS = 2  # blocks to each side over which arrival is averaged: rain on rough ground arrives in specks
MIN_LINE_SHARE = 0.04  # of the picture's shorter side: shorter lines are left out
MAX_LABELLED_ROUTES = 12  # with their arrival written at them

LatLon = list[list[float]]
"""The points of a line as Leaflet takes them: [latitude, longitude] each [degrees]."""


class MapRoute(TypedDict):
    """A route as the map draws it. told: its numbers in words; marks: latitude, longitude and text of each."""

    line: LatLon
    told: str
    marks: list[list[float | str]]


class ArrivalLines(TypedDict):
    """Lines that the water reaches at one time, which `text` says."""

    text: str
    seconds: float
    lines: list[LatLon]


def outline(folder: ForecastFolder, view: View) -> list[LatLon]:
    """The edge of all that is 0.05 m deep at any time, as lines; those around small puddles are left out."""
    import contourpy
    import shapely

    with folder.raster(forecast_files.MAX_DEPTH) as dataset:
        blocks = np.nan_to_num(read_blocks(view, dataset))
    if min(blocks.shape) < 2:
        return []
    padded = np.pad(blocks, 1)  # so that lines are closed at the grid's edges too
    contours = contourpy.contour_generator(z=padded, name="serial").lines(WET)
    min_length = MIN_LINE_SHARE * min(blocks.shape)
    edges = shapely.simplify([shapely.LineString(line - 1) for line in contours if len(line) > 1], 0.5)
    lines = [shapely.get_coordinates(line) for line in edges if line.length >= min_length]
    return [_swapped(line) for line in _degrees(folder, view, lines)]


def routes(folder: ForecastFolder, time_text: Callable[[float], str] | None = None) -> list[MapRoute]:
    """The routes of the water; those that carry most have the time of arrival at both ends of what is reached.

    time_text: how the map writes a time since the start [s]; None for `duration_words`.
    """
    written = time_text or duration_words
    routes: list[MapRoute] = []
    for feature in folder.features(forecast_files.ROUTES):
        properties = cast(RouteProperties, feature["properties"])
        points = np.array(feature["geometry"]["coordinates"])
        reached = [index for index, time in enumerate(properties["arrival_s"]) if time is not None]
        ends = sorted({reached[0], reached[-1]}) if reached and properties["rank"] <= MAX_LABELLED_ROUTES else []
        marks: list[list[float | str]] = [
            [*_swapped(points[index : index + 1])[0], written(properties["arrival_s"][index] or 0.0)] for index in ends
        ]
        text = (
            f"Route {properties['rank']}: {properties['volume_m3']:,.0f} m³, "
            f"up to {properties['peak_discharge_m3_per_s']:,.3g} m³/s, "
            f"{significant(properties['largest_depth_m'], 2)} m at the deepest ({properties['depth']})"
            f"{_reached(properties, written)}"
        )
        routes.append({"line": _swapped(points), "told": text, "marks": marks})
    return routes


def _reached(properties: RouteProperties, written: Callable[[float], str]) -> str:
    """When the water comes along a route, as the end of a sentence; empty where it is never 0.05 m deep."""
    first, last = properties["first_arrival_s"], properties["last_arrival_s"]
    if first is None or last is None:
        return ""
    ends = written(first), written(last)
    return f", reached {ends[0]}" if ends[0] == ends[1] else f", reached {ends[0]} to {ends[1]}"


def arrivals(folder: ForecastFolder, view: View) -> list[ArrivalLines]:
    """Lines of equal arrival time, the earliest first; none without water.

    Times are smoothed, and short lines left out: the raster has them all.
    """
    import contourpy

    with folder.raster(forecast_files.ARRIVAL) as dataset:
        blocks = read_blocks(view, dataset, statistic="min")
    smooth = _smoothed(blocks)
    if min(smooth.shape) < 2 or not np.isfinite(smooth).any():
        return []
    contours = contourpy.contour_generator(z=np.ma.masked_invalid(smooth), name="serial")
    min_length = MIN_LINE_SHARE * min(smooth.shape)
    levels: list[ArrivalLines] = []
    for seconds in contour_times(float(np.nanmin(smooth)), float(np.nanmax(smooth))):
        lines = [line for line in contours.lines(seconds) if np.hypot(*np.diff(line, axis=0).T).sum() >= min_length]
        if lines:
            on_map = [_swapped(line) for line in _degrees(folder, view, lines)]
            levels.append({"text": duration_words(seconds), "seconds": seconds, "lines": on_map})
    return levels


def contour_times(first: float, last: float) -> list[float]:
    """Round times between the first arrival and the last [s], at most MAX_TIMES."""
    for minutes in NICE_MINUTES:
        interval = 60.0 * minutes
        times = np.arange(np.floor(first / interval) + 1, np.ceil(last / interval)) * interval
        if len(times) <= MAX_TIMES:
            return [float(time) for time in times]
    return [float(time) for time in np.linspace(first, last, MAX_TIMES + 2)[1:-1]]


def duration_words(seconds: float) -> str:
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
    """Arrival averaged over the square around each block, of reached blocks alone; NaN where few are reached.

    blocks: arrival [s], NaN where the water does not come; the result has the same shape.
    """
    reached = np.isfinite(blocks)
    side = 2 * SMOOTHING_RADIUS + 1
    total, count = (
        _square_sums(values.astype(np.float64), side) for values in (np.where(reached, blocks, 0.0), reached)
    )
    enough = reached & (count >= 0.4 * side * side)
    means: np.ndarray = np.where(enough, total / np.maximum(count, 1), np.nan)
    return means


def _square_sums(numbers: np.ndarray, side: int) -> np.ndarray:
    """The sum over the square of `side` blocks around each block, by cumulative sums; shape of `numbers`."""
    half = side // 2
    summed = np.pad(numbers, ((half + 1, half), (half + 1, half))).cumsum(axis=0).cumsum(axis=1)
    sums: np.ndarray = summed[side:, side:] - summed[:-side, side:] - summed[side:, :-side] + summed[:-side, :-side]
    return sums


def _degrees(folder: ForecastFolder, view: View, lines: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Lines in (column, row) of the middles of blocks, as (longitude, latitude)."""
    transformer = folder.transformer(DEGREES)
    for line in lines:
        cols, rows = ((line + 0.5) * view.step + (view.window[2], view.window[0])).T
        x, y = folder.transform @ (cols, rows)
        yield np.column_stack(transformer.transform(x, y, direction="INVERSE"))


def _swapped(points: np.ndarray) -> LatLon:
    """Points of (longitude, latitude) the other way round, rounded."""
    return [[round(float(north), DECIMALS), round(float(east), DECIMALS)] for east, north in points[:, :2]]
