"""A forecast for other programs: a GeoTIFF of one step or maximum, and its routes, extent and assets as KML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

import numpy as np

from core.artefacts import forecast_files
from core.artefacts.forecast_files import AssetProperties, ExtentProperties, RouteProperties
from core.errors import InvalidInput
from core.maps.flood import vectors, views
from core.maps.flood.clock import ELAPSED, Clock
from core.maps.flood.contents import GeoJsonGeometry
from core.maps.flood.forecast_folder import ForecastFolder, read_band
from core.maps.flood.scales import BLUES
from core.maps.flood.vectors import duration_words
from core.maps.flood.water_edge import HALO, INK
from core.written_numbers import significant

KML = "http://www.opengis.net/kml/2.2"
FILL_OPACITY = "B0"  # of extents, hexadecimal
EDGE = "Edge of the water"
LINE_STYLES = (("edge-ink", INK, "4"), ("edge-halo", HALO, "1.5"), ("route", "#B8237E", "2"))
"""Id, colour and width [px] of each; the edge is a light line on a dark one, to stand out from any imagery."""
MAX_POINTS = 500_000  # of a KML file: globe viewers stall on more


def geotiff(
    folder: ForecastFolder, name: str = forecast_files.MAX_DEPTH, step: int = 1, clock: Clock = ELAPSED
) -> bytes:
    """One band of a raster as a GeoTIFF of float32 with its coordinate system, unit and description; NaN is no data.

    name: of the raster, without ".tif".
    step: of depth, the number of the lead time, from 1.
    clock: its start is written as a tag, and the time of a step as the tag that GIS programs read.
    Raises InvalidInput for a raster or a step that is not there.
    """
    from rasterio.io import MemoryFile

    with folder.raster(name) as dataset:
        if not 1 <= step <= dataset.count:
            raise InvalidInput(
                expected=f"a step of 1 to {dataset.count}", received=str(step), advice="Choose one of them."
            )
        profile = {
            "driver": "GTiff", "count": 1, "height": dataset.height, "width": dataset.width, "dtype": "float32",
            "crs": dataset.crs, "transform": dataset.transform, "nodata": np.nan, "compress": "deflate", "predictor": 3,
            "tiled": True, "BIGTIFF": "IF_SAFER",
        }  # fmt: skip
        with MemoryFile() as memory:
            with memory.open(**profile) as raster:
                raster.write(read_band(dataset, step), 1)
                raster.descriptions = (dataset.descriptions[step - 1],)
                raster.units = (dataset.units[step - 1],)
                raster.update_tags(SOFTWARE="Lookout", FORECAST=folder.engine, **_time_tags(folder, name, step, clock))
            return bytes(memory.read())


def _time_tags(folder: ForecastFolder, name: str, step: int, clock: Clock) -> dict[str, str]:
    """The start and, of depth at a lead time, its own time, with their zone; none without a start."""
    if clock.start is None:
        return {}
    tags = {"STARTS_AT": clock.start.isoformat()}
    if name == forecast_files.DEPTH:
        moment = clock.moment(folder.lead_times[step - 1])
        tags |= {"TIME": moment.isoformat(), "TIFFTAG_DATETIME": f"{moment:%Y:%m:%d %H:%M:%S}"}
    return tags


def kml(folder: ForecastFolder, title: str, clock: Clock = ELAPSED) -> bytes:
    """Edge of the water, extent, routes and assets as KML 2.2, each in a folder of its own.

    clock: tells when the water arrives.
    Raises InvalidInput for more than MAX_POINTS points, or files that are damaged.
    """
    ET.register_namespace("", KML)
    root = ET.Element(f"{{{KML}}}kml")
    document = _put(root, "Document")
    _put(document, "name", title)
    about = f"Flood forecast by the {folder.engine}. {clock.begins()}".rstrip()
    _put(document, "description", f"{about} Not the only source in an emergency.")
    for number, colour in enumerate(BLUES):
        style = _put(document, "Style", id=f"depth-{number}")
        _put(_put(style, "LineStyle"), "width", "0")
        _put(_put(style, "PolyStyle"), "color", _colour(colour, FILL_OPACITY))
    for name, colour, width in LINE_STYLES:
        line = _put(_put(document, "Style", id=name), "LineStyle")
        _put(line, "color", _colour(colour, "FF"))
        _put(line, "width", width)
    points = _put_edge(document, folder)
    for layer in LAYERS:
        element = _put(document, "Folder")
        _put(element, "name", layer.heading)
        for index, feature in enumerate(folder.features(layer.file)):
            placemark = _put(element, "Placemark")
            name, description = layer.describe(feature["properties"], clock)
            _put(placemark, "name", name)
            _put(placemark, "description", description)
            if layer.style:
                _put(placemark, "styleUrl", f"#{layer.style(index)}")
            points += _geometry(placemark, feature["geometry"])
    if points > MAX_POINTS:
        raise InvalidInput(
            expected=f"lines and outlines of up to {MAX_POINTS:,} points",
            received=f"{points:,}, on which viewers stall",
            advice="Download the GeoJSON or the GeoTIFF.",
        )
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _put_edge(document: ET.Element, folder: ForecastFolder) -> int:
    """Put the edge of all that gets wet below a document, if it lies somewhere. Returns how many points it has."""
    lines = vectors.outline(folder, views.whole_grid(folder)) if folder.crs is not None else []
    element = _put(document, "Folder")
    _put(element, "name", EDGE)
    points = 0
    for style in ("edge-ink", "edge-halo"):
        placemark = _put(element, "Placemark")
        _put(placemark, "name", EDGE)
        _put(placemark, "styleUrl", f"#{style}")
        edges = [[(east, north) for north, east in line] for line in lines]
        points += _geometry(placemark, {"type": "MultiLineString", "coordinates": edges})
    return points


def _describe_extent(properties: ExtentProperties, _clock: Clock) -> tuple[str, str]:
    end = f" to {properties['to_m']:g} m" if properties["to_m"] is not None else " m or more"
    return (
        f"{properties['from_m']:g}{end}, {properties['depth']}",
        f"{properties['area_m2'] / 1e4:,.1f} ha at their deepest",
    )


def _describe_route(properties: RouteProperties, clock: Clock) -> tuple[str, str]:
    first = (
        "never 0.05 m deep"
        if properties["first_arrival_s"] is None
        else f"arrives {_when(properties['first_arrival_s'], clock)}"
    )
    return (
        f"Route {properties['rank']}",
        f"{properties['volume_m3']:,.0f} m³, {significant(properties['largest_depth_m'], 2)} m deep, {first}",
    )


def _describe_asset(properties: AssetProperties, clock: Clock) -> tuple[str, str]:
    if not properties["depth_m"]:
        return str(properties["name"]), str(properties["state"])
    arrival = "" if properties["arrival_s"] is None else f", wet {_when(properties['arrival_s'], clock)}"
    description = f"{properties['depth_m']:.2f} m, {properties['depth']}{arrival}; hazard {properties['hazard']}"
    return str(properties["name"]), description


def _when(seconds: float, clock: Clock) -> str:
    """When the water comes: "at 28 Nov 22:29 (29 min)", or "after 29 min" without a start."""
    elapsed = duration_words(seconds)
    return f"after {elapsed}" if clock.start is None else f"at {clock.dated(seconds)} ({elapsed})"


class _Layer(NamedTuple):
    """A file of features as a folder of KML. style: name of the n-th feature's style; None for the viewer's own."""

    file: str
    heading: str
    describe: Callable[..., tuple[str, str]]
    """Name and description of a feature by its properties."""
    style: Callable[[int], str] | None


LAYERS = (
    _Layer(forecast_files.EXTENTS, "Extent by depth", _describe_extent, lambda index: f"depth-{index}"),
    _Layer(forecast_files.ROUTES, "Routes of the water", _describe_route, lambda _index: "route"),
    _Layer(forecast_files.ASSETS, "Assets", _describe_asset, None),
)


def _geometry(parent: ET.Element, geometry: GeoJsonGeometry) -> int:
    """Put a GeoJSON geometry below a placemark. Returns how many points it has."""
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind.startswith("Multi"):
        element = _put(parent, "MultiGeometry")
        return sum(
            _geometry(element, {"type": kind.removeprefix("Multi"), "coordinates": part}) for part in coordinates
        )
    if kind == "Polygon":
        element = _put(parent, "Polygon")
        for index, ring in enumerate(coordinates):
            edge = _put(element, "innerBoundaryIs" if index else "outerBoundaryIs")
            _put(_put(edge, "LinearRing"), "coordinates", _text(ring))
        return sum(map(len, coordinates))
    points = [coordinates] if kind == "Point" else coordinates
    _put(_put(parent, kind), "coordinates", _text(points))
    return len(points)


def _text(points: Sequence[Sequence[float]]) -> str:
    return " ".join(f"{point[0]:.7f},{point[1]:.7f}" for point in points)


def _put(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{KML}}}{name}", attributes)
    if text is not None:
        element.text = "".join(_allowed(text))
    return element


def _allowed(text: str) -> Iterator[str]:
    """The characters of a text that XML 1.0 can hold."""
    return (
        character
        for character in text
        if character in "\t\n\r"
        or " " <= character <= "\ud7ff"
        or "\ue000" <= character <= "\ufffd"
        or character > "\uffff"
    )


def _colour(colour: str, opacity: str) -> str:
    """A colour #RRGGBB as KML writes it: opacity, blue, green, red."""
    return opacity + colour[5:7] + colour[3:5] + colour[1:3]
