"""An invented valley for first use and for tests: hills, a winding river with side streams, a plain, a small town.

The event is written as a folder, so that it takes the way of every other event. It lies in the Gulf of Guinea, where
there is no land: nobody can take it for a real place.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

CRS = "EPSG:32631"
LEFT, TOP = 500_000.0, 110_000.0  # [m]
BED, FALL = 40.0, 0.004  # height of the river's lower end [m], and slope of its bed
CHANNEL, BANK = 22.0, 1.6  # half width and depth of the river's bed [m]
PLAIN = 190.0  # half width of the flood plain [m]
HILLS, ROUGH = 75.0, 14.0  # height of the hills above the plain, and of what makes them irregular [m]
HOUSE, STREET = 20.0, 60.0  # side of a house, and distance of streets [m]
STREAMS = 5
MAX_NODES = 1024  # of a side, at which the distance from a line is computed
NEAR = 240.0  # from a line, within which it is computed at every cell [m]
REACH = 1_500.0  # from such a cell, beyond which a line's points have no influence [m]
RAIN = [[0, 0], [900, 22], [2700, 48], [4500, 20], [6300, 4], [7200, 0]]  # rows of time [s] and intensity [mm/h]
RIVER = [[0, 20], [1200, 40], [4200, 240], [7200, 150], [9000, 110]]  # rows of time [s] and discharge [m3/s]
DESIGN_RAIN = {2: (9, 14, 20, 26, 37), 10: (15, 24, 34, 43, 60), 30: (19, 31, 45, 56, 76), 100: (24, 40, 59, 72, 97)}
DESIGN_MINUTES = (5, 15, 60, 180, 1440)  # durations of the depths of rain above, by return period [a] [mm]
DURATION = 9_000.0  # [s]
LEAD_TIMES = tuple(range(900, 9_001, 900))  # [s]

Points = NDArray[np.float64]
"""Points of a line, shape (n, 2): east and south of the upper left corner [m]."""
Box = NDArray[np.float64]
"""Left, top, right, bottom: east and south of the upper left corner [m]; shape (4,)."""


def write(folder: Path, seed: int = 1, cells: int = 256, cell_size: float = 10.0) -> Path:
    """Write an event folder of one invented valley, with assets and design rain.

    folder: is made where it is not there.
    seed: decides the valley.
    cells: to each side.
    cell_size: width of a cell [m].
    """
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    span = cells * cell_size
    river = _winding(random, np.array([0.5 * span, 0.0]), np.array([0.45 * span, span]), 0.10 * span)
    ground, from_river = _ground(random, river, cells, cell_size)
    town = _town(river, span)
    _write_terrain(folder / "terrain.tif", ground, cell_size)
    river_cells = np.flatnonzero(from_river[0] <= CHANNEL)
    texts = {
        "event.json": _json(_description(seed)),
        "streets.geojson": _json(_polygons(town["streets"])),
        "houses.geojson": _json(_polygons(town["houses"])),
        "rain.csv": _csv("time_s,rain_mm_per_h", RAIN),
        "river.csv": _csv("time_s,discharge_m3_per_s", RIVER),
        "river_cells.csv": _csv(
            "x,y", [[LEFT + (col + 0.5) * cell_size, TOP - 0.5 * cell_size] for col in river_cells]
        ),
        "assets.geojson": _json(_assets(town, river, span)),
        "design_rain.csv": _csv("return_period_years,duration_min,depth_mm", _design_rain()),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _description(seed: int) -> dict[str, JsonValue]:
    """What event.json holds."""
    return {
        "name": f"An invented valley ({seed})",
        "dem": "terrain.tif",
        "duration_s": DURATION,
        "manning": {"default": 0.04, "zones": [{"polygons": "streets.geojson", "n": 0.018}]},
        "buildings": {"polygons": "houses.geojson", "raise_m": 4},
        "rain": "rain.csv",
        "inflows": [{"cells": "river_cells.csv", "series": "river.csv"}],
        "open_edges": ["south"],
    }


def _design_rain() -> list[list[float]]:
    """Rows of return period [a], duration [min] and depth [mm]."""
    return [
        [period, minutes, depth]
        for period, depths in DESIGN_RAIN.items()
        for minutes, depth in zip(DESIGN_MINUTES, depths, strict=True)
    ]


def _winding(random: np.random.Generator, start: Points, end: Points, swing: float) -> Points:
    """A line of points a few metres apart that swings to both sides by about `swing` [m]; start, end: shape (2,)."""
    length = float(np.hypot(*(end - start)))
    along = np.linspace(0, 1, max(8, int(length / 12)))  # share of the length
    waves = np.arange(1, 7)
    parts = (
        random.normal(size=6)[:, None]
        / waves[:, None]
        * np.sin(np.pi * waves[:, None] * along * 1.5 + random.uniform(0, 2 * np.pi, 6)[:, None])
    )
    sideways = parts.sum(axis=0) * np.sin(np.pi * along) ** 0.5
    across = np.array([-(end - start)[1], (end - start)[0]]) / length
    line: Points = start + along[:, None] * (end - start) + swing * sideways[:, None] * across
    return line


def _ground(
    random: np.random.Generator, river: Points, cells: int, cell_size: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Elevation, and distance from the river; shape (cells, cells) [m]. The lowest of the streams' valleys counts."""
    span = cells * cell_size
    bed = BED + FALL * (span - river[:, 1])
    distance, bed_here = _nearest(river, bed, cells, cell_size)
    side = np.maximum(distance - PLAIN, 0.0) / span
    ground = bed_here + BANK + 0.003 * distance + HILLS * (1 - np.exp(-((3.2 * side) ** 1.3)))
    apart = np.maximum(distance - PLAIN, 0.0)
    for number in range(STREAMS):
        foot = int(len(river) * (number + 0.7) / (STREAMS + 0.6))
        left = number % 2 == 0
        source = np.array([-0.05 * span if left else 1.05 * span, river[foot, 1] - random.uniform(0.05, 0.3) * span])
        stream = _winding(random, source, river[foot], 0.05 * span)
        run = np.cumsum(np.hypot(*np.diff(stream[::-1], axis=0, prepend=stream[-1:]).T))[::-1]
        stream_bed = bed[foot] + 1.0 + 45.0 * (run / run.max()) ** 1.6
        near, height = _nearest(stream, stream_bed, cells, cell_size)
        valley = height + 0.16 * np.maximum(near - 4.0, 0.0) ** 1.06
        ground = _smooth_minimum(ground, valley, 2.5)
        apart = np.minimum(apart, np.maximum(near - 10.0, 0.0))
    hilly = np.clip(apart / 250.0, 0.0, 1.0) ** 1.3  # no hollows in the beds
    ground += ROUGH * hilly * np.logaddexp(0.0, _fractal(random, cells)) + 0.08 * _fractal(random, cells, 1.2)
    dip = np.clip((distance - CHANNEL) / 14.0, 0.0, 1.0)
    return np.where(dip < 1, bed_here + (ground - bed_here) * dip**1.5, ground), distance


