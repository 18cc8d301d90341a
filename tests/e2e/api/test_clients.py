"""Clients of other model servers against a real server, unchanged; each answers what the page would."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import subprocess

import numpy as np
import pytest
import requests
import tritonclient.http as tritonclient
from tritonclient.utils import InferenceServerException

from core import inference
from core.migrations import migrate
from core.store import store as the_store
from tests.support import bad_photos

pytestmark = pytest.mark.e2e

PHOTO = bad_photos.jpeg(seed=2, width=640, height=480)
OTHER = bad_photos.jpeg(seed=3, width=320, height=240)
RECORD = {"datetime": "2014-09-30 23:51", "latitude": 37.7749, "longitude": -122.4194, "district": "MISSION"}


def page_says(system, instance):
    """Class and score as a page gets them, of the same version in this process."""
    migrate(the_store())
    [prediction] = inference.predict(system, [instance], source="page")
    assert prediction.answer is not None, prediction.error
    return prediction.answer.value, pytest.approx(prediction.answer.score, abs=1e-6)


@pytest.fixture(scope="module")
def photo_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("photos") / "photo.jpg"
    path.write_bytes(PHOTO)
    return path


@pytest.fixture
def triton(server):
    with tritonclient.InferenceServerClient(server.url.removeprefix("http://")) as client:
        yield client


def photo_input(*photos, binary=True):
    tensor = tritonclient.InferInput("image", [len(photos)], "BYTES")
    data = [photo if binary else base64.b64encode(photo) for photo in photos]
    return tensor.set_data_from_numpy(np.array(data, dtype=object), binary_data=binary)


def test_tritons_client_finds_server_and_model(triton):
    assert triton.is_server_live()
    assert triton.is_server_ready()
    assert triton.is_model_ready("waste")
    assert not triton.is_model_ready("nobody")
    assert triton.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    assert triton.get_model_metadata("waste")["inputs"] == [{"name": "image", "datatype": "BYTES", "shape": [-1]}]


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
@pytest.mark.parametrize("packed", [None, "gzip", "deflate"])
def test_tritons_client_gets_the_pages_answers(triton, binary, packed):
    outputs = [tritonclient.InferRequestedOutput(name, binary_data=binary) for name in ("class", "score", "answer")]
    result = triton.infer(
        "waste",
        [photo_input(PHOTO, OTHER, binary=binary)],
        outputs=outputs,
        request_id="7",
        request_compression_algorithm=packed,
    )
    assert result.get_response()["id"] == "7"
    classes = [name.decode() if isinstance(name, bytes) else name for name in result.as_numpy("class")]
    scores = result.as_numpy("score")
    assert scores.dtype == np.float32
    for photo, name, score, whole in zip((PHOTO, OTHER), classes, scores, result.as_numpy("answer"), strict=True):
        assert (name, float(score)) == page_says("waste", photo)
        assert json.loads(whole)["class"] == name


def test_tritons_client_sends_numbers_and_texts_of_a_record(triton):
    inputs = []
    for name, value in RECORD.items():
        is_number = isinstance(value, float)
        tensor = tritonclient.InferInput(name, [1, 1], "FP64" if is_number else "BYTES")
        inputs.append(tensor.set_data_from_numpy(np.array([[value]], dtype=np.float64 if is_number else object)))
    result = triton.infer("crime", inputs)
    assert (result.as_numpy("class")[0].decode(), float(result.as_numpy("score")[0])) == page_says("crime", RECORD)


def test_tritons_client_is_told_what_is_wrong(triton):
    with pytest.raises(InferenceServerException, match="Expected one of") as refusal:
        triton.infer("nobody", [photo_input(PHOTO)])
    assert refusal.value.status() == "404"
    with pytest.raises(InferenceServerException, match="Expected a JPEG") as refusal:
        triton.infer("waste", [photo_input(b"no photo")])
    assert refusal.value.status() == "400"


def test_tensorflow_servings_documented_client_gets_the_pages_answer(server):
    data = json.dumps(
        {"signature_name": "serving_default", "instances": [{"image": {"b64": base64.b64encode(PHOTO).decode()}}]}
    )
    headers = {"content-type": "application/json"}
    json_response = requests.post(f"{server.url}/v1/models/waste:predict", data=data, headers=headers, timeout=60)
    [prediction] = json.loads(json_response.text)["predictions"]
    assert (prediction["class"], prediction["score"]) == page_says("waste", PHOTO)
    status = requests.get(f"{server.url}/v1/models/waste", timeout=60).json()
    assert status["model_version_status"][-1]["state"] == "AVAILABLE"


@pytest.mark.parametrize(
    "arguments",
    [
        ["-F", "image=@photo.jpg"],
        ["--data-binary", "@photo.jpg", "-H", "content-type: image/jpeg"],
        ["-d", "@photo.json"],
        ["--data-binary", "@photo.json.gz", "-H", "content-encoding: gzip"],
    ],
)
def test_curl_gets_the_pages_answer(server, photo_file, arguments):
    text = json.dumps({"image": base64.b64encode(PHOTO).decode()})
    photo_file.with_name("photo.json").write_text(text)
    photo_file.with_name("photo.json.gz").write_bytes(gzip.compress(text.encode()))
    [prediction] = curl(server, photo_file.parent, "/predict", *arguments)["predictions"]
    assert (prediction["class"], prediction["score"]) == page_says("waste", PHOTO)


def test_curl_sends_a_list_of_fields_as_the_documents_of_the_user_have_it(server, tmp_path):
    body = curl(server, tmp_path, "/predict?model=crime", "-d", '{"input": [1, 2, 3]}')
    [prediction] = body["predictions"]
    instance = {"datetime": 1, "latitude": 2, "longitude": 3}
    assert (prediction["class"], prediction["score"]) == page_says("crime", instance)


@pytest.mark.parametrize("form", ["dataframe_split", "dataframe_records", "instances", "inputs"])
def test_mlflows_scoring_request_gets_the_pages_answer(server, form):
    photo = base64.b64encode(PHOTO).decode()
    content = {
        "dataframe_split": {"columns": ["image"], "index": [0], "data": [[photo]]},
        "dataframe_records": [{"image": photo}],
        "instances": [{"image": photo}],
        "inputs": {"image": [photo]},
    }[form]
    answer = requests.post(f"{server.url}/invocations?model=waste", json={form: content}, timeout=60)
    [prediction] = answer.json()["predictions"]
    assert (prediction["class"], prediction["score"]) == page_says("waste", PHOTO)


def test_sagemakers_photo_and_ping_are_answered(server):
    headers = {"content-type": "image/jpeg", "accept": "application/json"}
    answer = requests.post(f"{server.url}/invocations?model=waste", data=PHOTO, headers=headers, timeout=60)
    [prediction] = answer.json()["predictions"]
    assert (prediction["class"], prediction["score"]) == page_says("waste", PHOTO)
    assert requests.get(f"{server.url}/ping", timeout=60).status_code == 200


def curl(server, folder, path, *arguments):
    """What curl prints, parsed; the test is skipped on a machine without curl."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not on this machine")
    command = ["curl", "--silent", "--show-error", "--max-time", "60", *arguments, server.url + path]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return json.loads(ended.stdout)


@pytest.mark.parametrize("path", ["/v1", "/v1/nothing", "/v2/nothing/at/all", "/ping/x", "/predict/x", "/healthz/x"])
def test_what_is_unknown_below_a_protocol_is_404_and_never_a_page(server, path):
    answer = requests.get(server.url + path, timeout=60)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")


@pytest.mark.parametrize(("method", "path"), [("GET", "/predict"), ("PUT", "/v2"), ("DELETE", "/healthz")])
def test_a_wrong_method_is_405_and_names_the_right_one(server, method, path):
    answer = requests.request(method, server.url + path, timeout=60)
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/json")
    assert answer.headers["allow"] in ("POST", "GET")


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/waste", 200), ("/health", 404), ("/nowhere", 404)])
def test_a_probe_of_an_address_that_no_page_has_fails(server, path, status):
    assert requests.get(server.url + path, timeout=60).status_code == status
