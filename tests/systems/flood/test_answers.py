"""What is answered about a flood: it agrees with its rasters, says how sure it is, and can be stopped."""

from __future__ import annotations

import csv
import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from core import inference
from core.artefacts import answer_files
from core.contract import Answer
from core.errors import Cancelled
from core.progress import Progress, Stage, sentence
from core.store import Query, Store
from core.systems import flood
from core.systems.flood import answers
from core.systems.flood.correction.over_time import CorrectedFlood
from core.systems.flood.engine import FloodEngine
from core.systems.flood.physics import Physics
from tests.support import floods, toys

PLACES = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Point", "coordinates": where}}
        for name, where in (
            ("Mill", list(floods.degrees(23.5, 15.5))),
            ("Hill", list(floods.degrees(1.5, 1.5))),
            ("Elsewhere", list(floods.degrees(500, 500))),
        )
    ],
}
WALLED: dict[str, Any] = {"open_edges": [], "inflows": [floods.inflow()]}


class Network:
    """In place of a trained network: adds a tenth to all depths, with an interval of a fifth to both sides."""

    def correct(self, domain: Any, physics: Physics, rain: Any, progress: Any = None) -> CorrectedFlood:
        deep = (1.1 * physics.max_depth).astype(np.float32)
        if progress is not None:
            progress(Progress(1.0, Stage.CORRECTING, detail="corrected"))
        moments = (1.1 * physics.moments).astype(np.float32)
        return CorrectedFlood(deep, deep * np.float32(0.8), deep * np.float32(1.2), physics.arrival, moments)


@pytest.fixture
def engine() -> FloodEngine:
    return FloodEngine("7", Network())


def asked(**change: Any) -> flood.FloodInput:
    return flood.FloodInput.model_validate(floods.request(**change))


def answered(engine: FloodEngine, **change: Any) -> Answer:
    [answer] = flood.predict(engine, [asked(**change)])
    return answer


def raster(answer: Answer, name: str) -> np.ndarray:
    assert answer.files is not None
    with rasterio.open(answer_files.file(answer.files.folder, f"{name}.tif")) as dataset:
        read: np.ndarray = dataset.read()
    return read


def test_the_numbers_agree_with_the_rasters(engine: FloodEngine) -> None:
    answer = answered(engine, assets=PLACES, **WALLED)
    said: Any = answer.details["summary"]
    depth, deepest, arrival = raster(answer, "depth"), raster(answer, "max_depth")[0], raster(answer, "arrival")[0]
    assert depth.shape == (2, 24, 30)
    assert said["largest_depth_m"] == pytest.approx(float(deepest.max()))
    assert said["flooded_m2"] == pytest.approx(100 * int((deepest >= 0.05).sum()))
    assert said["first_arrival_s"] == pytest.approx(float(np.nanmin(arrival)))
    assert said["largest_volume_m3"] == pytest.approx(100 * float(depth.sum(axis=(1, 2)).max()), rel=1e-5)
    low, high = raster(answer, "max_depth_low")[0], raster(answer, "max_depth_high")[0]
    assert (low <= deepest).all()
    assert (deepest <= high).all()
    maps: Any = answer.beside
    area = sum(one["properties"]["area_m2"] for one in maps["extents"]["features"])
    assert area == pytest.approx(said["flooded_m2"], rel=0.05)  # a class of specks alone has no outline
    by_name = {one["properties"]["name"]: one["properties"] for one in maps["assets"]["features"]}
    assert by_name["Mill"]["depth_m"] == pytest.approx(float(deepest[22:24, 14:17].max()), abs=0.2)
    assert by_name["Mill"]["depth_low_m"] < by_name["Mill"]["depth_m"] < by_name["Mill"]["depth_high_m"]
    assert by_name["Elsewhere"]["state"] == "outside"
    assert (answer.details["assets_asked"], answer.details["assets_flooded"]) == (3, 1)
    assert maps["routes"]["features"]


def test_speed_is_that_of_its_files_and_never_faster_than_critical(engine: FloodEngine) -> None:
    answer = answered(engine, **WALLED)
    speed, deepest = raster(answer, "max_speed")[0], raster(answer, "max_depth")[0]
    assert answer.details["summary"]["largest_speed_m_per_s"] == pytest.approx(float(speed.max()))  # type: ignore[index, call-overload]
    assert speed.max() > 0.1
    assert (speed <= np.sqrt(9.81 * np.maximum(deepest, 0.05)) + 1e-4).all()
    assert (speed[deepest < 0.05] == 0).all()


def test_the_mass_error_is_that_of_the_depths_at_the_end(engine: FloodEngine) -> None:
    answer = answered(engine, **WALLED)
    said: Any = answer.details["summary"]
    come = said["rain_m3"] + said["inflow_m3"]
    assert said["inflow_m3"] == pytest.approx(3600)
    held = 100 * float(raster(answer, "depth")[-1].sum())
    assert said["mass_error"] == pytest.approx(
        (come - said["outflow_m3"] - held) / (come + said["outflow_m3"]), abs=1e-5
    )


def test_a_version_with_a_network_gives_intervals_and_a_score(engine: FloodEngine) -> None:
    answer = answered(engine, **WALLED)
    assert not answer.abstained
    assert answer.score == max(other.score for other in answer.alternatives)
    said: Any = answer.details
    assert said["deepest_hundredth_low_m"] == pytest.approx(0.8 * said["deepest_hundredth_m"], rel=1e-4)
    assert (said["summary"]["engine"], said["summary"]["version"]) == ("network", "7")


