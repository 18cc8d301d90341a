"""What a request for a flood may hold: what each oddity becomes, or how it is refused; nothing is computed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from core import inference
from core.errors import InvalidInput, LookoutError
from core.hydraulics.hazard import DEPTH_WORDS, DRY
from core.inference.call import first_problem
from core.systems import flood
from core.systems.flood import question
from core.systems.flood.question import Question
from tests.support import floods, toys

FLAT = np.full((10, 10), 40, np.float32)


def asked(**change: Any) -> Question:
    question: Question = flood.FloodInput.model_validate(floods.request(**change)).question
    return question


def refusal(**change: Any) -> str:
    """What is said against a request."""
    try:
        flood.FloodInput.model_validate(floods.request(**change))
    except ValidationError as problem:
        return first_problem(problem)
    except LookoutError as problem:
        return problem.message
    pytest.fail("it was taken")


def dem(numbers: np.ndarray | None = None, **change: Any) -> dict[str, str]:
    return floods.b64(floods.geotiff(numbers, **change))


def test_the_labels_are_the_depth_classes() -> None:
    assert (DRY, *DEPTH_WORDS) == flood.LABELS


def test_a_request_becomes_a_question() -> None:
    found = asked(inflows=[floods.inflow()], manning=0.05, open_edges=["south"])
    np.testing.assert_array_equal(found.domain.elevation, floods.valley())
    assert (found.domain.dx, found.domain.manning, found.domain.open_edges) == (10.0, 0.05, frozenset({"south"}))
    assert (found.duration, found.lead_times, found.mode) == (1800.0, (600.0, 1800.0), "fast")
    assert found.rain is not None
    assert 3.6e6 * found.rain.rates.max() == pytest.approx(60)
    [river] = found.inflows
    assert river.cells.tolist() == [[2, 15]]
    assert river.series.rates.tolist() == [2, 2]


def test_what_is_not_said_has_a_stated_default() -> None:
    found = asked(duration_s=None, lead_times_s=None, mode=None)
    assert found.duration == 1200 + 3600
    assert found.lead_times == pytest.approx([400.0 * step for step in range(1, 13)])
    assert found.mode == "accurate"
    assert len(found.domain.open_edges) == 4
    assert found.domain.manning == 0.035
    assert found.assets is None


def test_of_many_cells_there_are_fewer_lead_times_and_not_all_that_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(question, "MAX_NUMBERS", 3 * 24 * 30)
    assert len(asked(lead_times_s=None).lead_times) == 3
    assert "up to 2,160 cells times lead times" in refusal(lead_times_s=[1, 2, 3, 4])


def test_inflow_alone_is_enough_and_decides_the_duration() -> None:
    found = asked(rain=None, duration_s=None, lead_times_s=None, inflows=[floods.inflow()])
    assert (found.rain, found.duration) == (None, 1800 + 3600)


def test_roughness_can_differ_by_polygons_of_which_later_ones_lie_over_earlier_ones() -> None:
    def zone(top: int, bottom: int, n: Any) -> dict[str, Any]:
        corners = [(top, 0), (top, 30), (bottom, 30), (bottom, 0), (top, 0)]
        ring = [list(floods.degrees(*corner)) for corner in corners]
        return {"type": "Feature", "properties": {"n": n}, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    zones = {"type": "FeatureCollection", "features": [zone(0, 10, 0.1), zone(5, 12, 0.02)]}
    rough = asked(manning={"default": 0.04, "zones": zones}).domain.manning
    assert isinstance(rough, np.ndarray)
    assert [float(rough[row, 3]) for row in (0, 4, 5, 11, 12, 23)] == [0.1, 0.1, 0.02, 0.02, 0.04, 0.04]
    for n in (None, "rough", -1, 2, True, float("nan")):
        assert "manning.zones: Expected the property n" in refusal(manning={"zones": zone(0, 10, n)})
    point = {"type": "Feature", "properties": {"n": 0.1}, "geometry": {"type": "Point", "coordinates": [3, 0.9]}}
    assert "manning.zones: Expected polygons" in refusal(manning={"zones": point})
    assert "manning.zones" in refusal(manning={"zones": {"type": "nonsense"}})


def test_a_files_bytes_and_a_plain_number_of_roughness_are_understood() -> None:
    assert asked(dem=floods.geotiff()).domain.elevation.shape == (24, 30)
    assert asked(manning=0).domain.manning == 0.0


def test_a_registered_area_stands_for_its_terrain() -> None:
    assert asked(dem={"area": "sample"}).ground.elevation.shape == (256, 256)
    assert "Received 'atlantis'" in refusal(dem={"area": "atlantis"})
    for name in ("../../etc/passwd", "..", "/etc/passwd", "a\0b"):
        assert "Expected the name of an area" in refusal(dem={"area": name})


OUTSIDE = floods.degrees(-40, 15)
CASES = {
    "no terrain": ({"dem": None}, "dem"),
    "neither": ({"dem": {}}, "Received neither"),
    "both": ({"dem": {"b64": "AAAA", "area": "sample"}}, "Received both"),
    "no base64": ({"dem": {"b64": "%%%"}}, "GeoTIFF or ASCII grid as base64"),
    "no water": ({"rain": None}, "Expected rain or an inflow"),
    "empty rain": ({"rain": []}, "Expected rain or an inflow"),
    "negative rain": ({"rain": [[0, 1], [60, -1]]}, "rain: Expected rates of 0 or more"),
    "rain backwards": ({"rain": [[0, 1], [60, 1], [30, 1]]}, "rain: Expected times that ascend"),
    "more rain than ever fell": ({"rain": [[0, 1e9], [600, 0]]}, "Expected up to 10,000 mm of rain"),
    "one row of rain": ({"rain": [[0, 1]]}, "at least two rows"),
    "rain without number": ({"rain": [[0, 1], [60, float("nan")]]}, "finite"),
    "rain in words": ({"rain": [[0, "heavy"]]}, "rain.0.1"),
    "rain of three columns": ({"rain": [[0, 1, 2]]}, "rain.0"),
    "inflow outside": (
        {"inflows": [floods.inflow(longitude=OUTSIDE[0], latitude=OUTSIDE[1])]},
        "inflows.0: Expected a place on the terrain, longitude",
    ),
    "inflow swapped": ({"inflows": [floods.inflow(longitude=200)]}, "inflows.0.longitude"),
    "inflow at the other side": ({"inflows": [floods.inflow(longitude=-179, latitude=-89)]}, "Expected a place on"),
    "inflow backwards": ({"inflows": [floods.inflow(series=[[60, 1], [0, 1]])]}, "inflows.0.series: Expected times"),
    "negative inflow": ({"inflows": [floods.inflow(series=[[0, -1], [60, 1]])]}, "rates of 0 or more"),
    "manning": ({"manning": -0.1}, "manning"),
    "duration": ({"duration_s": 0, "lead_times_s": None}, "duration_s"),
    "endless": ({"duration_s": 1e9, "lead_times_s": None}, "30 days"),
    "lead time after the end": ({"lead_times_s": [600, 7200]}, "from 0 to the duration, 1800 s"),
    "lead times backwards": ({"lead_times_s": [900, 600]}, "lead times that ascend"),
    "lead times twice": ({"lead_times_s": [600, 600]}, "lead times that ascend"),
    "negative lead time": ({"lead_times_s": [-5, 600]}, "lead times"),
    "no lead time": ({"lead_times_s": []}, "lead_times_s"),
    "edge": ({"open_edges": ["up"]}, "open_edges"),
    "mode": ({"mode": "slow"}, "mode"),
    "assets": ({"assets": {"type": "Topology"}}, "Expected assets as GeoJSON"),
    "misspelt": ({"rainfall": [[0, 1], [1, 1]]}, "rainfall"),
}


@pytest.mark.parametrize(("change", "said"), CASES.values(), ids=CASES)
def test_a_request_that_makes_no_sense_is_refused_in_words(change: dict[str, Any], said: str) -> None:
    assert said in refusal(**change)


def test_an_inflow_where_there_is_no_data_is_refused() -> None:
    ground = floods.valley()
    ground[2, 15] = np.nan
    assert "inflows.0: Expected inflow on cells that have an elevation" in refusal(
        dem=dem(ground), inflows=[floods.inflow()]
    )


def test_terrain_that_lies_nowhere_takes_rain_but_no_places() -> None:
    nowhere = dem(crs=None)
    assert asked(dem=nowhere).ground.crs is None
    assert "inflows.0: Expected a terrain with a coordinate system" in refusal(dem=nowhere, inflows=[floods.inflow()])
    assert "to find assets on it" in refusal(dem=nowhere, assets={"type": "Point", "coordinates": [3, 1]})


@pytest.mark.parametrize("bytes_", [b"\xff\xfe", b"[1, 2", b'"text"', b"null", b"[" * 100_000])
def test_a_file_that_is_no_request_is_refused(bytes_: bytes) -> None:
    with pytest.raises((ValidationError, InvalidInput)):
        flood.FloodInput.model_validate(bytes_)


def test_a_request_cannot_name_a_folder_of_the_server() -> None:
    for raw in ({"path": "/etc"}, {"event": "/etc"}, "/etc", ["/etc"]):
        with pytest.raises(ValidationError):
            flood.FloodInput.model_validate(raw)


def test_the_same_question_has_the_same_hash_and_another_one_another() -> None:
    def digest(**change: Any) -> bytes:
        return flood.FloodInput.model_validate(floods.request(**change)).content()

    plain = digest()
    assert digest() == plain
    changed = floods.valley()
    changed[0, 0] += 0.01
    others = [
        digest(dem=dem(changed)),
        digest(rain=[[0, 60], [900, 60], [1201, 0]]),
        digest(mode="accurate"),
        digest(manning=0.04),
        digest(inflows=[floods.inflow()]),
        digest(lead_times_s=[600, 1200]),
        digest(open_edges=[]),
        digest(assets={"type": "Point", "coordinates": list(floods.degrees(5, 5))}),
        digest(dem=dem(cell=10.5)),
    ]
    assert len({plain, *others}) == len(others) + 1


def test_an_event_folder_is_a_question_too(sample_folder: Path) -> None:
    found = flood.FloodInput.model_validate(flood.EventFolder(sample_folder, "fast")).question
    assert (found.duration, found.mode, len(found.inflows)) == (9000.0, "fast", 1)
    assert [one.name for one in found.assets][:2] == ["School", "Clinic"]
    with pytest.raises(InvalidInput, match="Expected a mode out of accurate, fast"):
        flood.FloodInput.model_validate(flood.EventFolder(sample_folder, "slow"))  # type: ignore[arg-type]


def test_the_example_that_programs_are_shown_is_a_good_one() -> None:
    [example] = flood.FloodInput.model_json_schema()["examples"]
    assert flood.FloodInput.model_validate(json.loads(json.dumps(example))).question.mode == "fast"


def test_a_plan_tells_long_work_from_short_and_passes_bad_instances_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toys.known(monkeypatch, floods.install(tmp_path))
    short = inference.plan("flood", [floods.request()], None, 20.0)
    assert short.seconds < 1
    assert isinstance(short.instances[0], flood.FloodInput)
    long = inference.plan("flood", [{**floods.request(), "duration_s": 2e6}], None, 0.5)
    assert long.seconds > 2 * short.seconds
    bad = [{"dem": 1}, floods.request()]
    assert inference.plan("flood", bad, None, 20.0).instances is bad
