"""Floods by the REST API: answers with links to their rasters, and long ones as jobs that can be asked and stopped."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import pytest
import rasterio
from fastapi.testclient import TestClient

from core import jobs
from core.artefacts import answer_files
from core.store import Query
from core.store import store as the_store
from tests.api.conftest import KEY
from tests.support import floods, toys


@pytest.fixture(autouse=True)
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toys.known(monkeypatch, floods.install(tmp_path / "floods"))
    monkeypatch.setattr(jobs, "_jobs", {})


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that takes time at all becomes a job."""
    toys.known(monkeypatch, {"LOOKOUT_JOB_SECONDS": "0"})


def ask(client: TestClient, *instances: Any, **more: Any) -> Any:
    return client.post("/predict", json={"model": "flood", "instances": list(instances or [floods.request()]), **more})


def ended(client: TestClient, url: str, seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        told = client.get(url).json()
        if told["state"] in ("done", "cancelled", "failed"):
            return told
        time.sleep(0.02)
    pytest.fail(f"the job did not end: {told}")


def test_an_answer_has_numbers_maps_and_links_to_its_rasters(client: TestClient) -> None:
    body = ask(client, floods.request(open_edges=[], inflows=[floods.inflow()])).json()
    [one] = body["predictions"]
    assert (body["model"], body["model_version"]) == ("flood", floods.VERSION)
    assert one["class"] in ("ankle-deep", "knee-deep", "waist-deep", "chest-deep")
    assert one["extents"]["type"] == one["routes"]["type"] == "FeatureCollection"
    assert "assets" not in one
    assert set(one["files"]) >= {"depth.tif", "max_depth.tif", "arrival.tif", "routes.geojson", "summary.json"}
    fetched = client.get(one["files"]["max_depth.tif"])
    assert fetched.status_code == 200
    with rasterio.open(io.BytesIO(fetched.content)) as dataset:
        assert dataset.read(1).max() == pytest.approx(one["summary"]["largest_depth_m"])
        assert dataset.crs.to_epsg() == 32631
    assert client.get(one["files"]["summary.json"]).json()["flooded_m2"] == one["summary"]["flooded_m2"]


def test_assets_are_answered_with_depth_and_arrival(client: TestClient) -> None:
    point = {"type": "Point", "coordinates": list(floods.degrees(20.5, 15.5))}
    mill = {"type": "Feature", "properties": {"name": "Mill"}, "geometry": point}
    [one] = ask(client, floods.request(assets=mill, open_edges=[])).json()["predictions"]
    [told] = one["assets"]["features"]
    assert told["properties"]["name"] == "Mill"
    assert told["properties"]["depth_m"] > 0.05
    assert told["properties"]["arrival_s"] > 0
    assert "assets.csv" in one["files"]


@pytest.mark.parametrize(
    "name",
    [
        "%2e%2e",
        "..%2fmax_depth.tif",
        "%2e%2e%2fdepth.tif",
        "..%2f..%2flookout.db",
        "%2fetc%2fpasswd",
        "none.tif",
        "a%00b",
    ],
)
def test_no_file_is_found_but_those_of_the_answer(client: TestClient, name: str) -> None:
    [one] = ask(client).json()["predictions"]
    answer = client.get(f"/predictions/{one['prediction_id']}/files/{name}")
    assert answer.status_code == 404, answer.text
    assert answer.json()["error"] in ("unknown_file", "http_error")


def test_files_of_no_answer_and_of_an_unknown_one_are_404(client: TestClient, tmp_path: Path) -> None:
    [bad] = ask(client, floods.request(rain=[])).json()["predictions"]
    answer = client.get(f"/predictions/{bad['prediction_id']}/files/depth.tif")
    assert (answer.status_code, answer.json()["error"]) == (404, "unknown_file")
    answer = client.get("/predictions/nobody/files/depth.tif")
    assert (answer.status_code, answer.json()["error"]) == (404, "unknown_prediction")


def test_a_file_that_is_kept_no_longer_says_so(client: TestClient) -> None:
    [one] = ask(client).json()["predictions"]
    name = the_store().prediction(one["prediction_id"])["details"]["files"]["folder"]
    answer_files._remove(answer_files.folder(name))
    answer = client.get(one["files"]["depth.tif"])
    assert answer.status_code == 404
    assert "They are gone" in answer.json()["detail"]


@pytest.mark.usefixtures("patient")
def test_a_job_passes_the_site_on_and_a_bad_one_begins_none(client: TestClient) -> None:
    taken = ask(client, site=" Weir  2 ")
    assert taken.status_code == 202
    [one] = ended(client, taken.json()["url"])["result"]["predictions"]
    assert one["site"] == the_store().prediction(one["prediction_id"])["site"] == "Weir 2"
    refused = ask(client, site="x" * 61)
    assert (refused.status_code, refused.json()["error"]) == (422, "invalid_input")
    assert len(jobs._jobs) == 1


def test_a_bad_request_is_refused_and_logged(client: TestClient) -> None:
    answer = ask(client, floods.request(rain=[[0, 5], [60, -5]]))
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("rain: Expected rates of 0 or more")
    [row] = the_store().rows(Query(system="flood"))
    assert (row["status"], row["source"]) == ("failed", "api")
    too_large = ask(client, floods.request(lead_times_s=list(range(101)))).json()
    assert too_large["error"] == "invalid_input"


def test_what_takes_long_becomes_a_job_that_gives_the_same_answer(client: TestClient, patient: None) -> None:
    answer = ask(client)
    assert answer.status_code == 202
    body = answer.json()
    assert answer.headers["location"] == body["url"] == f"/jobs/{body['job']}"
    assert int(answer.headers["retry-after"]) >= 1
    assert body["expected_seconds"] >= 0
    told = ended(client, body["url"])
    assert (told["state"], told["fraction"], told["seconds_left"], told["detail"]) == ("done", 1.0, None, None)
    [one] = told["result"]["predictions"]
    assert told["result"]["model_version"] == floods.VERSION
    assert client.get(one["files"]["depth.tif"]).status_code == 200
    row = client.get(f"/predictions/{one['prediction_id']}").json()
    assert (row["status"], row["source"], row["actor"]) == ("answered", "api", "local")


def test_a_job_can_be_watched_and_stopped(client: TestClient, patient: None) -> None:
    minutes = floods.request(
        dem={"area": "sample"}, mode="accurate", duration_s=40 * 86_400 / 2, open_edges=[], inflows=None
    )
    url = ask(client, minutes).json()["url"]
    seen: list[float] = []
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (not seen or seen[-1] <= 0):
        told = client.get(url).json()
        assert told["state"] in ("waiting", "working")
        assert "result" not in told or told["result"] is None
        seen.append(told["fraction"])
        time.sleep(0.05)
    assert 0 < seen[-1] < 1
    assert "of the flood" in told["message"]
    stopped = client.delete(url)
    assert stopped.status_code == 202
    told = ended(client, url)
    assert told["state"] == "cancelled"
    assert "Stopped as asked" in told["detail"]
    assert the_store().count(Query(system="flood")) == 0


def test_a_job_of_several_keeps_the_order_and_tells_what_failed(client: TestClient, patient: None) -> None:
    url = ask(client, floods.request(), floods.request(rain=[]), floods.request(manning=0.1)).json()["url"]
    told = ended(client, url)
    made = told["result"]["predictions"]
    assert [one.get("error") for one in made] == [None, "invalid_input", None]
    assert the_store().count(Query(system="flood")) == 3


def test_a_bad_request_needs_no_job(client: TestClient, patient: None) -> None:
    assert ask(client, floods.request(rain=[])).status_code == 422


def test_an_unknown_job_is_404(client: TestClient) -> None:
    for method in ("GET", "DELETE"):
        answer = client.request(method, "/jobs/nobody")
        assert (answer.status_code, answer.json()["error"]) == (404, "unknown_job")


def test_too_many_jobs_are_refused_for_now(client: TestClient, patient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MAX_OPEN", 0)
    answer = ask(client)
    assert (answer.status_code, answer.json()["error"]) == (503, "busy")


def test_without_a_version_there_is_no_answer_and_no_job(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    toys.known(monkeypatch, {"LOOKOUT_MODELS_DIR": str(tmp_path / "empty")})
    answer = ask(client)
    assert (answer.status_code, answer.json()["error"]) == (404, "unknown_version")
    assert ask(client, version="9").status_code == 404


@pytest.fixture
def guarded(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    toys.known(monkeypatch, {"LOOKOUT_API_KEYS": KEY})
    return client


def test_rasters_need_a_key_as_everything_does(guarded: TestClient) -> None:
    allowed = {"authorization": f"Bearer {KEY}"}
    made = guarded.post("/predict", json={"model": "flood", "input": floods.request()}, headers=allowed).json()
    link = made["predictions"][0]["files"]["depth.tif"]
    assert guarded.get(link).status_code == 401
    assert guarded.get(link, headers=allowed).status_code == 200
