"""An invented event folder, and what is said when one of its files makes no sense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import InvalidInput
from core.hydraulics.local_inertial.solver import solve
from core.systems.flood import event, surveyed_levels
from core.systems.flood.terrain.terrain import Terrain
from tests.support.terrains import hills
from tests.systems.flood.terrain.test_terrain import written

X, Y = 500_000.0, 5_000_000.0  # the upper left corner; cells of 10 m
DESCRIPTION: dict[str, Any] = {
    "name": "An invented brook",
    "dem": "../dems/valley.tif",
    "duration_s": 600,
    "manning": {"default": 0.04, "zones": [{"polygons": "road.geojson", "n": 0.02}]},
    "buildings": {"polygons": "houses.geojson", "raise_m": 3},
    "rain": "rain.csv",
    "inflows": [{"cells": "cells.csv", "series": "inflow.csv"}],
    "open_edges": ["south"],
    "observations": "observations.csv",
    "reference_max_depth": "depth.tif",
    "note": "left alone",
}


def square(col: int, row: int, cols: int, rows: int) -> dict[str, Any]:
    left, top, right, bottom = X + 10 * col, Y - 10 * row, X + 10 * (col + cols), Y - 10 * (row + rows)
    ring = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
    return {"type": "FeatureCollection", "features": [{"geometry": {"type": "Polygon", "coordinates": [ring]}}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A complete event of 20 x 30 cells."""
    (tmp_path / "dems").mkdir()
    made = tmp_path / "brook"
    made.mkdir()
    ground = hills(20, 30, rough=0.0) - 0.3 * np.arange(20)[:, None]
    written(tmp_path / "dems" / "valley.tif", ground)
    written(made / "depth.tif", np.ones((20, 30)))
    files = {
        "event.json": json.dumps(DESCRIPTION),
        "road.geojson": json.dumps(square(0, 5, 30, 2)),
        "houses.geojson": json.dumps(square(10, 10, 2, 3)),
        "rain.csv": "time_s,rain_mm_per_h\n0,36\n600,36\n",
        "cells.csv": f"x,y\n{X + 155},{Y - 5}\n{X + 165},{Y - 5}\n",
        "inflow.csv": "time_s,discharge_m3_per_s\n0,2\n600,4\n",
        "observations.csv": f"id,x,y,water_level_m\na,{X + 155},{Y - 5},51.0\nb,{X + 105},{Y - 105},50.0\n",
    }
    for name, text in files.items():
        (made / name).write_text(text)
    return made


def test_a_folder_is_laid_onto_its_terrain(folder: Path) -> None:
    found = event.read(folder)
    manning = np.asarray(found.domain.manning)
    assert (manning[5:7] == 0.02).all()
    assert (np.delete(manning, [5, 6], axis=0) == 0.04).all()
    raised = found.domain.elevation - found.ground.elevation
    assert (raised[10:13, 10:12] == 3).all()
    assert raised.sum() == 18
    assert found.rain is not None
    assert found.rain.rates == pytest.approx([1e-5, 1e-5])
    assert found.inflows[0].cells.tolist() == [[0, 15], [0, 16]]
    assert found.domain.open_edges == {"south"}
    assert found.reference_max_depth is not None
    assert found.reference_max_depth.shape == (20, 30)


def test_an_event_can_be_computed_and_held_against_its_survey(folder: Path) -> None:
    found = event.read(folder)
    run = solve(found.domain, found.duration, found.rain, found.inflows)
    assert run.balance.inflow == pytest.approx(3 * 600)
    assert run.balance.rain == pytest.approx(0.006 * 600 * 100)
    assert found.observations is not None
    computed = surveyed_levels.sample_levels(found.ground, found.domain.elevation, run.max_depth, found.observations)
    assert computed[0] == pytest.approx(found.domain.elevation[0, 15] + run.max_depth[0, 15])
    assert np.isnan(
        surveyed_levels.sample_levels(found.ground, found.domain.elevation, run.max_depth * 0, found.observations)
    ).all()


def test_a_level_is_the_median_over_wet_cells_within_three_metres(folder: Path) -> None:
    found = event.read(folder)
    seen = event.Observations(("a",), np.array([X + 10.0]), np.array([Y - 10.0]), np.array([8.0]))
    tenth = found.ground.transform @ found.ground.transform.scale(0.1)
    fine = Terrain(np.zeros((40, 60)), 1.0, 1.0, None, tenth, None)
    depth = np.zeros((40, 60))
    depth[8:12, 8:12] = np.arange(16).reshape(4, 4)  # the shallowest is dry
    assert surveyed_levels.sample_levels(fine, fine.elevation, depth, seen)[0] == 8.0
    assert surveyed_levels.rmse(np.array([8.5, np.nan]), np.array([8.0, 8.0])) == 0.5


