"""The REST API with the toy system: three forms of a question, one form of refusal."""

from __future__ import annotations

import ast
import json
import re

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.routing import Mount, Route

from core import api, errors, inference
from core.api import forms
from core.errors import HostUnavailable, LookoutError, StoreUnavailable
from core.inference import readiness
from core.settings import CHECKOUT
from core.store import Query
from core.store import store as the_store
from tests.support import toys

KEY = "a-key-of-sixteen-characters"
JSON = {"content-type": "application/json"}


@pytest.fixture(autouse=True)
def toy(tmp_path, monkeypatch):
    toys.known(monkeypatch, toys.install(tmp_path / "toy", versions=("1", "2")))


@pytest.fixture
def database_url(tmp_path):
    """SQLite alone: what differs between the stores is tested in test_store.py and test_inference.py."""
    return f"sqlite:///{tmp_path / 'lookout.db'}"


@pytest.fixture
def client(store):
    """The API without its lifespan, so that a test decides what is warm."""
    return TestClient(api.app, raise_server_exceptions=False)


@pytest.fixture
def guarded(client, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_API_KEYS": f"sorting line:{KEY}"})
    return client


def ask(client, *words, **more):
    return client.post("/predict", json={"model": "toy", "instances": [{"word": word} for word in words], **more})


def assert_refused(answer, status, error):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["error"] == error
    assert isinstance(body["detail"], str)
    assert body["detail"]
    return body


def test_many_instances_are_answered_in_order(client):
    answer = ask(client, "cup", "bottle")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["model"], body["model_version"]) == ("toy", "1")
    assert [one["class"] for one in body["predictions"]] == ["short", "long"]
    first = body["predictions"][0]
    assert first["alternatives"] == [{"class": "short", "score": 0.9}, {"class": "long", "score": pytest.approx(0.1)}]
    assert (first["score"], first["abstained"], first["reason"], first["letters"]) == (0.9, False, None, 3)


def test_one_instance_needs_no_list(client):
    answer = client.post("/predict", json={"model": "toy", "input": {"word": "cup"}})
    assert [one["class"] for one in answer.json()["predictions"]] == ["short"]


def test_an_image_alone_means_waste(client, monkeypatch):
    monkeypatch.setattr(api, "PLAIN_PHOTO_SYSTEM", "toy")
    answer = client.post("/predict", json={"image": "abc"})
    assert "image: Extra inputs are not permitted" in answer.json()["detail"] or "word" in answer.json()["detail"]
    assert the_store().count(Query(system="toy", source="api")) == 1


def test_every_answer_is_in_the_log_under_its_id(client):
    for one in ask(client, "cup", "", "crash").json()["predictions"]:
        row = client.get(f"/predictions/{one['prediction_id']}").json()
        assert (row["id"], row["source"], row["actor"], row["system"]) == (one["prediction_id"], "api", "local", "toy")
        assert row["value"] == one.get("class")
        assert row["error_kind"] == one.get("error")


def test_a_logged_row_is_plain_json_with_times_in_utc_and_its_outcomes(client):
    [one] = ask(client, "nan").json()["predictions"]
    client.post("/feedback", json={"prediction_id": one["prediction_id"], "label": "long"})
    row = client.get(f"/predictions/{one['prediction_id']}").json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|\+00:00)", row["created_at"])
    assert row["features"] == {"letters": None}  # it was NaN
    assert [(told["label"], told["correct"]) for told in row["outcomes"]] == [("long", False)]
    assert set(row) >= {
        "version",
        "batch",
        "status",
        "score",
        "abstained",
        "reason",
        "alternatives",
        "details",
        "latency_ms",
        "input_hash",
        "error",
    }


def test_an_instance_that_fails_says_why_and_the_others_are_answered(client):
    answer = ask(client, "cup", "", "bottle", "crash", "bug")
    assert answer.status_code == 200
    kinds = [one.get("class", one.get("error")) for one in answer.json()["predictions"]]
    assert kinds == ["short", "invalid_input", "long", "internal", "internal"]
    assert all(one["detail"] and one["prediction_id"] for one in answer.json()["predictions"] if "error" in one)


def test_if_none_could_be_answered_the_request_is_refused_with_the_first_reason(client):
    body = assert_refused(ask(client, "", ""), 422, "invalid_input")
    assert len(body["predictions"]) == 2
    assert_refused(ask(client, "crash"), 500, "internal")


def test_a_version_or_alias_can_be_named(client):
    assert ask(client, "cup", version="2").json()["model_version"] == "2"
    assert ask(client, "cup", version="champion").json()["model_version"] == "1"


