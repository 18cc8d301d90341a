"""A forecast for other programs: a GeoTIFF of one step or maximum, and its routes, extent and assets as KML."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from core.errors import InvalidInput
from core.maps.flood.folder import Folder, band
from core.maps.flood.scales import BLUES
from core.maps.flood.vectors import duration

KML = "http://www.opengis.net/kml/2.2"
OPACITY = "B0"  # of filled extents, as hexadecimal
MOST_POINTS = 500_000  # of a KML file: viewers of globes stall on more


def geotiff(folder: Folder, name: str = "max_depth", step: int = 1) -> bytes:
    """One band of a raster as a GeoTIFF of float32 with its coordinate system, unit and what it says; NaN is no data.

    step: for depth, the number of the lead time, from 1. Raises InvalidInput for a raster or a step that is not there.
    """
    from rasterio.io import MemoryFile

    with folder.raster(name) as dataset:
        if not 1 <= step <= dataset.count:
            raise InvalidInput(f"Expected a step of 1 to {dataset.count}. Received {step}. Choose one of them.")
        profile = {
            "driver": "GTiff", "count": 1, "height": dataset.height, "width": dataset.width, "dtype": "float32",
            "crs": dataset.crs, "transform": dataset.transform, "nodata": np.nan, "compress": "deflate", "predictor": 3,
            "tiled": True, "BIGTIFF": "IF_SAFER",
        }  # fmt: skip
        with MemoryFile() as memory:
            with memory.open(**profile) as made:
                made.write(band(dataset, step), 1)
                made.descriptions = (dataset.descriptions[step - 1],)
                made.units = (dataset.units[step - 1],)
                made.update_tags(SOFTWARE="Lookout", FORECAST=folder.engine)
            return bytes(memory.read())


def kml(folder: Folder, title: str) -> bytes:
    """Extent, routes and assets as KML 2.2, each in a folder of its own. Raises InvalidInput for too much."""
    ET.register_namespace("", KML)
    root = ET.Element(f"{{{KML}}}kml")
    document = _put(root, "Document")
    _put(document, "name", title)
    _put(document, "description", f"Flood forecast by the {folder.engine}. Not the only source in an emergency.")
    for number, colour in enumerate(BLUES):
        style = _put(document, "Style", id=f"depth-{number}")
        _put(_put(style, "LineStyle"), "width", "0")
        _put(_put(style, "PolyStyle"), "color", _colour(colour, OPACITY))
    style = _put(document, "Style", id="route")
    line = _put(style, "LineStyle")
    _put(line, "color", _colour("#B8237E", "FF"))
    _put(line, "width", "3")
    points = 0
    for name, heading, told, marked in LAYERS:
        layer = _put(document, "Folder")
        _put(layer, "name", heading)
        for place, one in enumerate(folder.features(name)):
            made = _put(layer, "Placemark")
            said, description = told(one["properties"])
            _put(made, "name", said)
            _put(made, "description", description)
            if marked:
                _put(made, "styleUrl", f"#{marked(one['properties'], place)}")
            points += _geometry(made, one["geometry"])
    if points > MOST_POINTS:
        raise InvalidInput(
            f"Expected lines and outlines of up to {MOST_POINTS:,} points. Received {points:,}, on which viewers "
            "stall. Download the GeoJSON or the GeoTIFF."
        )
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _of_extent(about: dict[str, Any]) -> tuple[str, str]:
    end = f" to {about['to_m']:g} m" if about["to_m"] is not None else " m or more"
    return f"{about['from_m']:g}{end}, {about['depth']}", f"{about['area_m2'] / 1e4:,.1f} ha at their deepest"


def _of_route(about: dict[str, Any]) -> tuple[str, str]:
    first = (
        "never 0.05 m deep"
        if about["first_arrival_s"] is None
        else f"arrives after {duration(about['first_arrival_s'])}"
    )
    return f"Route {about['rank']}", f"{about['volume_m3']:,.0f} m³, {about['largest_depth_m']:.2g} m deep, {first}"


def _of_asset(about: dict[str, Any]) -> tuple[str, str]:
    if not about["depth_m"]:
        return str(about["name"]), str(about["state"])
    arrival = "" if about["arrival_s"] is None else f", from {duration(about['arrival_s'])} after the start"
    return str(about["name"]), f"{about['depth_m']:.2f} m, {about['depth']}{arrival}; hazard {about['hazard']}"


Told = Callable[[dict[str, Any]], tuple[str, str]]
Marked = Callable[[dict[str, Any], int], str]
LAYERS: tuple[tuple[str, str, Told, Marked | None], ...] = (
    ("extents", "Extent by depth", _of_extent, lambda _about, place: f"depth-{place}"),
    ("routes", "Routes of the water", _of_route, lambda _about, _place: "route"),
    ("assets", "Assets", _of_asset, None),
)


def _geometry(into: ET.Element, found: dict[str, Any]) -> int:
    """Put a GeoJSON geometry below a placemark; how many points it has."""
    kind, coordinates = found["type"], found["coordinates"]
    if kind.startswith("Multi"):
        made = _put(into, "MultiGeometry")
        return sum(_geometry(made, {"type": kind.removeprefix("Multi"), "coordinates": one}) for one in coordinates)
    if kind == "Polygon":
        made = _put(into, "Polygon")
        for place, ring in enumerate(coordinates):
            edge = _put(made, "innerBoundaryIs" if place else "outerBoundaryIs")
            _put(_put(edge, "LinearRing"), "coordinates", _text(ring))
        return sum(map(len, coordinates))
    points = [coordinates] if kind == "Point" else coordinates
    _put(_put(into, kind), "coordinates", _text(points))
    return len(points)


def _text(points: Any) -> str:
    return " ".join(f"{point[0]:.7f},{point[1]:.7f}" for point in points)


def _put(into: ET.Element, name: str, text: str | None = None, **about: str) -> ET.Element:
    made = ET.SubElement(into, f"{{{KML}}}{name}", about)
    if text is not None:
        made.text = "".join(_allowed(text))
    return made


def _allowed(text: str) -> Iterator[str]:
    """The signs that XML 1.0 can hold."""
    return (
        sign
        for sign in text
        if sign in "\t\n\r" or " " <= sign <= "\ud7ff" or "\ue000" <= sign <= "\ufffd" or sign > "\uffff"
    )


def _colour(colour: str, opacity: str) -> str:
    """#RRGGBB as KML has it: opacity, blue, green, red."""
    return opacity + colour[5:7] + colour[3:5] + colour[1:3]
