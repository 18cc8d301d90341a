"""What lies below a map's data where there is no tile server: streets from a PMTiles file, or the world's land.

Streets are drawn in the browser, which asks the app for the parts of the file that it needs (LOOKOUT_BASEMAP).
Land is Natural Earth's at 1:10 million, a coast true to some 1 km: it is drawn where a map shows more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import shapely
from folium.elements import JSCSSMixin, MacroElement
from folium.template import Template

from core.maps.assets import PREFIX, STREETS, address
from core.maps.npm_packages import LAND

NEAR, FAR = (LAND.path(file) for file in LAND.files)
MIN_SPAN = 0.05  # degrees, some 5 km: on a map of less, a coast that is true to 1 km would mislead
AROUND = 2.0  # times the map's span to each side that are drawn in detail
MAX_NEAR = 40.0  # degrees: a map of more shows nothing of the finer coast
DETAIL = 1500  # the map's span holds so many of the smallest details
MAX_LATITUDE = 85.0  # degrees, where web maps end
MAX_ZOOM_AT = 101  # byte of a PMTiles header that holds its greatest zoom

Corner = Sequence[float]
"""Latitude and longitude [degrees]."""


def wide_enough(low: Corner, high: Corner) -> bool:
    """Whether a map of this part of the world shows enough for the land that is at hand."""
    return LAND.fetched and max(high[0] - low[0], high[1] - low[1]) >= MIN_SPAN


def land(low: Corner, high: Corner) -> list[list[list[list[float]]]]:
    """Polygons of land, each a list of rings of [latitude, longitude]: in detail around the map, coarse elsewhere.

    low, high: south-western and north-eastern corner of the map.
    """
    return _land(*(round(float(degrees), 3) for degrees in (*low, *high)))


@lru_cache(maxsize=32)
def _land(south: float, west: float, north: float, east: float) -> list[list[list[list[float]]]]:
    wide, high = AROUND * max(east - west, MIN_SPAN), AROUND * max(north - south, MIN_SPAN)
    box = (
        max(west - wide, -180.0), max(south - high, -MAX_LATITUDE),
        min(east + wide, 180.0), min(north + high, MAX_LATITUDE),
    )  # fmt: skip
    tolerance = max(east - west, north - south) / DETAIL
    world = _world(NEAR if max(east - west, north - south) < MAX_NEAR else FAR)
    low_x, low_y, high_x, high_y = shapely.bounds(world).T
    touched = (low_x < box[2]) & (high_x > box[0]) & (low_y < box[3]) & (high_y > box[1])
    clipped = shapely.clip_by_rect(world[touched], *box)
    near = shapely.simplify(shapely.make_valid(_polygons(clipped)), tolerance)
    far = shapely.difference(_world(FAR), shapely.box(*box))
    return _rings(near, max(0, int(-np.floor(np.log10(tolerance))) + 1)) + _rings(far, 2)


def prepare() -> None:
    """Read the world's land ahead of the first map, for it takes half a second; nothing where it was not fetched."""
    if LAND.fetched:
        _world(NEAR)
        _world(FAR)


@lru_cache(maxsize=2)
def _world(path: Path) -> np.ndarray:
    """All land of a file, longitude and latitude [degrees]: an array of polygons."""
    import pyogrio  # brings GDAL, which reads TopoJSON

    _, _, geometry, _ = pyogrio.raw.read(path, columns=[])
    shapes = _polygons(shapely.from_wkb(geometry))
    return shapely.make_valid(shapes) if path == FAR else shapes  # all of NEAR would take seconds


def _polygons(shapes: np.ndarray) -> np.ndarray:
    parts = shapely.get_parts(shapely.get_parts(shapes))  # collections of several polygons too
    chosen: np.ndarray = parts[(shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)]
    return chosen


def _rings(shapes: np.ndarray, decimals: int) -> list[list[list[list[float]]]]:
    return [
        [
            np.round(shapely.get_coordinates(ring)[:, ::-1], decimals).tolist()
            for ring in shapely.get_rings(polygon)
        ]
        for polygon in _polygons(shapes)
    ]  # fmt: skip


class Land(MacroElement):
    """Land in one colour below everything else; the water is the map's own ground."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (map) {
          var pane = map.createPane("lookout-land");
          pane.style.zIndex = 150;
          pane.style.pointerEvents = "none";
          var style = {pane: "lookout-land", stroke: false, fillColor: "{{ this.colour }}", fillOpacity: 1,
            interactive: false, className: "lookout-land", renderer: L.canvas({pane: "lookout-land", padding: 0.5})};
          {{ this.polygons|tojson }}.forEach(function (rings) { L.polygon(rings, style).addTo(map); });
        })({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, low: Corner, high: Corner, colour: str) -> None:
        super().__init__()
        self._name, self.colour, self.polygons = "Land", colour, land(low, high)


class Streets(JSCSSMixin):
    """Streets, water and names from a PMTiles file with the layers of Protomaps, drawn in the browser."""

    default_js: ClassVar = [("protomaps", address("protomaps.js"))]
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (map) {
          map.attributionControl.setPrefix(false);
          var script = document.querySelector('script[src*="{{ this.prefix }}/leaflet.js"]');
          protomapsL.leafletLayer({url: new URL("{{ this.streets }}", script.src).href, flavor: "{{ this.flavor }}",
            lang: "en", maxDataZoom: {{ this.max_zoom }}, attribution: "Streets: © OpenStreetMap"}).addTo(map);
        })({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, path: Path, dark: bool) -> None:
        super().__init__()
        self._name, self.prefix, self.streets = "Streets", PREFIX, STREETS
        self.flavor = "black" if dark else "grayscale"
        with path.open("rb") as file:
            self.max_zoom = file.read(MAX_ZOOM_AT + 1)[MAX_ZOOM_AT]
