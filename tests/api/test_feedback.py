"""Feedback by the REST API: stored, counted, and refused where it names no prediction or no label."""

from __future__ import annotations

import pytest

from tests.api.conftest import ask, assert_refused

pytestmark = pytest.mark.usefixtures("toy")


def test_feedback_is_stored_and_counted(client):
    [prediction] = ask(client, "cup").json()["predictions"]
    answer = client.post("/feedback", json={"prediction_id": prediction["prediction_id"], "label": "long"})
    assert answer.status_code == 201
    assert answer.json() == {"prediction_id": prediction["prediction_id"], "label": "long", "correct": False}
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
    [prediction] = ask(client, "cup").json()["predictions"]
    answer = client.post("/feedback", json={"prediction_id": prediction["prediction_id"], "label": "medium"})
    assert "short, long" in assert_refused(answer, 422, "invalid_input")["detail"]
