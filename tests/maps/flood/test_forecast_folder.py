"""A forecast's folder that is whole, and those that are not."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.artefacts import forecast_files
from core.errors import InvalidInput
from core.maps.flood import forecast_folder, pictures, point_series, views
from tests.maps.flood.conftest import LEAD_TIMES, Write, pool


def test_a_folder_says_what_is_in_it(written: Write) -> None:
    opened = written(pool())
    assert opened.lead_times == LEAD_TIMES
    assert opened.shape == (60, 80)
    assert opened.cell_size == (10.0, 10.0)
    assert opened.engine == "network 1.2.0, accurate"
    assert not opened.has_interval
    assert opened.features("assets") == []


def test_the_solver_has_no_version(written: Write) -> None:
    assert written(pool(), engine="solver", mode=None, version=None).engine == "solver"


def test_what_is_no_forecast_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"Expected the folder of a forecast.*Make the forecast again"):
        forecast_folder.read(tmp_path)
    with pytest.raises(InvalidInput, match="Expected the folder"):
        forecast_folder.read(tmp_path / "never made")


@pytest.mark.parametrize("name", forecast_files.RASTERS)
def test_a_missing_raster_is_named(written: Write, name: str) -> None:
    opened = written(pool())
    (opened.path / f"{name}.tif").unlink()
    with pytest.raises(InvalidInput, match=rf"Expected {name}\.tif"):
        forecast_folder.read(opened.path)


@pytest.mark.parametrize("text", ["", "{", "[1]", "{}", '{"lead_times_s": []}', '{"lead_times_s": ["soon"]}', "\0"])
def test_a_damaged_summary_is_refused(written: Write, text: str) -> None:
    opened = written(pool())
    (opened.path / "summary.json").write_text(text)
    with pytest.raises(InvalidInput, match="Make the forecast again"):
        forecast_folder.read(opened.path)


def test_bands_that_do_not_fit_the_lead_times_are_refused(written: Write) -> None:
    opened = written(pool())
    shutil.copy(opened.path / "max_depth.tif", opened.path / "depth.tif")
    with pytest.raises(InvalidInput, match=r"Expected 3 bands in depth\.tif.*Received 1"):
        forecast_folder.read(opened.path)


@pytest.mark.parametrize("kept", [0, 4, 200, 3000])
def test_a_truncated_raster_is_refused(written: Write, kept: int) -> None:
    opened = written(np.random.default_rng(0).random((300, 300)))
    view = views.whole_grid(opened)
    for name in ("depth", "max_depth"):
        path = opened.path / f"{name}.tif"
        path.write_bytes(path.read_bytes()[:kept])
    for work in (
        lambda: forecast_folder.read(opened.path) and pictures.depth(opened, view),
        lambda: pictures.max_depth(opened, view),
        lambda: point_series.read_point(opened, 45.14, 15.01),
    ):
        with pytest.raises(InvalidInput, match=r"damaged.*Make the forecast again"):
            work()


def test_damaged_lines_are_refused(written: Write) -> None:
    opened = written(pool())
    (opened.path / "routes.geojson").write_text('{"features": 3}')
    with pytest.raises(InvalidInput, match=r"Expected features in routes\.geojson"):
        opened.features("routes")


def test_a_forecast_without_a_place_has_no_map_but_a_picture(written: Write) -> None:
    opened = written(pool(), None)
    with pytest.raises(InvalidInput, match="says where it lies"):
        views.whole_grid(opened)
    with pytest.raises(InvalidInput, match="says where it lies"):
        point_series.read_point(opened, 45.0, 15.0)
    assert pictures.max_depth(opened, views.unprojected(opened)).pictures
