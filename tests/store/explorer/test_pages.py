"""Pages of the log: the rows that a whole reading gives, in its order, whatever is asked; on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.contract import Answer
from core.store import LogSearch, Query
from core.store.explorer import windows
from tests.store.conftest import failure, prediction

NOW = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
WORDS = ("plastic", "glass", "paper")
ROWS = 260
UNTIL = NOW + timedelta(seconds=1)


def row(number: int):
    """Three days of rows, three of them at each instant, of two systems; every seventh failed."""
    place = {
        "id": f"{number % 10}-{number:04d}",
        "created_at": NOW - timedelta(minutes=17 * (number // 3)),
        "system": "toy" if number % 3 == 0 else "waste",
        "actor": f"Operator_{number % 4}",
        "batch": f"night-{number % 5}" if number % 2 else None,
        "site": "Yard" if number % 11 == 0 else None,
        "input_hash": f"{number % 16:x}" * 64,
        "latency_ms": float(number * 37 % 101),
    }
    if number % 7 == 0:
        return failure(**place)
    score = 0.3 + 0.7 * (number * 13 % 100) / 100
    return prediction(answer=Answer(value=WORDS[number % 3], score=score), **place)


@pytest.fixture
def log(store):
    """A log whose past hours are counted, with every ninth answer judged, every second of these wrong."""
    logged = [row(number) for number in range(ROWS)]
    store.log(logged)
    judged = [each for each in logged if each.answer][::9]
    for number, each in enumerate(judged):
        truth = each.answer.value if number % 2 else "something else"
        store.add_outcome(each.id, truth, source="feedback", actor="local")
    store.counts.bring_up_to_date()
    return store


def expected_ids(query: Query, store) -> list[str]:
    return [each["id"] for each in store.rows(query, ("id",), limit=10 * ROWS)]


def all_pages(store, search: LogSearch, size: int) -> list[str]:
    """The ids of all pages, one after the other."""
    total = store.explorer.page(search, ("id",), size).total
    pages = [store.explorer.page(search, ("id",), size, offset) for offset in range(0, max(total, 1), size)]
    assert {page.total for page in pages} == {total}
    return [each["id"] for page in pages for each in page.rows]


QUERIES = [
    Query(until=UNTIL),
    Query(system="waste", until=UNTIL),
    Query(status="failed", until=UNTIL),
    Query(status="answered", until=UNTIL),
    Query(finding="not sure", not_sure_below=0.6, until=UNTIL),
    Query(finding="not sure", not_sure_below=0.5, until=UNTIL),
    Query(finding="judged", until=UNTIL),
    Query(finding="wrong", until=UNTIL),
    Query(finding="right", system="waste", until=UNTIL),
    Query(value="plastic", until=UNTIL),
    Query(value="glass", finding="wrong", until=UNTIL),
    Query(since=NOW - timedelta(days=1, minutes=13), until=NOW - timedelta(hours=2, minutes=7)),
    Query(site="Yard", until=UNTIL),
    Query(site="Yard", system="waste", status="failed", until=UNTIL),
    Query(batch="night-3", until=UNTIL),
    Query(system="nobody", until=UNTIL),
]


def test_pages_hold_each_row_once_in_the_order_of_a_whole_reading(log):
    for query in QUERIES:
        check_pages(log, query)


def check_pages(log, query):
    expected = expected_ids(query, log)
    assert bool(expected) != (query.system == "nobody")
    assert all_pages(log, LogSearch(query), 100) == expected
    assert all_pages(log, LogSearch(query), 37) == expected


def test_the_oldest_come_first_where_that_is_asked_for(log):
    ascending = all_pages(log, LogSearch(Query(until=UNTIL), descending=False), 40)
    assert ascending == expected_ids(Query(until=UNTIL), log)[::-1]


def test_pages_agree_with_a_whole_reading_before_anything_is_counted(store):
    store.log([row(number) for number in range(60)])
    assert all_pages(store, LogSearch(Query(until=UNTIL)), 25) == expected_ids(Query(until=UNTIL), store)


def test_many_rows_of_one_instant_are_paged_by_id(store):
    when = NOW - timedelta(days=2)
    store.log([prediction(id=f"{number:03d}", created_at=when) for number in range(90)])
    store.counts.bring_up_to_date()
    assert all_pages(store, LogSearch(Query(until=UNTIL)), 20) == [f"{number:03d}" for number in range(90)]


SEARCHES = [
    ({"field": "id", "text": "3-00"}, lambda each: each.id.startswith("3-00")),
    ({"field": "batch", "text": "night-3"}, lambda each: each.batch == "night-3"),
    ({"field": "answer", "text": "LAST"}, lambda each: each.answer is not None and each.answer.value == "plastic"),
    ({"field": "actor", "text": "r_2"}, lambda each: each.actor == "Operator_2"),
    ({"field": "fingerprint", "text": "ABC"}, lambda each: False),
    ({"field": "fingerprint", "text": "A"}, lambda each: each.input_hash.startswith("a")),
    ({"field": "error", "text": "a photo"}, lambda each: each.error is not None),
    ({"field": "error", "text": "%"}, lambda each: False),
    ({"min_score": 0.8}, lambda each: each.answer is not None and each.answer.score >= 0.8),
    (
        {"min_score": 0.4, "max_score": 0.5, "field": "answer", "text": "glass"},
        lambda each: each.answer is not None and each.answer.value == "glass" and 0.4 <= each.answer.score <= 0.5,
    ),
]


def test_a_search_finds_what_matches_and_nothing_else(log):
    for wanted, matches in SEARCHES:
        check_search(log, wanted, matches)


def check_search(log, wanted, matches):
    expected = {each.id for each in map(row, range(ROWS)) if matches(each)}
    pages = all_pages(log, LogSearch(Query(until=UNTIL), **wanted), 30)
    assert len(pages) == len(set(pages))
    assert set(pages) == expected
    assert log.explorer.page(LogSearch(Query(until=UNTIL), **wanted), ("id",), 5).looked_through is None


def test_a_truth_is_searched_for_in_the_latest_judgement(log):
    (first,) = log.rows(Query(until=UNTIL, finding="wrong"), ("id",), limit=1)
    log.add_outcome(first["id"], "driftwood", source="feedback", actor="local")
    search = LogSearch(Query(until=UNTIL), field="truth", text="driftw")
    assert all_pages(log, search, 10) == [first["id"]]
    log.add_outcome(first["id"], "glass", source="feedback", actor="local")
    assert all_pages(log, search, 10) == []


def test_rows_are_sorted_by_a_column_failures_without_a_score_last(log):
    for sort in ("score", "latency_ms"):
        for descending in (True, False):
            check_order(log, sort, descending)


def check_order(log, sort, descending):
    search = LogSearch(Query(until=UNTIL), sort=sort, descending=descending)
    pages = [log.explorer.page(search, (sort,), 50, offset) for offset in range(0, ROWS, 50)]
    values = [each[sort] for page in pages for each in page.rows]
    known = [value for value in values if value is not None]
    assert values[: len(known)] == sorted(known, reverse=descending)
    assert len(values) == ROWS


def test_a_search_says_how_far_it_looked_and_goes_on_from_there(log, monkeypatch):
    monkeypatch.setattr(windows, "MAX_SEARCHED", 50)
    expected = [each.id for each in map(row, range(ROWS)) if each.actor == "Operator_1"]
    ids, until, looked = [], UNTIL, 0
    while until is not None:
        page = log.explorer.page(LogSearch(Query(until=until), field="actor", text="Operator_1"), ("id",), 100)
        assert page.looked_through is None or 50 <= page.looked_through <= 53  # rows of one instant stay together
        ids += [each["id"] for each in page.rows]
        looked += page.looked_through or 0
        until = page.older
    assert sorted(ids) == sorted(expected)
    assert looked >= 200


def test_a_sort_among_the_newest_says_so(log, monkeypatch):
    monkeypatch.setattr(windows, "MAX_SORTED", 40)
    page = log.explorer.page(LogSearch(Query(until=UNTIL), sort="score"), ("score", "created_at"), 100)
    assert page.total == page.looked_through
    assert 40 <= page.total <= 43
    assert min(each["created_at"] for each in page.rows) == page.older


def test_a_site_and_a_batch_are_looked_through_from_their_newest_rows(log, monkeypatch):
    monkeypatch.setattr(windows, "MAX_SEARCHED", 10)
    for query in (Query(site="Yard", until=UNTIL), Query(batch="night-1", until=UNTIL)):
        page = log.explorer.page(LogSearch(query), ("id",), 100)
        assert [each["id"] for each in page.rows] == expected_ids(query, log)[: page.total]
        assert 11 <= page.looked_through == page.total <= 13


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offset=st.integers(0, ROWS + 5), limit=st.integers(1, 60), query=st.sampled_from(QUERIES[:12]))
def test_any_page_is_that_part_of_a_whole_reading(log, offset, limit, query):
    page = log.explorer.page(LogSearch(query), ("id",), limit, offset)
    assert [each["id"] for each in page.rows] == expected_ids(query, log)[offset : offset + limit]


def test_all_rows_are_exported_in_pieces(log, monkeypatch):
    monkeypatch.setattr("core.store.explorer.log_explorer.PIECE", 70)
    pieces = list(log.explorer.export(LogSearch(Query(until=UNTIL)), ("id",), 200))
    assert [len(piece) for piece in pieces] == [70, 70, 60]
    assert [each["id"] for piece in pieces for each in piece] == expected_ids(Query(until=UNTIL), log)[:200]


def test_the_neighbours_of_an_answer_are_those_of_its_batch(store):
    times = [NOW - timedelta(hours=2) + timedelta(seconds=second) for second in (0, 1, 1, 1, 2)]
    store.log([prediction(id=f"row-{number}", created_at=when, batch="night") for number, when in enumerate(times)])
    store.log([prediction(id="other", created_at=times[2], batch="day"), prediction(id="alone", created_at=times[2])])
    beside = store.explorer.neighbours(store.prediction("row-2"), ("id",), 2)
    assert [each["id"] for each in beside] == ["row-0", "row-1", "row-3", "row-4"]
    assert store.explorer.neighbours(store.prediction("alone"), ("id",), 2) == []
