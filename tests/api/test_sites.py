"""Sites by the REST API: in requests, in each prediction of an answer, in the log; refused where they make no sense."""

from __future__ import annotations

import json

import pytest

from core.store import Query
from core.store import store as the_store
from tests.api.conftest import JSON, ask, assert_refused

pytestmark = pytest.mark.usefixtures("toy")
OF_TOY = {"letters", "echo", "thread"}


def test_the_site_is_in_each_prediction_and_in_the_log(client):
    body = ask(client, "cup", "", site="  Yard   3 ").json()
    assert [prediction["site"] for prediction in body["predictions"]] == ["Yard 3", "Yard 3"]
    for prediction in body["predictions"]:
        assert client.get(f"/predictions/{prediction['prediction_id']}").json()["site"] == "Yard 3"
    assert the_store().count(Query(site="Yard 3", source="api")) == 2


def test_each_of_the_three_forms_takes_one(client, monkeypatch):
    monkeypatch.setattr("core.api.predict.predict_request.PLAIN_PHOTO_SYSTEM", "toy")
    for form in ({"model": "toy", "input": {"word": "cup"}}, {"image": "abc"}):
        [prediction] = client.post("/predict", json={**form, "site": "Yard 3"}).json()["predictions"]
        assert prediction["site"] == "Yard 3"


@pytest.mark.parametrize("none", [{}, {"site": None}, {"site": ""}, {"site": "  "}])
def test_an_answer_without_a_site_is_what_it_was_before_there_were_any(client, none):
    answered, failed = ask(client, "cup", "", **none).json()["predictions"]
    fields = [name for name in answered if name not in OF_TOY]
    assert fields == ["class", "score", "alternatives", "abstained", "reason", "prediction_id"]
    assert list(failed) == ["error", "detail", "prediction_id"]
    assert client.get(f"/predictions/{answered['prediction_id']}").json()["site"] is None


@pytest.mark.parametrize("site", ["♻️ line 2", "محطة الفرز ٣", "x" * 60, "'; DROP TABLE sites; --", "</script>"])
def test_any_name_that_can_be_read_is_a_site(client, site):
    [prediction] = ask(client, "cup", site=site).json()["predictions"]
    assert prediction["site"] == client.get(f"/predictions/{prediction['prediction_id']}").json()["site"] == site


@pytest.mark.parametrize(
    ("site", "reason"),
    [
        ("x" * 61, "Expected a site's name of 1 to 60 printable characters. Received 61 characters"),
        ("a\nb", "U+000A"),
        ("a\0b", "U+0000"),
        ("a\u202eb", "U+202E"),
        ("\ud800", "site"),
        (7, "site: Input should be a valid string"),
        (True, "site: Input should be a valid string"),
        (["Yard"], "site: Input should be a valid string"),
        ({"name": "Yard"}, "site: Input should be a valid string"),
    ],
)
def test_what_is_no_site_is_refused_and_nothing_is_logged(client, site, reason):
    content = json.dumps({"model": "toy", "input": {"word": "cup"}, "site": site})
    body = assert_refused(client.post("/predict", content=content, headers=JSON), 422, "invalid_input")
    assert reason in body["detail"]
    assert the_store().count(Query()) == 0


def test_the_description_names_the_field_and_its_length(client):
    described = client.get("/openapi.json").json()["components"]["schemas"]["PredictRequest"]["properties"]["site"]
    assert "sorting line" in described["description"]
    text, nothing = described["anyOf"]
    assert (text["type"], text["maxLength"], nothing["type"]) == ("string", 60, "null")
