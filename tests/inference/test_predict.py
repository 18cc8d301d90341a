"""THE path of every prediction, with the toy system: validate, predict, log, return."""

from __future__ import annotations

import hashlib

import pytest

from core import inference
from core.errors import StoreUnavailable, UnknownSystem, UnknownVersion
from core.store import Query
from core.store import store as the_store
from tests.inference.conftest import results, words


def test_each_instance_has_one_row_in_the_log_answered_or_not(store):
    predictions = inference.predict(
        "toy", [*words("cup", "bottle"), {"wrong": 1}], actor="ann", source="api", batch="b"
    )
    assert results(predictions) == ["short", "long", "invalid_input"]
    assert store.count(Query()) == 3
    for prediction in predictions:
        row = store.prediction(prediction.id)
        columns = (
            "created_at",
            "system",
            "version",
            "source",
            "actor",
            "batch",
            "status",
            "error",
            "input_hash",
            "latency_ms",
        )
        assert {name: row[name] for name in columns} == {name: getattr(prediction, name) for name in columns}
        assert row["value"] == (prediction.answer.value if prediction.answer else None)
    first = predictions[0]
    assert (first.actor, first.source, first.batch, first.version) == ("ann", "api", "b", "1")


def test_every_answer_is_committed_before_it_is_given(store):
    for prediction in inference.stream("toy", words(*"abcdefgh" * 5)):
        assert store.prediction(prediction.id)["status"] == "answered"  # read through another connection


def test_an_answer_that_cannot_be_logged_is_not_given(store, monkeypatch):
    def full(_rows):
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(the_store(), "log", full)
    with pytest.raises(StoreUnavailable, match="disk is full"):
        next(inference.stream("toy", words("cup")))


def test_order_is_kept_whatever_fails_in_between(store):
    texts = [f"word{'x' * (index % 5)}" if index % 3 else "" for index in range(100)]
    predictions = inference.predict("toy", words(*texts))
    assert results(predictions) == [
        "invalid_input" if not word else "long" if len(word) > 5 else "short" for word in texts
    ]
    assert [prediction.answer.details["echo"] if prediction.answer else "" for prediction in predictions] == texts


@pytest.mark.parametrize("word", ["nan", "nul", "nul\0inside", "\U0001f9f4"])
def test_an_answer_that_a_database_may_refuse_is_logged_all_the_same(store, word):
    [prediction] = inference.predict("toy", words(word))
    assert store.prediction(prediction.id)["status"] == "answered"


def test_an_abstention_keeps_its_best_guess_and_its_reason(store):
    [prediction] = inference.predict("toy", words("unsure"))
    row = store.prediction(prediction.id)
    assert (row["abstained"], row["value"], row["reason"]) == (True, "long", "The word itself says so.")


def test_the_input_is_not_kept_but_its_hash_is(store):
    secret = "a-secret-word"
    [sent_as_bytes] = inference.predict("toy", [b"cup"])
    assert sent_as_bytes.input_hash == hashlib.sha256(b"cup").hexdigest()
    first, second, other = inference.predict("toy", [{"word": "cup"}, {"word": "cup"}, {"word": "can"}])
    assert first.input_hash == second.input_hash != other.input_hash
    [failed] = inference.predict("toy", [{"word": secret, "unknown": secret * 9}])
    assert secret not in str(store.prediction(failed.id))


def test_nothing_is_logged_for_an_evaluation(store):
    assert results(inference.predict("toy", words("cup"), logged=False)) == ["short"]
    assert store.count(Query()) == 0


def test_nothing_asked_is_nothing_answered(store):
    assert inference.predict("toy", []) == []


def test_a_named_version_or_alias_answers(store):
    assert results(inference.predict("toy", words("bottle"), version="2")) == ["short"]  # its threshold is one longer
    assert inference.predict("toy", words("cup"), version="champion")[0].version == "1"


def test_an_unknown_system_or_version_is_told_and_nothing_logged(store):
    with pytest.raises(UnknownSystem, match="toy"):
        inference.predict("nobody", words("cup"))
    with pytest.raises(UnknownVersion, match="Received '9'"):
        inference.predict("toy", words("cup"), version="9")
    assert store.count(Query()) == 0
