"""What the Flood page asks beside forecasts: areas, rain as rows, and the solver's check of a forecast."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

from core import inference
from core.errors import Cancelled, InvalidInput
from core.migrations import migrate
from core.progress import Progress
from core.store import store
from core.systems.flood import LABELS, FloodInput, workbench
from pages.parts.flood.workbench import FloodWorkbench
from tests.support import floods, toys


@pytest.fixture
def forecast(tmp_path, monkeypatch):
    """A logged forecast of invented rain, with a river, on the valley of the tests."""
    toys.known(monkeypatch, floods.install(tmp_path / "models-of-flood"))
    migrate(store())
    (made,) = inference.predict("flood", [floods.request(inflows=[floods.inflow()], manning=0.05)])
    assert made.error is None
    return made


def test_only_a_system_with_a_workbench_has_one():
    assert inference.workbench("flood", FloodWorkbench) is workbench
    with pytest.raises(InvalidInput, match="workbench"):
        inference.workbench("waste", FloodWorkbench)


def test_the_example_lies_on_the_sample_area():
    area = workbench.areas()[0]
    assert area.name == workbench.SAMPLE
    west, south, east, north = area.box
    given = workbench.example()
    for river in given["inflows"]:
        assert west < river["longitude"] < east
        assert south < river["latitude"] < north
    made = FloodInput.model_validate(
        {"dem": {"area": area.name}, "rain": workbench.storm(10, 60, "block", 0.4), **given}
    )
    assert len(made.question.inflows) == 1
    assert len(made.question.assets) == 6


def test_rain_keeps_its_depth_as_rows():
    for shape in workbench.SHAPES:
        rows = workbench.storm(60, 90, shape, 0.3)
        assert workbench.summary(rows).total == pytest.approx(60, rel=1e-3)
    (first, second) = workbench.rains(b"time_min,rain_mm\n0,5\n30,10\n", "rain.csv") * 2
    assert workbench.summary(first).total == pytest.approx(15, rel=1e-3)
    assert first == second
    around = [workbench.summary(one).total for one in workbench.members(first, 5)]
    assert min(around) < 15 < max(around)


def test_places_may_be_given_in_the_areas_own_coordinates():
    (area, *_) = workbench.areas()
    left, bottom, right, top = area.bounds
    text = f"name,x,y\nMill,{(left + right) / 2},{(bottom + top) / 2}\n"
    (one,) = workbench.assets(text.encode(), "places.csv", area)["features"]
    longitude, latitude = one["geometry"]["coordinates"][:2]
    assert (longitude, latitude) == pytest.approx(area.centre, abs=1e-4)


@pytest.mark.parametrize(
    ("columns", "place", "said"),
    [
        ("longitude,latitude", "{1},{0}", "Swap longitude and latitude."),
        ("longitude,latitude", "40,3", "choose the area that they lie on"),
        ("x,y", "{0},{1}", "choose the area that they lie on"),  # degrees where the area's own metres are expected
    ],
)
def test_places_of_which_none_lies_on_the_area_are_told(columns, place, said):
    (area, *_) = workbench.areas()
    longitude, latitude = area.centre
    text = f"name,{columns}\nMill,{place.format(longitude, latitude)}\n"
    with pytest.raises(
        InvalidInput, match=r"Expected places on sample, at longitude .*Received none there; Mill"
    ) as told:
        workbench.assets(text.encode(), "places.csv", area)
    assert said in told.value.message


def test_of_places_on_and_off_the_area_all_are_taken():
    (area, *_) = workbench.areas()
    longitude, latitude = area.centre
    text = f"name,longitude,latitude\nFar,40,3\nMill,{longitude},{latitude}\n"
    assert len(workbench.assets(text.encode(), "places.csv", area)["features"]) == 2


def test_wider_cells_are_offered_where_an_area_has_too_many(monkeypatch):
    (area, *_) = workbench.areas()
    assert workbench.cell_sizes(area)[0] == area.dx
    monkeypatch.setenv("LOOKOUT_MAX_FLOOD_CELLS", "20000")
    from core import settings

    settings.settings.cache_clear()
    assert workbench.cell_sizes(area)[0] == 2 * area.dx


def test_what_was_asked_is_kept_beside_the_maps(forecast):
    folder = inference.files(forecast.id)
    asked = json.loads((folder / "asked.json").read_text())
    assert asked["rain"] == floods.request()["rain"]
    assert asked["manning"] == 0.05
    assert "b64" not in asked["dem"]
    assert "assets" not in asked


def test_the_solver_checks_the_same_event(forecast):
    told: list[float] = []
    folder = inference.files(forecast.id)
    assert workbench.checked(folder) is None
    done = workbench.check(folder, lambda progress: told.append(progress.share))
    assert workbench.checked(folder) == done
    assert told == sorted(told)
    assert done.value in LABELS
    summary = json.loads((done.folder / "summary.json").read_text())
    ours = forecast.answer.details["summary"]
    assert summary["engine"] == "solver"
    assert summary["lead_times_s"] == ours["lead_times_s"]
    for name in ("rain_m3", "inflow_m3"):
        assert summary[name] == pytest.approx(ours[name], rel=1e-6)
    assert inference.feedback(forecast.id, done.value, source="solver")["label"] == done.value


def test_a_check_of_wider_cells_runs_on_those(tmp_path, monkeypatch):
    toys.known(monkeypatch, floods.install(tmp_path / "models-of-flood"))
    migrate(store())
    (made,) = inference.predict("flood", [floods.request(cell_size=20)])
    assert made.error is None
    done = workbench.check(inference.files(made.id), lambda _progress: None)
    assert _shape(done.folder) == _shape(inference.files(made.id)) == (12, 15)


def test_a_cancelled_check_leaves_nothing_and_can_be_started_again(forecast):
    folder = inference.files(forecast.id)
    before = sorted(folder.parent.iterdir())

    def cancel(_progress: Progress) -> None:
        raise Cancelled("Stopped as asked.")

    with pytest.raises(Cancelled):
        workbench.check(folder, cancel)
    assert workbench.checked(folder) is None
    assert sorted(folder.parent.iterdir()) == before
    assert workbench.check(folder, lambda _progress: None).folder.is_dir()


def test_a_forecast_of_an_event_folder_says_how_to_check_it(tmp_path):
    with pytest.raises(InvalidInput, match="evaluate flood"):
        workbench.check(tmp_path, lambda _progress: None)


def _shape(folder: Path) -> tuple[int, ...]:
    with rasterio.open(folder / "max_depth.tif") as raster:
        return np.asarray(raster.read(1)).shape