def test_an_unknown_system_or_version_is_404(client):
    assert_refused(client.post("/predict", json={"model": "nobody", "input": 1}), 404, "unknown_system")
    assert_refused(ask(client, "cup", version="../1"), 404, "unknown_version")
    assert_refused(
        client.post("/predict", content=b'{"model": "\\ud800\\u0000", "input": 1}', headers=JSON), 404, "unknown_system"
    )


WRONG = {
    "nothing at all": b"",
    "no JSON": b"{",
    "two values": b"{} {}",
    "a list": b"[]",
    "a text": b'"abc"',
    "null": b"null",
    "an empty object": b"{}",
    "no model": b'{"instances": [1]}',
    "two forms at once": b'{"model": "toy", "instances": [1], "input": 1}',
    "image and input": b'{"input": 1, "image": "x"}',
    "a misspelt field": b'{"model": "toy", "instance": [1]}',
    "a field too many": b'{"model": "toy", "instances": [1], "colour": "red"}',
    "instances that are no list": b'{"model": "toy", "instances": {"word": "cup"}}',
    "a model that is no text": b'{"model": 5, "input": 1}',
    "a version that is no text": b'{"model": "toy", "input": 1, "version": 1}',
    "an instance of another kind": b'{"model": "toy", "input": 17}',
    "a field that is not a text": b'{"model": "toy", "input": {"word": NaN}}',
    "infinity": b'{"model": "toy", "input": {"word": -Infinity}}',
    "a number of 5,000 digits": b'{"model": "toy", "input": ' + b"9" * 5000 + b"}",
    "a huge exponent": b'{"model": "toy", "input": 1e999999}',
    "nested 100,000 deep": b"[" * 100_000,
    "nested 100,000 deep and closed": b'{"model": "toy", "input": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested 900 deep": b'{"model": "toy", "input": ' + b"[" * 900 + b"]" * 900 + b"}",
    "nested objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "Latin-1": '{"model": "toy", "input": {"wörd": 1}}'.encode("latin-1"),
    "a byte that is no text": b'{"model": "toy\xff", "input": 1}',
    "a key that is a lone surrogate": b'{"\\ud800": 1, "model": "toy", "input": 1}',
    "the same key twice": b'{"model": "toy", "input": {"word": "", "word": ""}}',
}


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_body_is_422_in_the_one_form_of_refusal(client, body):
    answer = assert_refused(client.post("/predict", content=body, headers=JSON), 422, "invalid_input")
    assert len(answer["detail"]) < 500
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "image/jpeg",
        "nonsense",
        "",
    ],
)
def test_a_wrong_content_type_is_422_and_says_the_right_one(client, kind):
    body = json.dumps({"model": "toy", "input": {"word": "cup"}})
    answer = client.post("/predict", content=body, headers={"content-type": kind} if kind else {})
    assert "application/json" in assert_refused(answer, 422, "invalid_input")["detail"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_json_in_any_unicode_encoding_is_read(client, encoding):
    body = json.dumps({"model": "toy", "input": {"word": "größer"}}, ensure_ascii=False).encode(encoding)
    answer = client.post("/predict", content=body, headers={"content-type": "application/json; charset=wrong"})
    assert answer.json()["predictions"][0]["echo"] == "größer"


@pytest.mark.parametrize("word", ["🧴", "\ud800", "nul", "a\0b", "\u202e", "</script>"])
def test_any_text_comes_back_as_json_that_can_be_read(client, word):
    content = json.dumps({"model": "toy", "input": {"word": word}})
    answer = client.post("/predict", content=content, headers=JSON)
    assert answer.status_code in (200, 422)
    answer.content.decode("utf-8")
    json.loads(answer.content, parse_constant=pytest.fail)


@pytest.mark.parametrize("count", [0, 11])
def test_too_few_or_too_many_instances_are_refused(client, monkeypatch, count):
    toys.known(monkeypatch, {"LOOKOUT_MAX_INSTANCES": "10"})
    assert ask(client, *["cup"] * 10).status_code == 200
    body = assert_refused(ask(client, *["cup"] * count), 413, "too_large")
    assert f"Expected 1 to 10 instances. Received {count}." in body["detail"]


def test_a_body_over_the_limit_is_refused_by_its_declared_length(client, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_MAX_REQUEST_MB": "0.001"})
    assert_refused(client.post("/predict", content=b"x" * 1001, headers=JSON), 413, "too_large")


def test_a_body_over_the_limit_is_refused_while_it_arrives(client, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_MAX_REQUEST_MB": "0.001"})
    sent = []

    def endless():
        for _ in range(100):
            sent.append(1)
            yield b"x" * 500

    assert_refused(client.post("/predict", content=endless(), headers=JSON), 413, "too_large")
    assert client.post("/predict", content=iter([b" " * 500]), headers=JSON).status_code == 422


def test_feedback_is_stored_and_counted(client):
    [one] = ask(client, "cup").json()["predictions"]
    answer = client.post("/feedback", json={"prediction_id": one["prediction_id"], "label": "long"})
    assert answer.status_code == 201
    assert answer.json() == {"prediction_id": one["prediction_id"], "label": "long", "correct": False}
    assert 'lookout_feedback_total{correct="false",system="toy"}' in client.get("/metrics").text


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 422, "invalid_input"),
        ({"prediction_id": "x"}, 422, "invalid_input"),
        ({"prediction_id": "nobody", "label": "short"}, 404, "unknown_prediction"),
        ({"prediction_id": "a\0b", "label": "short"}, 404, "unknown_prediction"),
        ({"prediction_id": 5, "label": "short"}, 422, "invalid_input"),
        ({"prediction_id": "x" * 37, "label": "short"}, 422, "invalid_input"),
        ({"prediction_id": "x", "label": "y" * 201}, 422, "invalid_input"),
        ({"prediction_id": "x", "label": "short", "more": 1}, 422, "invalid_input"),
    ],
)
def test_wrong_feedback_is_refused(client, body, status, error):
    assert_refused(client.post("/feedback", json=body), status, error)


