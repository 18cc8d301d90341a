"""A flood's terrain, rain and places as files of a form, as `curl -F` sends them."""

from __future__ import annotations

import json

import pytest

from tests.api.conftest import assert_refused
from tests.support import floods, toys

RAIN = b"time_s,rain_mm_per_h\n0,60\n900,60\n1200,0\n"
FIELDS = {"model": "flood", "duration_s": "1800", "lead_times_s": "[600, 1800]", "mode": "fast"}


@pytest.fixture(autouse=True)
def known(tmp_path, monkeypatch):
    toys.known(monkeypatch, floods.install(tmp_path / "floods"))


def answered(answer):
    assert answer.status_code == 200, answer.text
    [prediction] = answer.json()["predictions"]
    return prediction


def numbers(prediction):
    return prediction["class"], prediction["score"], prediction["summary"]["largest_depth_m"]


def test_files_are_answered_as_the_same_in_json(client):
    files = {"dem": ("terrain.tif", floods.geotiff(), "image/tiff"), "rain": ("rain.csv", RAIN, "text/csv")}
    sent = answered(client.post("/predict", data=FIELDS, files=files))
    asked = answered(client.post("/predict", json={"model": "flood", "input": floods.request()}))
    assert numbers(sent) == numbers(asked)
    hashes = [client.get(f"/predictions/{one['prediction_id']}").json()["input_hash"] for one in (sent, asked)]
    assert hashes[0] == hashes[1]


def test_rain_may_be_json_and_places_a_geojson_file(client):
    point = {"type": "Point", "coordinates": list(floods.degrees(20.5, 15.5))}
    mill = {"type": "Feature", "properties": {"name": "Mill"}, "geometry": point}
    files = {"dem": ("terrain.tif", floods.geotiff()), "assets": ("places.geojson", json.dumps(mill).encode())}
    fields = {**FIELDS, "rain": "[[0, 60], [900, 60], [1200, 0]]", "manning": "0.05"}
    prediction = answered(client.post("/predict", data=fields, files=files))
    assert prediction["assets"]["features"][0]["properties"]["name"] == "Mill"


def test_several_rains_on_one_terrain_are_several_instances(client):
    files = [("dem", ("terrain.tif", floods.geotiff()))]
    files += [("rain", (f"{number}.csv", RAIN.replace(b"60", str(number).encode()))) for number in (20, 90)]
    weak, strong = client.post("/predict", data=FIELDS, files=files).json()["predictions"]
    assert weak["summary"]["largest_depth_m"] < strong["summary"]["largest_depth_m"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"dem": ("terrain.tif", b"no raster")}, "Expected"),
        (
            {"dem": ("terrain.tif", floods.geotiff()), "rain": ("rain.csv", b"time_s,rain\n0,much\n")},
            "a number as rain",
        ),
        ({"dem": ("terrain.tif", floods.geotiff()), "rain": ("rain.json", b"[[0")}, "JSON"),
    ],
    ids=["terrain", "csv", "json"],
)
def test_a_file_that_cannot_be_read_is_refused(client, files, said):
    fields = {**FIELDS} if "rain" in files else {**FIELDS, "rain": "[[0, 60], [900, 0]]"}
    answer = client.post("/predict", data=fields, files=files)
    assert said in assert_refused(answer, 422, "invalid_input")["detail"]


def test_a_flood_that_takes_long_is_refused_by_protocols_without_jobs(client, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_JOB_SECONDS": "0"})
    for path in ("/v1/models/flood:predict", "/invocations?model=flood"):
        answer = client.post(path, json={"instances": [floods.request()]})
        assert answer.status_code == 413
        assert "POST /predict" in answer.text


def test_tensorflow_servings_form_asks_for_a_flood_too(client):
    answer = client.post("/v1/models/flood:predict", json={"instances": [floods.request()]})
    assert answered(answer)["summary"]["largest_depth_m"] > 0