def _nearest(
    line: Points, value: NDArray[np.float64], cells: int, cell_size: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distance of each cell's centre from the line, and the value at its nearest point, smoothed where that jumps.

    On a large grid only every so many cells and those NEAR the line are computed, the others lie linearly between.

    value: at each point of the line, shape (n,).
    Returns both with shape (cells, cells).
    """
    step = max(1, cells // MAX_NODES)
    centre, nodes = (np.arange(cells) + 0.5) * cell_size, np.arange(0, cells + step - 1, step)
    coarse = np.array(
        [_nearest_in_row(line, value, (nodes + 0.5) * cell_size, (row + 0.5) * cell_size) for row in nodes]
    )
    if step == 1:
        return coarse[:, 0], coarse[:, 1]
    fields = np.empty((2, cells, cells))  # distance, value
    for row in range(cells):
        share = row % step / step
        both = coarse[row // step : row // step + 2]
        fields[:, row] = [
            np.interp(np.arange(cells), nodes, (1 - share) * a + share * b) for a, b in zip(*both, strict=True)
        ]
        near, close = fields[0, row] < NEAR, np.abs(line[:, 1] - centre[row]) < REACH
        if near.any():
            fields[:, row, near] = _nearest_in_row(line[close], value[close], centre[near], centre[row])
    return fields[0], fields[1]


def _nearest_in_row(
    line: Points, value: NDArray[np.float64], east: np.ndarray, south: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distance and value as in `_nearest`, at the places `east` of one row; each of shape (n,) [m]."""
    apart = np.hypot(line[:, 0, None] - east, line[:, 1, None] - south)
    distance = apart.min(axis=0)
    weight = np.exp(-((apart - distance) / (8.0 + 0.15 * distance)))
    return distance, (weight * value[:, None]).sum(axis=0) / weight.sum(axis=0)


def _smooth_minimum(ground: NDArray[np.float64], valley: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """The lower of both, rounded where they meet [m]."""
    return -width * np.logaddexp(-ground / width, -valley / width)


def _fractal(random: np.random.Generator, cells: int, steepness: float = 2.1) -> NDArray[np.float64]:
    """Noise whose spectrum falls as land's does, with a standard deviation of 1; shape (cells, cells)."""
    down, right = np.fft.fftfreq(2 * cells)[:, None], np.fft.rfftfreq(2 * cells)
    frequency = np.maximum(np.hypot(down, right), 1.0 / cells)
    phases = np.fft.rfft2(random.normal(size=(2 * cells, 2 * cells)))
    noise = np.fft.irfft2(phases * frequency**-steepness, s=(2 * cells, 2 * cells))[:cells, :cells]
    scaled: NDArray[np.float64] = (noise - noise.mean()) / noise.std()
    return scaled


def _town(river: Points, span: float) -> dict[str, list[Box]]:
    """Streets and houses on the plain east of the river."""
    middle = river[int(0.62 * len(river))]
    left, top = np.round((middle + np.array([40.0, -150.0])) / 10.0) * 10.0
    streets = [np.array([left, top + STREET * k, left + 310.0, top + STREET * k + 10.0]) for k in range(6)]
    streets += [np.array([left + STREET * k, top, left + STREET * k + 10.0, top + 310.0]) for k in range(6)]
    houses = [
        np.array([left + STREET * col + 20.0, top + STREET * row + 20.0, 0, 0]) for row in range(5) for col in range(5)
    ]
    houses = [house + np.array([0, 0, house[0] + HOUSE, house[1] + HOUSE]) for house in houses]
    inside = [house for house in houses if house[2] < span and house[3] < span]
    return {"streets": streets, "houses": inside}


def _assets(town: dict[str, list[Box]], river: Points, span: float) -> dict[str, object]:
    """Named places of the town and its surroundings, in WGS 84."""
    from pyproj import Transformer

    transformer = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)

    def degrees(points: Points) -> list[list[float]]:
        east, north = transformer.transform(LEFT + points[:, 0], TOP - points[:, 1])
        return [[round(float(x), 7), round(float(y), 7)] for x, y in zip(east, north, strict=True)]

    houses, streets = town["houses"], town["streets"]
    street, bridge = streets[3], river[int(0.4 * len(river))]
    hill = np.array([[0.93 * span, 0.06 * span]])
    shapes: list[tuple[str, str, object]] = [
        ("School", "Polygon", [degrees(_ring(houses[6]))]),
        ("Clinic", "Polygon", [degrees(_ring(houses[18]))]),
        ("Fire station", "Point", degrees(houses[24][None, :2] - 15.0)[0]),
        ("Mill Street", "LineString", degrees(np.array([[street[0], street[1] + 5], [street[2], street[1] + 5]]))),
        ("River bridge", "LineString", degrees(bridge + np.array([[-60.0, 0.0], [60.0, 0.0]]))),
        ("Water tower", "Point", degrees(hill)[0]),
    ]
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": kind, "coordinates": coordinates}}
        for name, kind, coordinates in shapes
    ]
    return {"type": "FeatureCollection", "features": features}


