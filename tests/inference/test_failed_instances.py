"""An instance that fails has its row in the log and its reason, and costs no other its answer."""

from __future__ import annotations

import pytest

from core import inference
from core.store import Query
from tests.inference.conftest import results, words


def test_an_instance_that_breaks_the_model_fails_alone(store):
    predictions = inference.predict("toy", words("cup", "crash", "bottle"))
    assert results(predictions) == ["short", "internal", "long"]
    assert "its prediction id" in predictions[1].error
    assert "RuntimeError" not in predictions[1].error
    assert [row["status"] for row in store.rows(Query(status="failed"))] == ["failed"]


def test_a_model_that_always_breaks_fails_every_instance_and_each_is_logged(store):
    assert results(inference.predict("toy", words("crash", "crash"))) == ["internal", "internal"]
    assert store.count(Query(status="failed")) == 2


def test_a_validator_with_a_bug_costs_its_own_instance_alone(store):
    assert results(inference.predict("toy", words("cup", "bug", "bottle"))) == ["short", "internal", "long"]
    assert store.count(Query()) == 3


def nested(levels):
    inner = []
    for _ in range(levels):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    "raw",
    [
        None,
        1,
        [],
        "text",
        b"\xff",
        {},
        {"word": 5},
        {"word": nested(900)},
        nested(100_000),
        {1: 2, "a": 3},
        {"word": "\ud800"},
        float("nan"),
        10**6000,
        object(),
    ],
    ids=range(14),
)
def test_whatever_is_sent_in_it_ends_in_a_row_and_the_others_are_answered(store, raw):
    predictions = inference.predict("toy", [{"word": "cup"}, raw, {"word": "bottle"}])
    assert (results(predictions)[0], results(predictions)[2]) == ("short", "long")
    assert store.prediction(predictions[1].id)["status"] == predictions[1].status
    if predictions[1].error:
        predictions[1].error.encode()


def test_an_error_says_where_and_what(store):
    [prediction] = inference.predict("toy", [{"word": ""}])
    assert prediction.error == "word: String should have at least 1 character"
