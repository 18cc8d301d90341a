"""Feedback on a prediction: right or wrong, refused where it fits nothing, the input kept with consent only."""

from __future__ import annotations

import hashlib

import pytest

from core import inference
from core.errors import InvalidInput, UnknownPrediction
from core.store import Query
from tests.inference.conftest import words

LABELS = ("short", "long")


def test_feedback_is_recorded_as_right_or_wrong(store):
    [prediction] = inference.predict("toy", words("cup"))
    assert inference.feedback(prediction.id, " short ", actor="ann")["correct"] is True
    assert inference.feedback(prediction.id, "long")["correct"] is False
    assert [row["actor"] for row in store.prediction(prediction.id)["outcomes"]] == ["ann", "local"]


@pytest.mark.parametrize("label", ["", "  ", "medium", "x" * 300, "short\0", "\ud800"])
def test_feedback_with_a_label_that_the_system_does_not_know_is_refused(store, label):
    [prediction] = inference.predict("toy", words("cup"))
    with pytest.raises(InvalidInput, match="short, long"):
        inference.feedback(prediction.id, label)
    assert store.prediction(prediction.id)["outcomes"] == []


def test_feedback_on_nothing_is_refused(store):
    with pytest.raises(UnknownPrediction):
        inference.feedback("nobody", "short")


def test_an_input_is_kept_with_consent_only_and_only_if_it_is_the_one(store, tmp_path):
    [prediction] = inference.predict("toy", [b"cup"])
    kept_file = tmp_path / "data" / "kept" / "toy" / hashlib.sha256(b"cup").hexdigest()
    assert inference.feedback(prediction.id, "short", kept_input=b"cup")["kept_input"] is None
    assert not kept_file.exists()
    with pytest.raises(InvalidInput, match="Received another one"):
        inference.feedback(prediction.id, "short", kept_input=b"can", consented=True)
    outcome = inference.feedback(prediction.id, "short", kept_input=b"cup", consented=True)
    assert kept_file.read_bytes() == b"cup"
    assert outcome["kept_input"] == f"kept/toy/{kept_file.name}"


def test_an_outcome_that_is_withdrawn_counts_no_longer_and_the_one_before_counts_again(store):
    [prediction] = inference.predict("toy", words("cup"))
    first = inference.feedback(prediction.id, "short")
    inference.withdraw(inference.feedback(prediction.id, "long")["id"])
    assert [row["id"] for row in store.prediction(prediction.id)["outcomes"]] == [first["id"]]
    assert store.rows(Query(system="toy"))[0]["correct"] is True
    inference.withdraw(first["id"])
    assert store.rows(Query(system="toy"))[0]["correct"] is None
    inference.withdraw(first["id"])  # a second time, nothing happens


def test_an_input_kept_for_what_was_withdrawn_goes_unless_it_was_kept_for_something_else_too(store, tmp_path):
    [prediction] = inference.predict("toy", [b"cup"])
    kept_file = tmp_path / "data" / "kept" / "toy" / hashlib.sha256(b"cup").hexdigest()
    outcomes = [inference.feedback(prediction.id, label, kept_input=b"cup", consented=True) for label in LABELS]
    inference.withdraw(outcomes[1]["id"])
    assert kept_file.exists()
    inference.withdraw(outcomes[0]["id"])
    assert not kept_file.exists()
