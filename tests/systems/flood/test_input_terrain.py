"""The terrain of a request: what is treated with a note, what is refused, and how wide its cells must be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rasterio.transform import from_origin

from tests.support import floods, toys
from tests.systems.flood.test_input import FLAT, asked, dem, refusal

TREATED = {
    "no crs": ({"crs": None}, "names no coordinate system"),
    "degrees": (
        {"crs": "EPSG:4326", "transform": from_origin(15.0, 45.0, 1 / 1200, 1 / 1200)},
        "brought to EPSG:32633 (UTM)",
    ),
    "feet": ({"crs": "EPSG:32633+6360"}, "elevations in feet"),
    "bands": ({"numbers": np.stack([floods.valley(), floods.valley()])}, "has 2 bands"),
    "flat": ({"numbers": FLAT}, "terrain is flat"),
}


@pytest.mark.parametrize(("change", "note"), TREATED.values(), ids=TREATED)
def test_odd_terrain_is_treated_and_a_note_says_how(change: dict[str, Any], note: str) -> None:
    assert note in " ".join(asked(dem=dem(**change)).ground.notes)


@pytest.mark.parametrize("hole", [np.nan, -32768])
def test_no_data_is_a_wall(hole: float) -> None:
    ground = floods.valley()
    ground[3:6, 4:9] = hole
    found = asked(dem=dem(ground))
    assert np.isnan(found.domain.elevation).sum() == 15


def jpeg() -> bytes:
    return floods.geotiff(np.full((64, 64), 40, np.uint8), compress="JPEG")


def huge() -> bytes:
    """20,000 x 20,000 cells in a sparse file: its header alone is read."""
    import rasterio

    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            height=20_000,
            width=20_000,
            count=1,
            dtype="float32",
            crs=floods.UTM,
            transform=from_origin(0, 0, 5, 5),
            tiled=True,
            sparse_ok=True,
        ):
            pass
        return bytes(memory.read())


REFUSED = {
    "all no-data": (lambda: floods.geotiff(FLAT * np.nan), "no cell has data"),
    "one row": (lambda: floods.geotiff(floods.valley(1, 30)), "at least 3 x 3 cells"),
    "20,000 x 20,000": (huge, "ask for cells 5 times as wide, of 25"),
    "jpeg": (jpeg, "compressed as JPEG"),
    "picture": (lambda: floods.geotiff(np.zeros((3, 9, 9), np.uint8)), "a picture by its looks"),
    "nothing": (lambda: b"", "empty"),
    "text": (lambda: b"hello there", "neither of them"),
    "cut off": (lambda: floods.geotiff()[:900], "Expected a terrain model"),
}


@pytest.mark.parametrize(("make", "said"), REFUSED.values(), ids=REFUSED)
def test_terrain_that_cannot_be_used_is_refused_with_what_to_do(make: Any, said: str) -> None:
    assert said in refusal(dem=floods.b64(make()))


def test_wider_cells_can_be_asked_for_as_the_refusal_says() -> None:
    assert asked(cell_size=20).domain.elevation.shape == (12, 15)
    assert "at least the file's own, 10" in refusal(cell_size=5)


def test_more_cells_than_may_be_forecast_are_refused_with_the_width_that_would_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    toys.known(monkeypatch, {"LOOKOUT_MAX_FLOOD_CELLS": "200"})
    assert "Received 720. Cut out the area that matters, or ask for cells 2 times as wide" in refusal()
    assert asked(cell_size=20).domain.elevation.size == 180
