"""Rows of the prediction log are read back as they were logged, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest

from core.contract import Alternative, Answer
from core.errors import StoreUnavailable, UnknownPrediction
from core.store import Query
from tests.store.conftest import ANSWER, NOON, failure, prediction


def test_a_logged_answer_is_read_back_whole(store):
    logged = prediction(actor="sorting line", batch="b1")
    store.log([logged])
    row = store.prediction(logged.id)
    assert row["outcomes"] == []
    assert (row["value"], row["score"], row["abstained"], row["reason"]) == ("plastic", 0.75, False, None)
    assert row["alternatives"] == [{"value": "plastic", "score": 0.75}, {"value": "glass", "score": 0.25}]
    assert row["details"] == ANSWER.details
    assert row["features"] == {"brightness": 0.5}
    same = ("id", "created_at", "system", "version", "source", "actor", "batch", "status", "input_hash", "latency_ms")
    assert {name: row[name] for name in same} == {name: getattr(logged, name) for name in same}


def test_a_failure_is_logged_with_its_reason_and_no_value(store):
    logged = failure()
    store.log([logged])
    row = store.prediction(logged.id)
    assert (row["status"], row["error_kind"], row["error"]) == ("failed", "unreadable_photo", "Expected a photo.")
    nothing = ("value", "score", "abstained", "reason", "alternatives", "details", "features")
    assert {row[name] for name in nothing} == {None}


def test_answers_and_failures_go_in_together(store):
    store.log([prediction(), failure(), prediction()])
    assert (store.count(Query()), store.count(Query(status="failed"))) == (3, 1)


def test_nothing_to_log_is_no_problem(store):
    store.log([])
    assert store.count(Query()) == 0


def test_all_rows_of_a_call_are_committed_or_none(store):
    twice = prediction()
    with pytest.raises(StoreUnavailable):
        store.log([prediction(), twice, twice])
    assert store.count(Query()) == 0


def test_an_id_that_is_not_in_the_log_is_told(store):
    for unknown in (str(uuid4()), "", "x" * 500, "nul\0inside", "'; DROP TABLE predictions; --", "\ud800"):
        with pytest.raises(UnknownPrediction, match="Copy the prediction_id") as problem:
            store.prediction(unknown)
        problem.value.message.encode()
        with pytest.raises(UnknownPrediction):
            store.add_outcome(unknown, "glass", source="feedback", actor="local")


def test_the_latest_outcome_counts_and_the_earlier_ones_stay(store):
    logged, other = prediction(), prediction()
    store.log([logged, other])
    assert store.add_outcome(logged.id, "glass", source="feedback", actor="a")["correct"] is False
    assert store.add_outcome(logged.id, "plastic", source="feedback", actor="b", consented=True)["correct"] is True
    outcomes = store.prediction(logged.id)["outcomes"]
    assert [(row["label"], row["correct"], row["actor"], row["consented"]) for row in outcomes] == [
        ("glass", False, "a", False),
        ("plastic", True, "b", True),
    ]
    rows = {row["id"]: (row["label"], row["correct"]) for row in store.rows(Query())}
    assert rows == {logged.id: ("plastic", True), other.id: (None, None)}
    latest = store.latest_outcomes([logged.id, other.id, "no such id"])
    assert {identifier: row["label"] for identifier, row in latest.items()} == {logged.id: "plastic"}


HOSTILE = [
    "nul\0inside",
    "lone surrogate \ud800",
    "right-to-left \u202e",
    "🧴" * 50,
    "'); DROP TABLE outcomes; --",
    "\x7f\x1b[31m",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_is_logged_and_never_costs_a_row(store, text):
    answered = prediction(
        actor=text,
        answer=Answer(
            value=text,
            score=0.5,
            reason=text,
            details={"echo": text, "list": [text, {"key": text}]},
            alternatives=(Alternative(value=text, score=0.5),),
        ),
    )
    failed = prediction(status="failed", answer=None, error_kind="internal", error=text)
    store.log([answered, failed])
    readable = text.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    row = store.prediction(answered.id)
    assert (row["actor"], row["value"], row["reason"]) == (readable,) * 3
    assert row["details"] == {"echo": readable, "list": [readable, {"key": readable}]}
    assert store.prediction(failed.id)["error"] == readable
    assert store.add_outcome(answered.id, text, source="feedback", actor=text)["label"] == readable
    assert store.prediction(answered.id)["outcomes"][0]["label"] == readable


def test_text_that_is_too_long_for_its_column_is_cut_and_never_costs_a_row(store):
    long = "ä" * 5000
    logged = prediction(actor=long, version=long, error_kind=long, error=long, answer=Answer(value=long, score=1.0))
    store.log([logged])
    row = store.prediction(logged.id)
    assert (len(row["actor"]), len(row["version"]), len(row["value"]), len(row["error"])) == (200, 40, 200, 5000)


def test_numbers_that_json_does_not_know_are_logged_as_nothing(store):
    odd = {"nan": float("nan"), "infinite": float("inf"), "fine": 0.5}
    logged = prediction(answer=Answer(value="glass", score=0.5, features=odd, details={"inner": [odd]}))
    store.log([logged])
    row = store.prediction(logged.id)
    assert row["features"] == {"nan": None, "infinite": None, "fine": 0.5}
    assert row["details"] == {"inner": [row["features"]]}


def test_many_threads_log_at_once_and_no_row_is_lost(store):
    def work() -> None:
        for _ in range(10):
            store.log([prediction(), failure()])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count(Query()) == 160


def test_rows_given_by_column_are_read_back_like_any_other_and_given_again_change_nothing(store):
    ids = [str(uuid4()), str(uuid4())]
    columns = {
        "id": ids,
        "created_at": NOON,
        "system": "crime",
        "version": "1",
        "source": "cli",
        "actor": "a\0b",
        "batch": "b",
        "status": "answered",
        "value": ["ASSAULT", "ARSON"],
        "score": [0.75, 0.5],
        "abstained": [False, True],
        "reason": [None, "Not sure."],
        "alternatives": ['[{"value": "ASSAULT", "score": 0.75}]', "[]"],
        "details": ['{"note": "Größe 5 µm 🧴"}', "{}"],
        "features": ['{"hour": 3.0}', "{}"],
        "input_hash": ["a" * 64, "b" * 64],
        "latency_ms": 0.5,
    }
    store.log_columns(columns)
    store.log_columns({**columns, "value": ["OTHER", "OTHER"]})
    store.log([prediction(system="crime")])
    first, second = (store.prediction(identifier) for identifier in ids)
    assert (first["value"], second["value"]) == ("ASSAULT", "ARSON")
    assert (first["score"], first["abstained"], second["abstained"]) == (0.75, False, True)
    assert (first["reason"], second["reason"]) == (None, "Not sure.")
    assert first["alternatives"] == [{"value": "ASSAULT", "score": 0.75}]
    assert first["details"] == {"note": "Größe 5 µm 🧴"}
    assert (first["created_at"], first["actor"], first["error"]) == (NOON, "a\ufffdb", None)
    assert store.count(Query(system="crime", since=NOON, until=NOON + timedelta(seconds=1))) == 3
    assert {row["batch"] for row in store.rows(Query(batch="b"))} == {"b"}


def test_rows_given_by_column_are_committed_all_or_none(store):
    with pytest.raises(StoreUnavailable):
        store.log_columns({"id": [str(uuid4()), str(uuid4())], "created_at": NOON, "system": ["crime", None]})
    assert store.count(Query()) == 0
    store.log_columns({"id": []})
