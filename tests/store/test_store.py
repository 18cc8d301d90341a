"""The prediction log, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
import sqlalchemy as sa

from core.contract import Alternative, Answer, Prediction
from core.errors import StoreUnavailable, UnknownPrediction
from core.store import Query, Store
from core.store import store as opened_once

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANSWER = Answer(
    value="plastic",
    score=0.75,
    alternatives=(Alternative(value="plastic", score=0.75), Alternative(value="glass", score=0.25)),
    details={"plastic": True, "plastic_score": 0.75, "note": "Größe 5 µm 🧴"},
    features={"brightness": 0.5},
)


def prediction(**changes) -> Prediction:
    common = {"system": "waste", "version": "1", "source": "api", "actor": "local", "latency_ms": 12.5}
    given = {"id": str(uuid4()), "created_at": NOON, "status": "answered", "answer": ANSWER, "input_hash": "a" * 64}
    return Prediction(**{**common, **given, **changes})


def failure(**changes) -> Prediction:
    return prediction(status="failed", answer=None, error_kind="unreadable_photo", error="Expected a photo.", **changes)


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
    told = store.prediction(logged.id)["outcomes"]
    assert [(row["label"], row["correct"], row["actor"], row["consented"]) for row in told] == [
        ("glass", False, "a", False),
        ("plastic", True, "b", True),
    ]
    rows = {row["id"]: (row["label"], row["correct"]) for row in store.rows(Query())}
    assert rows == {logged.id: ("plastic", True), other.id: (None, None)}


def test_times_are_utc_whatever_zone_they_came_in(store):
    tokyo = timezone(timedelta(hours=9))
    early, late = prediction(created_at=NOON.astimezone(tokyo)), prediction(created_at=NOON + timedelta(microseconds=1))
    store.log([late, early])
    assert [row["id"] for row in store.rows(Query())] == [late.id, early.id]
    assert store.prediction(early.id)["created_at"] == NOON
    assert store.prediction(early.id)["created_at"].utcoffset() == timedelta(0)
    store.add_outcome(early.id, "glass", source="feedback", actor="local")
    told = store.prediction(early.id)["outcomes"][0]["created_at"]
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=5)


def test_since_is_inclusive_and_until_is_not(store):
    hours = [prediction(created_at=NOON + timedelta(hours=hour)) for hour in range(4)]
    store.log(hours)
    meant = Query(since=hours[1].created_at, until=hours[3].created_at)
    assert [row["id"] for row in store.rows(meant)] == [hours[2].id, hours[1].id]
    assert store.count(meant) == 2


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(), {"a", "b", "c", "d"}),
        (Query(system="toy"), {"c"}),
        (Query(version="2"), {"b"}),
        (Query(source="page"), {"b", "d"}),
        (Query(status="failed"), {"d"}),
        (Query(value="glass"), {"b"}),
        (Query(batch="night"), {"a"}),
        (Query(source="page", status="answered"), {"b"}),
        (Query(system="nobody"), set()),
    ],
)
def test_a_query_means_the_rows_that_match_all_of_it(store, query, expected):
    store.log(
        [
            prediction(id="a", batch="night"),
            prediction(id="b", version="2", source="page", answer=Answer(value="glass", score=0.5)),
            prediction(id="c", system="toy"),
            failure(id="d", source="page"),
        ]
    )
    assert {row["id"] for row in store.rows(query)} == expected
    assert store.count(query) == len(expected)


def test_rows_come_newest_first_in_pages_and_with_the_columns_asked_for(store):
    store.log([prediction(id=str(place), created_at=NOON + timedelta(seconds=place)) for place in range(7)])
    pages = [store.rows(Query(), columns=("id", "score"), limit=3, offset=offset) for offset in (0, 3, 6)]
    assert [[row["id"] for row in page] for page in pages] == [["6", "5", "4"], ["3", "2", "1"], ["0"]]
    assert set(pages[0][0]) == {"id", "score", "label", "correct"}


def test_distinct_values_are_sorted_without_none(store):
    store.log([prediction(version="2"), prediction(version="1"), failure(version=None), prediction(version="2")])
    assert store.distinct("version") == ["1", "2"]
    assert store.distinct("version", Query(status="failed")) == []


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


def test_the_log_outlives_its_connections(store):
    store.log([prediction(id="kept")])
    store.close()
    assert store.prediction("kept")["id"] == "kept"


def test_sqlite_keeps_an_answer_through_a_power_cut(tmp_path):
    kept = Store(f"sqlite:///{tmp_path / 'log.db'}")
    with kept.engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar() == 2  # FULL
        assert connection.execute(sa.text("PRAGMA foreign_keys")).scalar() == 1
    kept.close()


def test_the_folder_of_the_log_is_made(tmp_path):
    made = Store(f"sqlite:///{tmp_path / 'new' / 'folder' / 'log.db'}")
    made.ping()
    made.close()
    assert (tmp_path / "new" / "folder" / "log.db").is_file()


def down(tmp_path, kind: str) -> Store:
    """A store that cannot answer: a server that is not there, or a file that is no database."""
    if kind == "postgresql":
        return Store("postgresql+psycopg://nobody@127.0.0.1:9/lookout")  # the discard port: nothing listens
    (tmp_path / "broken.db").write_bytes(b"this is no database, but it is long enough" * 40)
    return Store(f"sqlite:///{tmp_path / 'broken.db'}")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_store_that_is_down_says_so_and_how_to_go_on(tmp_path, kind):
    broken = down(tmp_path, kind)
    for ask in (
        broken.ping,
        lambda: broken.log([prediction()]),
        lambda: broken.prediction("x"),
        lambda: broken.count(Query()),
        lambda: broken.rows(Query()),
        lambda: broken.distinct("version"),
    ):
        with pytest.raises(StoreUnavailable, match="LOOKOUT_DATABASE_URL"):
            ask()
    broken.close()


def test_a_data_folder_that_cannot_be_made_is_told_in_words(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="LOOKOUT_DATA_DIR"):
        Store(f"sqlite:///{tmp_path / 'file' / 'lookout.db'}")


@pytest.mark.parametrize("url", ["nonsense", "mysql://me:hidden@db/x"])
def test_an_address_that_names_no_known_store_is_told_in_words_without_its_password(url):
    with pytest.raises(StoreUnavailable, match="LOOKOUT_DATABASE_URL") as problem:
        Store(url)
    assert "hidden" not in problem.value.message


def test_tables_that_are_missing_are_told_and_not_a_crash(tmp_path):
    empty = Store(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(StoreUnavailable, match="migrate"):
        empty.log([prediction()])
    empty.close()


def test_the_process_opens_its_store_once(store):
    assert opened_once() is store


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
