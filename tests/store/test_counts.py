"""Counts of all rows of a period, by the database, on both kinds of store, against counts made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract import Answer
from core.store import AnswerCounts, Query, latency_of
from core.store.rollups.counts import latency_bin
from core.store.rollups.levels import DAY, HOUR, MINUTE
from tests.store.conftest import failure, prediction

DAWN = datetime(2026, 11, 10, tzinfo=UTC)
BOUND = 0.6


def answered(hours: float, score: float = 0.9, latency_ms: float = 12.3, abstained: bool = False, **changes):
    answer = Answer(value="glass", score=score, abstained=abstained)
    return prediction(created_at=DAWN + timedelta(hours=hours), answer=answer, latency_ms=latency_ms, **changes)


def meant(hours: float, **changes) -> Query:
    """The rows of the first hours."""
    return Query(since=DAWN, until=DAWN + timedelta(hours=hours), not_sure_below=BOUND, **changes)


def counted(store, query: Query, width: int = MINUTE) -> dict[float, AnswerCounts]:
    """{hours from DAWN: counts}."""
    by_start: dict[float, AnswerCounts] = {}
    for step in store.steps(query, width):
        by_start.setdefault((step.start - DAWN.timestamp()) / 3600, AnswerCounts()).add(step.counts)
    return by_start


def total(store, query: Query, width: int = HOUR) -> int:
    return sum(counts.n for counts in counted(store, query, width).values())


def test_a_day_is_counted_by_the_minute_by_what_became_of_its_rows(store):
    store.log([answered(1), answered(1 + 10 / 3600), answered(1.5, 0.5), answered(1.5, abstained=True)])
    store.log([failure(created_at=DAWN + timedelta(hours=2), latency_ms=5), answered(30)])
    counts = counted(store, meant(24))
    assert {hours: (each.n, each.failed, each.not_sure) for hours, each in counts.items()} == {
        1.0: (2, 0, 0), 1.5: (2, 0, 2), 2.0: (1, 1, 0),
    }  # fmt: skip
    assert [each.latency for each in counts.values()] == [{latency_bin(12.3): 2}, {latency_bin(12.3): 2}, {}]


def test_steps_of_three_hours_are_exact_to_the_second_at_both_ends(store):
    times = [0, 0.5, 2.9, 3.1, 23.99, 24, 47, 72, 95.5, 96]
    store.log([answered(hours) for hours in times])
    since, until = DAWN + timedelta(hours=0.5), DAWN + timedelta(hours=95.5)
    for bound in (BOUND, 0.7):  # by what is kept, and by the rows
        query = Query(since=since, until=until, not_sure_below=bound)
        steps = counted(store, query, 3 * HOUR)
        assert {hours: each.n for hours, each in steps.items()} == {0: 2, 3: 1, 21: 1, 24: 1, 45: 1, 72: 1}


def test_a_row_of_the_last_microsecond_of_a_step_is_counted_in_it(store):
    store.log([answered(24 - 1e-6 / 3600)])
    assert list(counted(store, meant(48))) == [24 - 1 / 60]
    assert list(counted(store, meant(48), DAY)) == [0.0]


def test_scores_are_counted_in_twenty_bins_with_both_ends(store):
    store.log([answered(1, score) for score in (0.0, 0.049, 0.05, 0.5, 0.974, 1.0)])
    store.log([failure(created_at=DAWN)])
    assert counted(store, meant(24))[1].scores == [2, 1, *[0] * 8, 1, *[0] * 8, 2]


@given(st.floats(1e-3, 1e8))
def test_a_time_to_answer_is_within_five_percent_of_its_bins_middle(milliseconds):
    assert latency_of(latency_bin(milliseconds)) == pytest.approx(milliseconds, rel=0.05)


def test_no_time_at_all_has_a_bin():
    assert latency_of(latency_bin(0.0)) < 2e-3


def test_filters_count_what_they_mean(store):
    store.log([answered(1), answered(1, version="2"), answered(1, source="page"), answered(1, system="toy")])
    for hours in (24, 96):
        assert total(store, meant(hours)) == 4
        assert total(store, meant(hours, version="2")) == 1
        assert total(store, meant(hours, source="page")) == 1
        assert total(store, meant(hours, system="waste")) == 3
        assert total(store, meant(hours, system="nobody")) == 0


def test_a_row_that_is_logged_late_is_counted_though_its_day_was_counted_before(store):
    store.log([answered(30)])
    shares: list[float] = []
    assert sum(step.counts.n for step in store.steps(meant(96), DAY, shares.append)) == 1
    assert shares[-1] == 1.0
    shares.clear()
    assert sum(step.counts.n for step in store.steps(meant(96), DAY, shares.append)) == 1
    assert shares == []  # the whole days were kept
    store.log([answered(31), answered(95.9)])
    assert total(store, meant(96), DAY) == 3


def test_more_rows_than_are_read_at_once_are_all_counted(store):
    rows = 20_500
    columns = {
        "id": [f"{number:08d}" for number in range(rows)],
        "created_at": DAWN,
        "system": "crime",
        "version": "1",
        "source": "cli",
        "actor": "local",
        "status": ["failed" if number % 5 == 0 else "answered" for number in range(rows)],
        "latency_ms": 1.0,
    }
    store.log_columns(columns)
    (counts,) = counted(store, meant(24)).values()
    assert (counts.n, counts.failed) == (rows, rows / 5)


def test_judged_answers_are_counted_by_version_and_confidence_with_the_latest_outcome(store):
    scores = {"a": 0.05, "b": 0.1, "c": 0.1001, "d": 1.0, "e": 0.0}
    store.log([answered(1, score, id=name) for name, score in scores.items()])
    store.log([answered(1, 0.95, id="f", version="2"), answered(50, id="late"), answered(1, id="silent")])
    for name in (*scores, "f", "late"):
        store.add_outcome(name, "glass", source="page", actor="local")
    store.add_outcome("b", "metal", source="page", actor="local")
    for until in (24, 1 + 1 / 60):  # whole hours, and one that is cut
        first, second = sorted(store.judged_details(meant(until), DAY), key=lambda step: step.version)
        assert (first.version, second.version) == ("1", "2")
        assert [bins[:2] for bins in first.details["bins"]] == [[3, 2], [1, 1], *[[0, 0]] * 7, [1, 1]]
        assert first.details["bins"][0][2] == pytest.approx(0.15)
        assert (second.details["n"], second.details["correct"]) == (1, 1)


def test_versions_of_the_same_name_are_counted_apart_for_each_system(store):
    store.log([answered(1, id="a", system="crime"), answered(1, id="b", system="flood")])
    for name in "ab":
        store.add_outcome(name, "glass", source="page", actor="local")
    judged = [(step.system, step.version, step.details["n"]) for step in store.judged_details(meant(24), DAY)]
    assert sorted(judged) == [("crime", "1", 1), ("flood", "1", 1)]


def outcome(name: str, prediction_id: str, minutes: int, correct: bool) -> dict[str, object]:
    return {
        "id": name, "prediction_id": prediction_id, "created_at": DAWN + timedelta(minutes=minutes), "label": name,
        "correct": correct, "source": "page", "actor": "local", "consented": False, "kept_input": None,
    }  # fmt: skip


@pytest.fixture
def judged_several_times(store):
    """Rows with several outcomes each, two of them in one instant, of which the greater id counts."""
    store.log([answered(hours, id=name) for hours, name in enumerate("abcd")])
    rows = [
        outcome("1", "a", 10, True), outcome("2", "a", 20, False), outcome("3", "a", 15, True),
        outcome("5", "b", 10, False), outcome("4", "b", 10, True), outcome("6", "c", 1, True),
    ]  # fmt: skip
    store.add_outcomes(rows)
    return store


def test_shown_rows_have_their_latest_outcome_on_every_page_of_them(judged_several_times):
    expected = [("d", None, None), ("c", "6", True), ("b", "5", False), ("a", "2", False)]
    for columns in (("id",), ("id", "score"), None):
        pages = [judged_several_times.rows(Query(), columns, limit=2, offset=offset) for offset in (0, 2)]
        assert [(row["id"], row["label"], row["correct"]) for page in pages for row in page] == expected
        assert columns is None or set(pages[0][0]) == {*columns, "label", "correct"}


@pytest.mark.parametrize(
    ("finding", "expected"), [("judged", "cba"), ("right", "c"), ("wrong", "ba"), ("not sure", ""), (None, "dcba")]
)
def test_rows_are_found_by_what_they_turned_out_to_be(judged_several_times, finding, expected):
    query = Query(system="waste", finding=finding)
    assert "".join(row["id"] for row in judged_several_times.rows(query)) == expected
    assert judged_several_times.count(query) == len(expected)
    first = judged_several_times.earliest(query)
    assert first == (DAWN + timedelta(hours="abcd".index(expected[-1])) if expected else None)


def test_not_sure_is_what_abstained_or_scored_too_low(store):
    store.log([answered(1, id="low", score=0.5), answered(2, id="away", abstained=True), answered(3), failure()])
    found = store.rows(Query(finding="not sure", not_sure_below=BOUND))
    assert [row["id"] for row in found] == ["away", "low"]


def test_rows_of_one_version_of_several_systems_come_newest_first(store):
    store.log([answered(hours, id=f"{hours}", system=("waste", "toy")[hours % 2], version="7") for hours in range(6)])
    store.log([answered(9, version="8")])
    seventh = Query(version="7")
    assert [row["id"] for row in store.rows(seventh, ("id",), limit=3, offset=1)] == ["4", "3", "2"]
    assert store.count(seventh) == 6
    assert store.earliest(seventh) == DAWN


def test_what_occurs_in_the_log_is_listed_by_whoever_writes_it(store):
    store.log([answered(1), answered(1, version=None, system="toy", source="page")])
    store.log_columns(
        {"id": ["1", "2"], "created_at": DAWN, "system": "crime", "version": ["4", "5"], "source": "cli",
         "actor": "local", "status": "answered", "latency_ms": 1.0}
    )  # fmt: skip
    assert store.distinct("system") == ["crime", "toy", "waste"]
    assert store.distinct("version") == ["1", "4", "5"]
    assert store.distinct("version", Query(system="toy")) == []
    assert store.distinct("source", Query(version="4")) == ["cli"]
    assert store.distinct("actor") == ["local"]
