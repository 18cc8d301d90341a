"""Rasters of a forecast as small pictures for a map: few colours, transparent where there is nothing to tell."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO

import numpy as np
from PIL import Image

from core.artefacts import forecast_files
from core.errors import InvalidInput
from core.hydraulics.hazard import WET
from core.maps.flood import water_edge
from core.maps.flood.forecast_folder import ForecastFolder
from core.maps.flood.scales import DEPTH, DIFFERENCE, HAZARD, UNCERTAINTY, Scale, probability
from core.maps.flood.shading import hillshade
from core.maps.flood.views import View, read_blocks

SHADE_QUALITY = 60  # of WebP: the ground is looked at from behind the water
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_BITS, PNG_PALETTE = 4, 3  # of a pixel; the type of colour that takes its colours from a table
GREYS_ON_LIGHT, GREYS_ON_DARK = (0.42, 1.0), (0.12, 0.5)
"""Greys of a hillshade on a light and on a dark page: of its darkest and of its brightest slope, 0 to 1."""

DEPTH_OVER_TIME, GREATEST_DEPTH = "Depth over time", "Greatest depth"
"""Names of surfaces in the map's switch."""


@dataclass(frozen=True)
class Surface:
    """A quantity as the colours of a map.

    scale: what its colours mean.
    pictures: a PNG in the pixels of a View, or one for each lead time.
    fullest: index of the picture with most water.
    water: which blocks of the view are drawn as water, specks left out, shape `view.blocks` for each picture; empty
        where nobody asks.
    """

    scale: Scale
    pictures: tuple[bytes, ...]
    fullest: int = 0
    water: tuple[np.ndarray, ...] = ()


SurfacePainter = Callable[[View], Surface]
"""Paints what a map is coloured by, for the part of the grid that is looked at."""
SurfacePainters = Mapping[str, SurfacePainter]
"""All that a map can be coloured by, under the names in its switch."""


def depth(folder: ForecastFolder, view: View) -> Surface:
    """Depth at each lead time, a picture for each."""
    pictures, wet_blocks, water = [], [], []
    with folder.raster(forecast_files.DEPTH) as dataset:
        for number in range(1, dataset.count + 1):
            blocks = read_blocks(view, dataset, number)
            pictures.append(paint(view, blocks, DEPTH))
            wet = blocks >= np.float32(WET)
            wet_blocks.append(np.count_nonzero(wet))
            water.append(water_edge.edged(wet))
    return Surface(DEPTH, tuple(pictures), int(np.argmax(wet_blocks)), tuple(water))


def max_depth(folder: ForecastFolder, view: View) -> Surface:
    """Greatest depth at any time, in one picture."""
    return Surface(DEPTH, (paint(view, _read(folder, view, forecast_files.MAX_DEPTH), DEPTH),))


def hazard(folder: ForecastFolder, view: View) -> Surface:
    """Hazard to people at any time, by depth and speed (FD2320)."""
    return Surface(HAZARD, (paint(view, _read(folder, view, forecast_files.HAZARD), HAZARD),))


def uncertainty(folder: ForecastFolder, view: View) -> Surface:
    """Width of the 80 % interval of the greatest depth. Raises InvalidInput where no interval is known."""
    width = _read(folder, view, forecast_files.MAX_DEPTH_HIGH) - _read(folder, view, forecast_files.MAX_DEPTH_LOW)
    return Surface(UNCERTAINTY, (paint(view, width, UNCERTAINTY),))


def surface_painters(folder: ForecastFolder) -> dict[str, SurfacePainter]:
    """Painters of all surfaces that one forecast has, by their names in the map's switch."""
    painters = {DEPTH_OVER_TIME: depth, GREATEST_DEPTH: max_depth, "Hazard": hazard}
    if folder.has_interval:
        painters["Uncertainty"] = uncertainty
    return {name: partial(paint_surface, folder) for name, paint_surface in painters.items()}


def water_over_time(surfaces: Iterable[Surface]) -> tuple[np.ndarray, ...]:
    """The `water` of the surface that has a picture for each lead time; empty where none has."""
    return next((surface.water for surface in surfaces if surface.water), ())


def difference(folder: ForecastFolder, other: ForecastFolder, view: View) -> Surface:
    """Greatest depth of `folder` less that of `other`, where one of them is wet.

    Raises InvalidInput where they lie on two grids.
    """
    require_one_grid([folder, other])
    depths, other_depths = (_read(forecast, view, forecast_files.MAX_DEPTH) for forecast in (folder, other))
    differences = np.where(np.fmax(depths, other_depths) >= WET, depths - other_depths, np.float32(np.nan))
    return Surface(DIFFERENCE, (paint(view, differences, DIFFERENCE),))


