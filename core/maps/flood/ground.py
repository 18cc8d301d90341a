"""An area before any forecast: its ground on a map, to see where it lies and to choose places on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from core.maps.flood import sheet
from core.maps.flood.folder import Folder
from core.maps.flood.pictures import Makers, Surface, painted
from core.maps.flood.scales import Scale
from core.maps.flood.views import View, whole
from core.maps.flood.views import read as read_view

STEPS = 5
OPACITY = 0.45  # so that the hillshade is seen through the colours
BROWNS = ("#F3E6CC", "#E0C794", "#C29D5B", "#96702F", "#5E4215")
BROWNS_ON_DARK = ("#3B2A0E", "#6B4E1E", "#9C7A3E", "#C9AC74", "#F0E2C4")
HEADING = "Height of the ground"


def read(home: Path) -> Folder:
    """The terrain.tif in an area's folder. Raises InvalidInput for one that is damaged or not there."""
    empty = Folder(home, {}, (0.0,), None, None, (0, 0))
    with empty.raster("terrain") as dataset:
        crs = dataset.crs.to_wkt() if dataset.crs else None
        about = {"cell_size_m": list(dataset.res)}
        return Folder(home, about, (0.0,), crs, dataset.transform, dataset.shape)


def draw(
    area: Folder, marks: Sequence[Mapping[str, Any]] = (), *, key: str, channel: str | None, dark: bool = False
) -> str:
    """The map as a page of its own, see `sheet.draw`. marks: name, latitude, longitude and what hovering tells."""
    return sheet.draw(
        area, makers(area, dark), key=key, channel=channel, dark=dark, plain=True, marks=marks, opacity=OPACITY
    )


def finer(area: Folder, look: Any, dark: bool = False) -> dict[str, Any] | None:
    """What `sheet.finer` gives of the ground."""
    return sheet.finer(area, makers(area, dark), look, dark)


def makers(area: Folder, dark: bool = False) -> Makers:
    """The ground in steps of height, the same ones wherever one looks."""
    scale = _scale(area)

    def height(view: View) -> Surface:
        return Surface(scale, (painted(view, _heights(area, view), scale, dark),))

    return {HEADING: height}


def _heights(area: Folder, view: View) -> np.ndarray:
    with area.raster("terrain") as dataset:
        return read_view(view, dataset, joined="mean")


def _scale(area: Folder) -> Scale:
    """Steps between whole metres that each hold about as much ground."""
    known = _heights(area, whole(area, most=40_000))
    known = known[np.isfinite(known)]
    parts = np.quantile(known, np.arange(STEPS) / STEPS) if known.size else np.zeros(1)
    bounds = sorted({float(np.floor(one)) for one in parts})
    ends = [f"{low:g} to {high:g} m" for low, high in pairwise(bounds)]
    words = (*ends, f"{bounds[-1]:g} m or higher")
    return Scale(f"{HEADING} [m]", tuple(bounds), words, BROWNS[: len(bounds)], BROWNS_ON_DARK[: len(bounds)])
