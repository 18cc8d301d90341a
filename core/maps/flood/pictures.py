"""Rasters of a forecast as small pictures for a map: few colours, transparent where there is nothing to tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO

import numpy as np
from PIL import Image

from core.errors import InvalidInput
from core.hydraulics.hazard import WET
from core.maps.flood.folder import Folder
from core.maps.flood.scales import DEPTH, DIFFERENCE, HAZARD, UNCERTAINTY, Scale, probability
from core.maps.flood.shading import hillshade
from core.maps.flood.views import View, read

SHADE_QUALITY = 60  # of WebP: the ground is looked at from behind the water
RUNS = {"compress_level": 6, "compress_type": 3}
"""Of PNG, zlib's Z_RLE: few colours come in runs. A tenth of the usual time, and no larger (1,000 x 1,000 px)."""
ON_LIGHT, ON_DARK = (0.42, 1.0), (0.04, 0.42)  # grey of hillshades, from and to


@dataclass(frozen=True)
class Surface:
    """What colours a map: a PNG in the pixels of a View, or one for each lead time; fullest: that with most water."""

    scale: Scale
    pictures: tuple[bytes, ...]
    fullest: int = 0


Makers = Mapping[str, Callable[[View], Surface]]
"""What a map can be coloured by, under the names that its switch has; drawn for the part that is looked at."""


def depth(folder: Folder, view: View, dark: bool = False) -> Surface:
    """Depth at each lead time."""
    made, wet = [], []
    with folder.raster("depth") as dataset:
        for number in range(1, dataset.count + 1):
            blocks = read(view, dataset, number)
            made.append(painted(view, blocks, DEPTH, dark))
            wet.append(np.count_nonzero(blocks >= np.float32(WET)))
    return Surface(DEPTH, tuple(made), int(np.argmax(wet)))


def greatest(folder: Folder, view: View, dark: bool = False) -> Surface:
    """Greatest depth at any time."""
    return Surface(DEPTH, (painted(view, _read(folder, view, "max_depth"), DEPTH, dark),))


def hazard(folder: Folder, view: View, dark: bool = False) -> Surface:
    """Hazard to people."""
    return Surface(HAZARD, (painted(view, _read(folder, view, "hazard"), HAZARD, dark),))


def uncertainty(folder: Folder, view: View, dark: bool = False) -> Surface:
    """Width of the 80 % interval of the greatest depth. Raises InvalidInput where no interval is known."""
    width = _read(folder, view, "max_depth_high") - _read(folder, view, "max_depth_low")
    return Surface(UNCERTAINTY, (painted(view, width, UNCERTAINTY, dark),))


def makers(folder: Folder, dark: bool = False) -> dict[str, Callable[[View], Surface]]:
    """All that one forecast has, by name."""
    known = {"Depth over time": depth, "Greatest depth": greatest, "Hazard": hazard}
    if folder.has_interval:
        known["Uncertainty"] = uncertainty
    return {name: partial(make, folder, dark=dark) for name, make in known.items()}


def difference(folder: Folder, other: Folder, view: View, dark: bool = False) -> Surface:
    """Greatest depth of `folder` less that of `other`, where one of them is wet. Raises InvalidInput, see `alike`."""
    alike([folder, other])
    one, two = (_read(each, view, "max_depth") for each in (folder, other))
    apart = np.where(np.fmax(one, two) >= WET, one - two, np.float32(np.nan))
    return Surface(DIFFERENCE, (painted(view, apart, DIFFERENCE, dark),))


def chances(folders: Sequence[Folder], view: View, bound: float, dark: bool = False) -> Surface:
    """The share of forecasts whose greatest depth is `bound` [m] or more. Raises InvalidInput, see `alike`."""
    alike(folders)
    scale = probability(bound)
    shares = np.zeros(view.blocks, np.float32)
    for folder in folders:
        shares += _read(folder, view, "max_depth") >= np.float32(bound)
    return Surface(scale, (painted(view, shares / np.float32(len(folders)), scale, dark),))


def alike(folders: Sequence[Folder]) -> None:
    """Refuse forecasts that do not lie on one grid."""
    if not folders:
        raise InvalidInput("Expected at least one forecast. Received none. Choose one.")
    for one in folders[1:]:
        first = folders[0]
        if one.shape != first.shape or one.crs != first.crs or not one.transform.almost_equals(first.transform):
            raise InvalidInput(
                f"Expected forecasts of one area on one grid. Received {first.shape[0]} x {first.shape[1]} cells and "
                f"{one.shape[0]} x {one.shape[1]}, or another place. Make both with the same terrain and cell size."
            )


def painted(view: View, blocks: np.ndarray, scale: Scale, dark: bool) -> bytes:
    """A PNG of blocks in the steps of a scale, with a palette and transparent where there is no step."""
    picture = Image.fromarray(view.lay(scale.codes(blocks)), "P")
    colours = scale.colours(dark)
    picture.putpalette([0, 0, 0, *(int(one[at : at + 2], 16) for one in colours for at in (1, 3, 5))])
    return _file(picture, "PNG", transparency=bytes([0] + [255] * len(colours)), **RUNS)


def shade(folder: Folder, view: View, dark: bool = False) -> bytes:
    """The hillshade as WebP, transparent where there is no data."""
    bright = light(folder, view)
    low, high = ON_DARK if dark else ON_LIGHT
    grey = np.nan_to_num(255 * (low + (high - low) * bright)).astype(np.uint8)
    known = np.where(np.isfinite(bright), np.uint8(255), np.uint8(0))
    return _file(Image.fromarray(np.dstack([grey, grey, grey, known])), "WEBP", quality=SHADE_QUALITY, method=2)


def light(folder: Folder, view: View) -> np.ndarray:
    """Brightness of each pixel, 0 to 1, NaN where there is no data; shape (height, width)."""
    with folder.raster("terrain") as dataset:
        ground = read(view, dataset, joined="mean")
    dx, dy = (one * view.step for one in folder.cell_size)
    shaded = np.append(hillshade(ground, dx, dy).ravel(), np.float32(np.nan))
    made: np.ndarray = shaded[view.place]
    return made


def _read(folder: Folder, view: View, name: str) -> np.ndarray:
    with folder.raster(name) as dataset:
        return read(view, dataset)


def _file(picture: Image.Image, kind: str, **named: object) -> bytes:
    made = BytesIO()
    picture.save(made, kind, **named)
    return made.getvalue()