def exceedance(folders: Sequence[ForecastFolder], view: View, bound: float) -> Surface:
    """The share of forecasts whose greatest depth is `bound` [m] or more.

    Raises InvalidInput where they lie on several grids.
    """
    require_one_grid(folders)
    scale = probability(bound)
    shares = np.zeros(view.blocks, np.float32)
    for folder in folders:
        shares += _read(folder, view, forecast_files.MAX_DEPTH) >= np.float32(bound)
    return Surface(scale, (paint(view, shares / np.float32(len(folders)), scale),))


def require_one_grid(folders: Sequence[ForecastFolder]) -> None:
    """Raise InvalidInput unless all forecasts have the same shape, coordinate system and transform."""
    if not folders:
        raise InvalidInput(expected="at least one forecast", received="none", advice="Choose one.")
    first = folders[0]
    for other in folders[1:]:
        if other.shape != first.shape or other.crs != first.crs or not other.transform.almost_equals(first.transform):
            raise InvalidInput(
                expected="forecasts of one area on one grid",
                received=f"{first.shape[0]} x {first.shape[1]} cells and {other.shape[0]} x {other.shape[1]}, or "
                "another place",
                advice="Make both with the same terrain and cell size.",
            )


def paint(view: View, blocks: np.ndarray, scale: Scale, *, edged: bool = True) -> bytes:
    """A PNG of one number for each block in the colours of a scale, transparent where the scale has none.

    blocks: shape `view.blocks`.
    edged: whether what is coloured has an edge, see `water_edge`; a two-sided scale never has one.
    """
    codes = scale.codes(blocks)
    colours = scale.colours
    if edged and not scale.two_sided:
        pixels, ink, halo = water_edge.lay(view, codes)
        pixels[ink], pixels[halo] = len(colours) + 1, len(colours) + 2
        colours = (*colours, water_edge.INK, water_edge.HALO)
    else:
        pixels = view.lay(codes)
    return _png(pixels, colours)


def _png(pixels: np.ndarray, colours: Sequence[str]) -> bytes:
    """A PNG with a table of up to 15 colours; two pixels to a byte, no filter, zlib's Z_RLE: few colours come in runs.

    Pillow, whose zlib is another, takes twice the time for a tenth more bytes (512 x 512 px with the water's edge).

    pixels: 0 for transparent, else the number of the colour from 1; shape (height, width), uint8.
    """
    height, width = pixels.shape
    even = np.pad(pixels, ((0, 0), (0, width % 2)))
    rows = np.zeros((height, 1 + even.shape[1] // 2), np.uint8)  # each begins with the number of its filter, 0
    rows[:, 1:] = even[:, ::2] << PNG_BITS | even[:, 1::2]
    compressor = zlib.compressobj(strategy=zlib.Z_RLE)
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, PNG_BITS, PNG_PALETTE, 0, 0, 0),
        b"PLTE": bytes(3) + bytes.fromhex("".join(colour[1:] for colour in colours)),
        b"tRNS": bytes(1),  # of the first colour; the others are opaque
        b"IDAT": compressor.compress(rows.tobytes()) + compressor.flush(),
        b"IEND": b"",
    }
    parts = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks.items()
    )
    return PNG_SIGNATURE + b"".join(parts)


def hillshade_picture(folder: ForecastFolder, view: View, dark: bool = False) -> bytes:
    """The shaded ground as WebP, transparent where there is no data."""
    return shaded_picture(brightness(folder, view), dark)


def shaded_picture(bright: np.ndarray, dark: bool = False) -> bytes:
    """A picture of brightness, 0 to 1, as WebP, transparent where it is NaN."""
    low, high = GREYS_ON_DARK if dark else GREYS_ON_LIGHT
    grey = np.nan_to_num(255 * (low + (high - low) * bright)).astype(np.uint8)
    opacity = np.where(np.isfinite(bright), np.uint8(255), np.uint8(0))
    return _encoded(Image.fromarray(np.dstack([grey, grey, grey, opacity])), "WEBP", quality=SHADE_QUALITY, method=2)


def brightness(folder: ForecastFolder, view: View) -> np.ndarray:
    """Brightness of the shaded ground in each pixel, 0 to 1, NaN where there is no data; shape (height, width)."""
    with folder.raster(forecast_files.TERRAIN) as dataset:
        ground = read_blocks(view, dataset, statistic="mean")
    dx, dy = (size * view.step for size in folder.cell_size)
    shaded = np.append(hillshade(ground, dx, dy).ravel(), np.float32(np.nan))
    pixels: np.ndarray = shaded[view.block_index]
    return pixels


def _read(folder: ForecastFolder, view: View, name: str) -> np.ndarray:
    with folder.raster(name) as dataset:
        return read_blocks(view, dataset)


def _encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()
