"""The folder of a flood forecast: the names of its files, and the fields of the JSON among them.

The flood system writes the folder and the maps read it, neither knowing the other; this is what they agree on.

| file | holds |
|---|---|
| terrain.tif | ground above datum, as it was computed on [m] |
| depth.tif | depth at the lead times, a band for each [m] |
| max_depth.tif, max_depth_low.tif, max_depth_high.tif | greatest depth, and its 80 % interval where one is known [m] |
| arrival.tif | first time of 0.05 m [s] |
| max_speed.tif | greatest speed [m/s] |
| velocity_east.tif, velocity_north.tif | velocity at the lead times, a band for each, in blocks of 2 x 2 cells [m/s] |
| hazard.tif | hazard rating, see `core.hydraulics.hazard` |
| routes.geojson, extents.geojson | where the terrain says where it lies |
| assets.csv, assets.geojson | where assets were given |
| summary.json | `ForecastSummary` |
| asked.json | the request without terrain and assets, where a request was answered |

Rasters are cloud-optimised GeoTIFFs of float32 in the terrain's coordinate system; NaN is no data.
"""

from __future__ import annotations

from typing import TypedDict

TERRAIN = "terrain"
DEPTH = "depth"
MAX_DEPTH = "max_depth"
MAX_DEPTH_LOW, MAX_DEPTH_HIGH = "max_depth_low", "max_depth_high"
ARRIVAL = "arrival"
MAX_SPEED = "max_speed"
HAZARD = "hazard"
RASTERS = (TERRAIN, DEPTH, MAX_DEPTH, ARRIVAL, MAX_SPEED, HAZARD)
"""Rasters of every forecast; the ends of the interval are there where one is known."""
VELOCITY_EAST, VELOCITY_NORTH = "velocity_east", "velocity_north"
"""Along the rows and the columns of the grid; a folder that an earlier version wrote has none."""

ROUTES, EXTENTS, ASSETS = "routes", "extents", "assets"
LAYERS = (ROUTES, EXTENTS, ASSETS)
"""Lines, outlines and points for a map, as GeoJSON in WGS 84."""

SUMMARY_FILE = "summary.json"
REQUEST_FILE = "asked.json"
ASSETS_TABLE_FILE = "assets.csv"


def raster_file(raster: str) -> str:
    """The file name of a raster, such as MAX_DEPTH."""
    return f"{raster}.tif"


def layer_file(layer: str) -> str:
    """The file name of a layer for a map, such as ROUTES."""
    return f"{layer}.geojson"


class ForecastSummary(TypedDict, total=False):
    """A forecast in a few numbers and words; units stand in the names, None is never or unknown.

    A forecast has them all; a folder that an earlier version wrote may lack some.
    """

    cells: int
    """Number of cells with data."""
    cell_size_m: list[float]
    """To the east and to the south."""
    area_m2: float
    """Of the cells with data."""
    flooded_m2: float
    """With 0.05 m or more at any time; likewise by class of depth and of hazard."""
    flooded_m2_by_depth: dict[str, float]
    flooded_m2_by_hazard: dict[str, float]
    largest_volume_m3: float
    """Of the water on the ground at the fullest lead time."""
    largest_depth_m: float
    largest_depth_low_m: float | None
    """Where it is deepest: the 80 % interval of the greatest depth there."""
    largest_depth_high_m: float | None
    largest_speed_m_per_s: float
    first_arrival_s: float | None
    """When the first cell gets 0.05 m."""
    first_arrival_low_s: float | None
    """Its 80 % interval; None where none is known."""
    first_arrival_high_s: float | None
    half_arrived_s: float | None
    """When half of the cells that ever get 0.05 m have got it."""
    rain_m3: float
    inflow_m3: float
    outflow_m3: float
    mass_error: float
    """Share of the water that is unaccounted for."""
    lead_times_s: list[float]
    engine: str
    """network, physics or solver."""
    mode: str | None
    """accurate or fast; None for the solver."""
    version: str | None
    seconds: float
    """Time that the computation took."""
    notes: list[str]
    """What had to be done to the terrain, in sentences."""


class ExtentProperties(TypedDict):
    """What extents.geojson says of the area of one class of depth."""

    depth: str
    """The class in words, such as knee-deep."""
    from_m: float
    to_m: float | None
    """None above the last bound."""
    area_m2: float
    """Of the cells in the class."""


class RouteProperties(TypedDict):
    """What routes.geojson says of one route of the water."""

    rank: int
    """1 for the route that carries the most."""
    length_m: float
    peak_discharge_m3_per_s: float
    """Across the route, the median along it, up to the last lead time; likewise the volume."""
    volume_m3: float
    first_arrival_s: float | None
    last_arrival_s: float | None
    arrival_s: list[float | None]
    """At each of the line's points; None where the water is never 0.05 m deep."""
    largest_depth_m: float
    depth: str


class AssetProperties(TypedDict):
    """What assets.geojson and a row of assets.csv say of one asset."""

    name: str
    state: str
    """flooded, dry, no data or outside."""
    partly_outside: bool
    arrival_s: float | None
    arrival_low_s: float | None
    """80 % interval of the arrival, where water comes and the version knows it; None elsewhere."""
    arrival_high_s: float | None
    depth_m: float | None
    """Greatest depth; then its class in words and its 80 % interval."""
    depth: str
    depth_low_m: float | None
    depth_high_m: float | None
    flood_chance: float | None
    """Probability of 0.05 m or more, by the interval of the depth; None where none is known."""
    speed_m_per_s: float | None
    hazard_rating: float | None
    hazard: str
    longitude: float
    latitude: float
    deepest_longitude: float | None
    """The cell in which it is deepest, in which its depth over time is read; None off the terrain."""
    deepest_latitude: float | None
