"""Old rows go for good, a few at a time; counts, and whoever judges or writes meanwhile, come to no harm."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from core import retention
from core.errors import UnknownPrediction
from core.settings import settings
from core.store import DAY, HOUR, NOT_SURE_BELOW, Query, RemovedRows, Store, outcome_row
from core.store.rollups.removal import removed_before
from core.store.tables import outcomes, predictions
from tests.store.conftest import failure
from tests.store.rollups.test_counting_at_once import answered

DAWN = datetime(2026, 3, 1, tzinfo=UTC)
NOON_OF_THIRD_DAY = DAWN + timedelta(days=2, hours=12)
BOUND = DAWN + timedelta(days=2)
EVERYTHING = Query(not_sure_below=NOT_SURE_BELOW)


@pytest.fixture
def logged(store):
    """Four days with ten rows each, every second one judged, of which the first kept its input."""
    rows = [answered(DAWN + timedelta(days=day, hours=2 * hour)) for day in range(4) for hour in range(10)]
    rows[3] = failure(created_at=rows[3].created_at)
    store.log(rows)
    for row in rows[::2]:
        kept = "kept/waste/photo" if row is rows[0] else None
        store.add_outcome(row.id, "glass", source="page", actor="local", kept_input=kept)
    return rows


def figures(store: Store) -> tuple:
    """All that pages ask the counts for."""
    by_day = {(step.start, step.system): vars(step.counts) for step in store.steps(EVERYTHING, DAY)}
    details = [store.answer_details(Query(), DAY), store.judged_details(Query(), DAY)]
    tallies = [
        (row["n"], row["failed"], row["judged"], row["correct"]) for row in store.tallies(Query(), NOT_SURE_BELOW)
    ]
    return by_day, details, tallies, store.earliest(Query())


def numbers_of_rows(store: Store) -> tuple[int, int]:
    with store.engine.connect() as connection:
        tables = (predictions, outcomes)
        counted = [connection.execute(sa.select(sa.func.count()).select_from(each)).scalar_one() for each in tables]
    return counted[0], counted[1]


def unerased(path: str) -> None:
    pytest.fail(f"{path} was erased")


def test_rows_of_whole_days_before_a_time_go_and_every_count_stays(store, logged):
    before = figures(store)
    removed = retention.remove_old_rows(store, NOON_OF_THIRD_DAY)
    assert removed == RemovedRows(20, 10, 1)
    assert numbers_of_rows(store) == (20, 10)
    assert figures(store) == before
    assert store.retention.removed_before() == BOUND


def test_counts_that_are_made_again_keep_those_of_removed_rows(store, logged):
    before = figures(store)
    retention.remove_old_rows(store, NOON_OF_THIRD_DAY)
    store.counts.forget()
    assert figures(store) == before


def test_the_log_counts_the_rows_that_it_still_holds(store, logged):
    retention.remove_old_rows(store, NOON_OF_THIRD_DAY)
    assert store.count(Query()) == len(store.rows(Query())) == 20
    assert store.count(Query(finding="judged")) == 10


def test_who_is_stopped_in_the_middle_goes_on_where_it_stopped(store, logged):
    before = figures(store)
    store.retention.move_bound(NOON_OF_THIRD_DAY)
    assert store.retention.remove_some(lambda _path: None, limit=7) == RemovedRows(7, 4, 1)
    restarted = Store(store.url.render_as_string(hide_password=False))
    assert figures(restarted) == before
    assert retention.remove_old_rows(restarted, DAWN) == RemovedRows(13, 6)  # its own time is older than the bound
    assert figures(restarted) == before
    restarted.close()


def test_two_that_remove_at_once_remove_each_row_once(store, logged):
    other = Store(store.url.render_as_string(hide_password=False))
    with ThreadPoolExecutor(2) as threads:
        parts = list(threads.map(lambda each: retention.remove_old_rows(each, NOON_OF_THIRD_DAY), (store, other)))
    assert parts[0] + parts[1] == RemovedRows(20, 10, 1)
    other.close()


def test_feedback_on_a_removed_row_is_refused_and_says_why(store, logged):
    retention.remove_old_rows(store, NOON_OF_THIRD_DAY)
    with pytest.raises(UnknownPrediction, match=r"before 2026-03-03 \(UTC\) were removed"):
        store.add_outcome(logged[1].id, "glass", source="api", actor="local")
    store.add_outcome(logged[-1].id, "glass", source="api", actor="local")


def test_feedback_on_a_row_that_is_about_to_go_is_refused_for_it_could_not_be_counted(store, logged):
    store.retention.move_bound(NOON_OF_THIRD_DAY)
    late = outcome_row(logged[1].id, "glass", "glass", source="api", actor="local")
    with pytest.raises(UnknownPrediction, match="were removed"):
        store.add_outcomes([late])
    assert store.answers_to([logged[1].id, logged[-1].id]).keys() == {logged[-1].id}


def test_an_outcome_that_is_not_counted_yet_keeps_the_bound_where_it_is(store, logged, monkeypatch):
    store.counts.bring_up_to_date()
    store.add_outcome(logged[1].id, "plastic", source="api", actor="local")
    monkeypatch.setattr(store.counts, "bring_up_to_date", lambda: None)
    assert store.retention.move_bound(NOON_OF_THIRD_DAY) is None
    monkeypatch.undo()
    assert store.retention.move_bound(NOON_OF_THIRD_DAY) == BOUND
    assert sum(step.details["n"] for step in store.judged_details(Query(until=BOUND), DAY)) == 11


def test_rows_of_open_hours_stay_whatever_time_is_given(store):
    now = datetime.now(UTC)
    store.log([answered(now - timedelta(days=3)), answered(now - timedelta(seconds=1))])
    assert retention.remove_old_rows(store, now + timedelta(days=9)).predictions == 1
    assert store.count(Query()) == 1


def test_a_bound_never_moves_back(store, logged):
    store.retention.move_bound(NOON_OF_THIRD_DAY)
    assert store.retention.move_bound(DAWN + timedelta(days=1)) == BOUND


def test_an_input_that_another_outcome_names_stays(store, logged):
    store.add_outcome(logged[-1].id, "glass", source="page", actor="local", kept_input="kept/waste/photo")
    store.retention.move_bound(NOON_OF_THIRD_DAY)
    while store.retention.remove_some(unerased) is not None:
        pass
    assert numbers_of_rows(store) == (20, 11)


def test_a_log_that_was_never_counted_loses_nothing(store):
    with store.engine.connect() as connection:
        assert removed_before(connection) == 0
    assert store.retention.remove_some(unerased) is None
    assert store.retention.removed_before() is None


def test_one_process_of_several_removes_rows_in_a_day(store, logged, monkeypatch):
    monkeypatch.setenv("LOOKOUT_LOG_DAYS", "30")
    settings.cache_clear()
    assert retention.remove_in_turn(store, "first") is not None
    assert retention.remove_in_turn(store, "second") is None
    assert retention.remove_in_turn(store, "first") == RemovedRows()


def test_an_hour_before_the_bound_is_counted_no_more_after_a_late_row(store, logged):
    retention.remove_old_rows(store, NOON_OF_THIRD_DAY)
    before = figures(store)
    store.log([answered(DAWN)])
    assert figures(store)[0] == before[0]
    assert [step.counts.n for step in store.steps(EVERYTHING, HOUR) if step.start == int(DAWN.timestamp())] == [1]
