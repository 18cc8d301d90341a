"""Counts that several processes make at once, or while rows come: each row is counted once, none is missed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from core.contract import Answer
from core.store import NOT_SURE_BELOW, Query, Store, prediction_log
from core.store.rollups.keeper import RollupKeeper
from core.store.rollups.levels import DAY, HOUR
from core.store.rollups.tables import rollups
from tests.store.conftest import prediction

DAWN = datetime(2026, 11, 10, tzinfo=UTC)


def answered(time: datetime, score: float = 0.9, **changes):
    abstained = changes.pop("abstained", False)
    return prediction(created_at=time, answer=Answer(value="glass", score=score, abstained=abstained), **changes)


def kept(store: Store, level: int = HOUR) -> list:
    with store.engine.connect() as connection:
        meant = sa.select(rollups).where(rollups.c.level == level)
        return connection.execute(meant.order_by(*rollups.primary_key)).all()


def around_hours(monkeypatch, then):
    """Have `then` called whenever some hours have been counted and are not written yet."""
    count = RollupKeeper._rows_of_hours

    def count_then(self, connection, starts, *given):
        rows = count(self, connection, starts, *given)
        then(connection, starts)
        return rows

    monkeypatch.setattr(RollupKeeper, "_rows_of_hours", count_then)


def test_a_late_row_that_comes_while_its_hour_is_counted_is_not_missed(store, monkeypatch):
    store.log([answered(DAWN)])
    late = [answered(DAWN + timedelta(minutes=5))]

    def log_one(connection, _starts):
        if late:
            row = late.pop()
            connection.rollback()  # as the database of another process: SQLite's snapshot would hold this one's writer
            store.log([row])

    around_hours(monkeypatch, log_one)
    assert store.count(Query()) == 2
    assert store.count(Query()) == 2


def test_two_that_count_at_once_count_each_row_once(store, monkeypatch):
    other = Store(store.url.render_as_string(hide_password=False))
    store.log([answered(DAWN + timedelta(hours=hours)) for hours in range(60)])
    turns = [other, None]

    def count_beside(_connection, _starts):
        if turns and (beside := turns.pop(0)) is not None:
            beside.counts.bring_up_to_date()

    around_hours(monkeypatch, count_beside)
    assert store.count(Query()) == 60
    assert other.count(Query()) == 60
    assert sum(row.n for row in kept(store)) == 60
    other.close()


def test_an_older_count_never_replaces_a_newer_one(store, monkeypatch):
    other = Store(store.url.render_as_string(hide_password=False))
    store.log([answered(DAWN)])
    store.counts.bring_up_to_date()
    store.log([answered(DAWN)])  # late: its hour is counted again, below
    beside = [answered(DAWN)]

    def count_more(_connection, _starts):
        if beside:
            other.log([beside.pop()])
            other.counts.bring_up_to_date()

    around_hours(monkeypatch, count_more)
    store.counts.bring_up_to_date()
    assert [row.n for row in kept(store)] == [3]
    assert [row.n for row in kept(store, DAY)] == [3]
    other.close()


def test_whoever_asks_does_not_wait_for_a_long_log_to_be_counted(store, monkeypatch):
    store.log([answered(DAWN + timedelta(days=days)) for days in range(4)])
    monkeypatch.setattr(prediction_log, "MAX_WAIT", 0.0)
    (tally,) = store.tallies(Query(), NOT_SURE_BELOW)
    assert tally["n"] == 4
    assert len(kept(store)) < 4  # the others were read
    store.counts.bring_up_to_date()
    assert [row.n for row in kept(store)] == [1] * 4


def test_whoever_asks_while_another_counts_reads_what_is_not_counted_yet(store, monkeypatch):
    store.log([answered(DAWN), answered(DAWN + timedelta(days=2))])
    monkeypatch.setattr(prediction_log, "MAX_WAIT", 0.01)
    asked: list[int] = []

    def ask_beside(connection, _starts):
        connection.rollback()
        with ThreadPoolExecutor() as pool:
            asked.append(pool.submit(store.count, Query()).result())

    around_hours(monkeypatch, ask_beside)
    store.counts.bring_up_to_date()
    assert set(asked) == {2}