def test_feedback_with_an_unknown_label_says_which_there_are(client):
    [one] = ask(client, "cup").json()["predictions"]
    answer = client.post("/feedback", json={"prediction_id": one["prediction_id"], "label": "medium"})
    assert "short, long" in assert_refused(answer, 422, "invalid_input")["detail"]


@pytest.mark.parametrize(
    "path", ["nobody", "%00", "%F0%9F%A7%B4", "%ED%A0%80", "x" * 3000, "..%2f..%2fetc%2fpasswd", "' OR 1=1 --"]
)
def test_a_prediction_that_is_not_in_the_log_is_404(client, path):
    answer = client.get(f"/predictions/{path}")
    assert answer.status_code == 404
    assert set(answer.json()) == {"error", "detail"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/predict", 405), ("DELETE", "/feedback", 405), ("POST", "/healthz", 405)],
)
def test_an_unknown_path_or_method_is_refused_in_the_same_form(client, method, path, status):
    assert_refused(client.request(method, path), status, "http_error")


def test_the_process_says_that_it_lives(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_it_is_ready_only_after_the_warm_up(client, monkeypatch):
    monkeypatch.setitem(readiness._readiness, "problem", "The models are still being loaded.")
    assert_refused(client.get("/readyz"), 503, "not_ready")
    inference.warm_up()
    assert client.get("/readyz").json() == {"status": "ready"}


def test_it_is_not_ready_while_the_log_cannot_be_reached(client, monkeypatch):
    def gone():
        raise StoreUnavailable("The prediction log is away.")

    monkeypatch.setitem(readiness._readiness, "problem", None)
    monkeypatch.setattr(the_store(), "ping", gone)
    assert_refused(client.get("/readyz"), 503, "store_unavailable")


def test_what_cannot_be_logged_is_not_answered(client, monkeypatch):
    def full(_rows):
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(the_store(), "log", full)
    body = assert_refused(ask(client, "cup"), 503, "store_unavailable")
    assert "predictions" not in body


def test_another_host_that_is_away_is_no_fault_of_this_one(client, monkeypatch):
    def away(_id):
        raise HostUnavailable("Expected terrain tiles from tiles.example. Received no connection. Try again later.")

    monkeypatch.setattr(the_store(), "prediction", away)
    body = assert_refused(client.get("/predictions/some-id"), 502, "host_unavailable")
    assert body["detail"].startswith("Expected terrain tiles from tiles.example.")


def test_every_error_on_purpose_has_its_status():
    known = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LookoutError)}
    faults = {LookoutError, errors.Cancelled, errors.DamagedArtefact, errors.InvalidSetting, errors.MissingPart}
    assert known - set(forms.STATUS) == faults | {errors.UnsafeConfiguration}  # which the gate answers


def test_an_unexpected_fault_is_told_without_its_inside(client, monkeypatch):
    def broken(_rows):
        raise RuntimeError("internal detail")

    monkeypatch.setattr(the_store(), "log", broken)
    answer = ask(client, "cup")
    assert_refused(answer, 500, "internal")
    assert "internal detail" not in answer.text


