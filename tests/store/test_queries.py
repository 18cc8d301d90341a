"""Queries of the prediction log: by time, by column, in pages, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.contract import Answer
from core.store import Query
from tests.store.conftest import NOON, failure, prediction


def test_times_are_utc_whatever_zone_they_came_in(store):
    tokyo = timezone(timedelta(hours=9))
    early, late = prediction(created_at=NOON.astimezone(tokyo)), prediction(created_at=NOON + timedelta(microseconds=1))
    store.log([late, early])
    assert [row["id"] for row in store.rows(Query())] == [late.id, early.id]
    assert store.prediction(early.id)["created_at"] == NOON
    assert store.prediction(early.id)["created_at"].utcoffset() == timedelta(0)
    store.add_outcome(early.id, "glass", source="feedback", actor="local")
    outcome_time = store.prediction(early.id)["outcomes"][0]["created_at"]
    assert abs(outcome_time - datetime.now(UTC)) < timedelta(minutes=5)


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
    store.log([prediction(id=str(index), created_at=NOON + timedelta(seconds=index)) for index in range(7)])
    pages = [store.rows(Query(), columns=("id", "score"), limit=3, offset=offset) for offset in (0, 3, 6)]
    assert [[row["id"] for row in page] for page in pages] == [["6", "5", "4"], ["3", "2", "1"], ["0"]]
    assert set(pages[0][0]) == {"id", "score", "label", "correct"}


def test_distinct_values_are_sorted_without_none(store):
    store.log([prediction(version="2"), prediction(version="1"), failure(version=None), prediction(version="2")])
    assert store.distinct("version") == ["1", "2"]
    assert store.distinct("version", Query(status="failed")) == []


def test_rows_beyond_one_statement_come_once_each_newest_first(store, monkeypatch):
    monkeypatch.setattr("core.store.explorer.newest_rows.PIECE", 7)
    times = [NOON + timedelta(minutes=number // 10) for number in range(40)]  # ten rows at one instant
    store.log([prediction(created_at=time, id=f"{number:02d}") for number, time in enumerate(times)])
    expected = [f"{number:02d}" for minute in (3, 2, 1, 0) for number in range(10 * minute, 10 * minute + 10)]
    assert [row["id"] for row in store.rows(Query(), ("id",), limit=100)] == expected
    assert [row["id"] for row in store.rows(Query(), ("id",), limit=20, offset=5)] == expected[5:25]
    assert [row["id"] for row in store.rows(Query(version="1"), ("id",), limit=20, offset=5)] == expected[5:25]