def test_a_version_without_a_network_says_so_and_abstains() -> None:
    answer = answered(FloodEngine("7", None), **WALLED)
    said: Any = answer.details
    assert said["summary"]["engine"] == "physics"
    assert answer.abstained
    assert "no intervals" in str(answer.reason)
    assert said["deepest_hundredth_low_m"] is None
    assert answer.files is not None
    assert "max_depth_low.tif" not in answer.files.names


def test_the_same_question_is_kept_once_and_another_one_apart(engine: FloodEngine) -> None:
    one, same, other = answered(engine), answered(engine), answered(engine, manning=0.06)
    assert one.files == same.files
    assert other.files != one.files


def test_terrain_that_lies_nowhere_has_rasters_and_no_maps(engine: FloodEngine) -> None:
    answer = answered(engine, dem=floods.b64(floods.geotiff(crs=None)))
    assert answer.beside == {}
    assert raster(answer, "max_depth").shape == (1, 24, 30)
    notes: Any = answer.details["summary"]
    assert "no coordinate system" in notes["notes"][0]


def test_features_describe_the_event_in_numbers_worked_by_hand(engine: FloodEngine) -> None:
    ground = floods.valley()
    ground[:, 0] = np.nan
    found = answered(engine, dem=floods.b64(floods.geotiff(ground)), inflows=[floods.inflow()]).features
    assert found["cell_size_m"] == 10
    assert found["area_km2"] == pytest.approx(24 * 29 * 1e-4)
    assert found["holes_share"] == pytest.approx(1 / 30)
    assert found["rain_mm"] == pytest.approx(60 * (900 + 150) / 3600)
    assert found["rain_peak_mm_per_h"] == pytest.approx(60)
    assert found["inflow_mm"] == pytest.approx(1e3 * 3600 / (24 * 29 * 100))
    assert found["inflow_peak_m3_per_s"] == 2
    assert found["relief_m"] == pytest.approx(float(np.nanmax(ground) - np.nanmin(ground)))
    assert 0.005 < found["slope"] < 0.05


def test_an_explanation_shows_where_it_is_deep_and_which_water_came(engine: FloodEngine) -> None:
    why = flood.explain(engine, asked(inflows=[floods.inflow(), floods.inflow(row=3.5)]))
    assert why.heat is not None
    assert why.contributions is not None
    assert why.heat.shape == (24, 30)
    assert why.heat.max() == 1
    assert list(why.contributions) == ["rain", "inflow 1", "inflow 2"]
    assert sum(why.contributions.values()) == pytest.approx(1)
    assert why.contributions["inflow 1"] == pytest.approx(why.contributions["inflow 2"])


def test_it_tells_how_far_it_is_and_stops_when_asked(engine: FloodEngine) -> None:
    told: list[float] = []
    flood.predict(engine, [asked()], lambda progress: told.append(progress.share))
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] < 1

    def stop(_progress: Progress) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        flood.predict(engine, [asked()], stop)
    assert flood.predict(engine, [asked()])  # its turn was given back


def test_no_more_forecasts_are_computed_at_a_time_than_fit(
    engine: FloodEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(answers, "SECONDS_BETWEEN_LOOKS", 0.01)
    said: list[str] = []

    def stop(progress: Progress) -> None:
        said.append(sentence(progress))
        raise Cancelled("Stopped.")

    with answers._turn(None), pytest.raises(Cancelled):
        flood.predict(engine, [asked()], stop)
    assert said == ["Waiting until other forecasts are done."]


def test_the_expected_time_grows_with_cells_and_duration() -> None:
    question = asked().question
    longer = replace(question, duration=10 * question.duration)
    larger = asked(dem=floods.b64(floods.geotiff(np.tile(floods.valley(), (4, 4))))).question
    assert answers.expected_seconds(longer) > answers.expected_seconds(question)
    assert answers.expected_seconds(larger) == pytest.approx(16 * answers.expected_seconds(question))


def test_the_log_has_the_summary_and_the_files_name_but_no_maps(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toys.known(monkeypatch, {**floods.install(tmp_path), "LOOKOUT_DATABASE_URL": store.url.render_as_string(False)})
    good, bad = inference.predict("flood", [floods.request(assets=PLACES), floods.request(rain=[[0, -1], [9, 0]])])
    assert good.answer is not None
    assert good.answer.files is not None
    row = store.prediction(good.id)
    assert row["details"]["summary"] == json.loads(json.dumps(good.answer.details["summary"]))
    assert row["details"]["files"] == {"folder": good.answer.files.folder, "names": list(good.answer.files.names)}
    assert not {"routes", "extents", "assets", "beside"} & set(row["details"])
    assert row["features"]["rain_mm"] > 0
    assert len(row["input_hash"]) == 64
    assert inference.file(good.id, "assets.csv").read_bytes()
    with inference.file(good.id, "assets.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {one["name"] for one in csv.DictReader(file)} == {"Mill", "Hill", "Elsewhere"}
    failed = store.prediction(bad.id)
    assert (failed["status"], failed["error_kind"]) == ("failed", "invalid_input")
    assert "rates of 0 or more" in failed["error"]
    assert store.count(Query(system="flood")) == 2