def test_metrics_count_predictions_and_requests_by_route(client):
    [one] = ask(client, "cup").json()["predictions"]
    client.get(f"/predictions/{one['prediction_id']}")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert re.search(
        r'lookout_predictions_total\{source="api",status="answered",system="toy",version="1"\} \d', answer.text
    )
    assert 'lookout_http_requests_total{code="200",method="GET",path="/predictions/{prediction_id}"}' in answer.text
    assert one["prediction_id"] not in answer.text
    for name in (
        "lookout_prediction_seconds_bucket",
        "lookout_log_write_seconds_count",
        "lookout_ready",
        "lookout_abstentions_total",
    ):
        assert name in answer.text


def test_paths_made_up_by_strangers_make_no_new_series(client):
    for place in range(5):
        client.get(f"/made-up-{place}")
    assert "made-up" not in client.get("/metrics").text


def test_the_description_loads_nothing_from_outside(client):
    page = client.get("/docs")
    assert page.status_code == 200
    assert re.findall(r"""(?:src|href)=["'](https?:)?//""", page.text) == []
    for address in re.findall(r"""(?:src|href)=["']([^"']+)["']""", page.text):
        asset = client.get(address)
        assert asset.status_code == 200, address
    assert "http://" not in page.text
    assert "https://" not in page.text


def test_the_schema_names_every_endpoint_and_the_three_forms(client):
    schema = client.get("/openapi.json").json()
    assert set(schema["paths"]) == {
        "/predict",
        "/feedback",
        "/predictions/{prediction_id}",
        "/predictions/{prediction_id}/files/{name}",
        "/jobs/{job_id}",
        "/healthz",
        "/readyz",
        "/metrics",
    }
    assert len(schema["components"]["schemas"]["PredictRequest"]["examples"]) == 3


def test_the_pages_pass_every_path_of_the_api_on():
    tree = ast.parse((CHECKOUT / "app.py").read_text())
    [paths] = [
        ast.literal_eval(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "PATHS"
    ]
    expected: dict[str, set[str]] = {}
    for route in api.app.routes:
        if isinstance(route, Route):
            expected.setdefault(route.path, set()).update(route.methods - {"HEAD"})
    expected |= {f"{route.path}/{{path:path}}": {"GET"} for route in api.app.routes if isinstance(route, Mount)}
    assert {path: set(methods) for path, methods in paths.items()} == expected


PROTECTED = [("POST", "/predict"), ("POST", "/feedback"), ("GET", "/predictions/x"), ("GET", "/metrics")]
PROTECTED += [("GET", "/predictions/x/files/y"), ("GET", "/jobs/x"), ("DELETE", "/jobs/x")]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": KEY}, {"x-api-key": KEY}])
def test_without_a_known_key_nothing_is_told(guarded, method, path, headers):
    answer = guarded.request(method, path, headers=headers, json={} if method == "POST" else None)
    assert_refused(answer, 401, "unauthorised")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert KEY not in answer.text


def test_with_a_key_the_log_knows_the_callers_name(guarded):
    guarded.headers["authorization"] = f"Bearer {KEY}"
    [one] = ask(guarded, "cup").json()["predictions"]
    assert guarded.get(f"/predictions/{one['prediction_id']}").json()["actor"] == "sorting line"


@pytest.mark.parametrize("path", ["/healthz", "/docs"])
def test_what_tells_nothing_needs_no_key(guarded, path):
    assert guarded.get(path).status_code == 200


def test_an_app_opened_to_others_by_another_server_refuses_without_keys(store, monkeypatch):
    stranger = TestClient(api.app, base_url="http://192.0.2.7:8501")
    assert_refused(ask(stranger, "cup"), 403, "unsafe_configuration")
    toys.known(monkeypatch, {"LOOKOUT_API_KEYS": KEY})
    assert_refused(ask(stranger, "cup"), 401, "unauthorised")
    stranger.headers["authorization"] = f"Bearer {KEY}"
    assert ask(stranger, "cup").status_code == 200


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from(["model", "version", "instances", "input", "image"])
bodies = values | st.dictionaries(fields, st.sampled_from(["toy", "waste", "1"]) | values, max_size=4)


@pytest.mark.parametrize("path", ["/predict", "/feedback"])
@given(body=bodies)
@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_whatever_gets_an_answer_or_a_refusal_and_never_a_fault(path, body, tmp_path):
    with_toy = TestClient(api.app, raise_server_exceptions=False)
    from core.migrations import migrate

    migrate(the_store())
    answer = with_toy.post(path, content=json.dumps(body), headers=JSON)
    assert answer.status_code in (200, 201, 404, 413, 422)
    if answer.status_code >= 400:
        assert {"error", "detail"} <= set(answer.json())