def _ring(box: Box) -> Points:
    """The outline of a box, closed; shape (5, 2)."""
    left, top, right, bottom = box
    return np.array([[left, top], [left, bottom], [right, bottom], [right, top], [left, top]])


def _polygons(boxes: list[Box]) -> dict[str, object]:
    """Boxes as GeoJSON in the terrain's crs, as event folders have it."""
    rings = [(_ring(box) * (1, -1) + (LEFT, TOP)).tolist() for box in boxes]
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}} for ring in rings
    ]
    return {"type": "FeatureCollection", "features": features}


def _write_terrain(path: Path, ground: NDArray[np.float64], cell_size: float) -> None:
    """Write elevations [m] as a GeoTIFF."""
    import rasterio
    from rasterio.transform import from_origin

    numbers = ground.astype(np.float32)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=numbers.shape[0],
        width=numbers.shape[1],
        count=1,
        dtype="float32",
        crs=CRS,
        transform=from_origin(LEFT, TOP, cell_size, cell_size),
        compress="deflate",
        predictor=3,
    ) as file:
        file.write(numbers, 1)


def _json(value: object) -> str:
    return json.dumps(value, indent=1) + "\n"


def _csv(head: str, rows: Sequence[Sequence[float]]) -> str:
    return "\n".join([head, *(",".join(f"{number:.10g}" for number in row) for row in rows)]) + "\n"