def test_a_coarser_grid_keeps_all_water(folder: Path) -> None:
    (folder / "event.json").write_text(json.dumps({**DESCRIPTION, "reference_max_depth": None}))
    found = event.read(folder, cell_size=20)
    assert found.domain.elevation.shape == (10, 15)
    run = solve(found.domain, found.duration, None, found.inflows)
    assert run.balance.inflow == pytest.approx(3 * 600)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"dem": "/etc/passwd"}, "a path relative to the event's folder"),
        ({"dem": "../../../../etc/passwd"}, "at most 2 levels up"),
        ({"dem": "missing.tif"}, "that event.json names. Received none there"),
        ({"duration_s": 0}, "'duration_s' is wrong"),
        ({"duration_s": "soon"}, "'duration_s' is wrong"),
        ({"manning": {"default": -1}}, "'manning.default' is wrong"),
        ({"manning": {"default": 0.03, "zones": [{"polygons": "rain.csv", "n": 0.1}]}}, "JSON in rain.csv"),
        ({"open_edges": ["north", "up"]}, "'open_edges.1' is wrong"),
        ({"inflows": [{"cells": "rain.csv", "series": "inflow.csv"}]}, "columns x, y"),
        ({"reference_max_depth": "../dems/other.tif"}, "a reference depth on the terrain's grid"),
    ],
    ids=str,
)
def test_a_description_that_makes_no_sense_is_refused(folder: Path, change: dict[str, Any], sentence: str) -> None:
    written(folder.parent / "dems" / "other.tif", hills(5, 5))
    (folder / "event.json").write_text(json.dumps({**DESCRIPTION, **change}))
    with pytest.raises(InvalidInput, match=sentence):
        event.read(folder)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("rain.csv", "time_s,rain_mm_per_h\n0,5\n60,-1\n", r"rain.csv: Expected rates of 0 or more. Received -"),
        ("rain.csv", "time_s,rain_mm_per_h\n0,5\n60,1\n30,1\n", "rain.csv: Expected times that ascend. Received 30 s"),
        ("rain.csv", "time_s,rain_mm_per_h\n0,5\n", "rain.csv: Expected at least two rows"),
        ("rain.csv", "time_s,rain_mm_per_h\n", "at least one row in rain.csv"),
        ("rain.csv", "time_s,rain_mm_per_h\n0,heavy\n", "rain_mm_per_h in row 2 of rain.csv. Received 'heavy'"),
        ("rain.csv", "time_s,rain_mm_per_h\n0,inf\n", "Received 'inf'"),
        ("rain.csv", "time_s\n0\n", "Received none of rain_mm_per_h"),
        ("inflow.csv", "time_s,discharge_m3_per_s\n0,2\n0,2\n", "inflow.csv: Expected times that ascend"),
        (
            "inflow.csv",
            "time_s,discharge_m3_per_s\n0,-2\n9,2\n",
            "inflow.csv: Expected rates of 0 or more. Received -2",
        ),
        ("cells.csv", f"x,y\n{X - 5},{Y - 5}\n", "cells.csv: Expected inflow cells within 20 rows and 30 columns"),
        ("cells.csv", "x,y\n", "at least one row in cells.csv"),
        ("houses.geojson", "[]", "polygons as GeoJSON in houses.geojson"),
        ("houses.geojson", json.dumps({"type": "Point", "coordinates": [1, 2]}), "polygons as GeoJSON"),
        ("houses.geojson", "{", "JSON in houses.geojson"),
        ("observations.csv", f"id,x,y,water_level_m\na,{X},north,1\n", "y in row 2 of observations.csv"),
        ("event.json", "no json", "JSON in event.json"),
        ("event.json", "[]", "'the whole' is wrong"),
    ],
)
def test_a_file_that_makes_no_sense_is_named(folder: Path, name: str, text: str, sentence: str) -> None:
    (folder / name).write_text(text)
    with pytest.raises(InvalidInput, match=sentence):
        event.read(folder)


def test_a_folder_without_a_description_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"a folder with an event\.json"):
        event.read(tmp_path)
