"""Feedback on a prediction: right or wrong, refused where it fits nothing, the input kept with consent only."""

from __future__ import annotations

import hashlib

import pytest

from core import inference
from core.errors import Cancelled, InvalidInput, UnknownPrediction
from core.inference import bulk_feedback
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


def test_many_labels_follow_the_rules_of_one_and_are_committed_together(store, monkeypatch):
    monkeypatch.setattr(bulk_feedback, "COMMITTED", 2)
    cup, can, jar = (inference.predict("toy", words(word))[0].id for word in ("cup", "can", "jar"))
    pairs = [(cup, " short "), ("nobody", "short"), (can, "medium"), (jar, "long"), (cup, "long")]
    parts = list(inference.feedback_in_bulk(pairs, lambda _progress: None, actor="ann", source="page"))
    assert [(part.right, part.wrong, len(part.refused)) for part in parts] == [(1, 0, 1), (0, 1, 1), (0, 1, 0)]
    refused = [problem for part in parts for problem in part.refused]
    assert [(problem.prediction_id, problem.label) for problem in refused] == [("nobody", "short"), (can, "medium")]
    assert "not in the log" in refused[0].why
    assert "short, long" in refused[1].why
    said = [(row["label"], row["correct"], row["actor"], row["source"]) for row in store.prediction(cup)["outcomes"]]
    assert said == [("short", True, "ann", "page"), ("long", False, "ann", "page")]
    assert store.tallies(Query())[0]["judged"] == 2
    assert store.tallies(Query())[0]["correct"] == 0


def test_of_two_labels_of_one_answer_in_one_commit_the_later_one_counts(store):
    [prediction] = inference.predict("toy", words("cup"))
    pairs = [(prediction.id, label) for label in ("short", "long") * 20]
    [part] = inference.feedback_in_bulk(pairs, lambda _progress: None)
    assert part.recorded == 40
    assert store.latest_outcomes([prediction.id])[prediction.id]["label"] == "long"
    assert store.rows(Query(system="toy"))[0]["correct"] is False


def test_labels_that_are_recorded_once_are_not_recorded_again(store, monkeypatch):
    ids = [prediction.id for prediction in inference.predict("toy", words("cup", "can", "jar"))]
    pairs = [(identifier, "short") for identifier in ids]

    def stop(progress):
        if progress.done:
            raise Cancelled("Stopped as asked.")

    monkeypatch.setattr(bulk_feedback, "COMMITTED", 2)
    with pytest.raises(Cancelled):
        list(inference.feedback_in_bulk(pairs, stop, once=True))
    monkeypatch.setattr(bulk_feedback, "COMMITTED", 10)
    assert store.tallies(Query())[0]["judged"] == 2
    for _ in range(2):
        [part] = inference.feedback_in_bulk(pairs, lambda _progress: None, once=True)
        assert part.recorded == 3
    assert [len(store.prediction(identifier)["outcomes"]) for identifier in ids] == [1, 1, 1]


def test_a_label_that_is_the_latest_truth_already_is_not_recorded_anew(store):
    [prediction] = inference.predict("toy", words("cup"))
    for label, outcomes in (("long", 1), ("long", 1), ("short", 2), ("long", 3)):
        [part] = inference.feedback_in_bulk([(prediction.id, label)], lambda _progress: None)
        assert part.recorded == 1
        assert len(store.prediction(prediction.id)["outcomes"]) == outcomes
