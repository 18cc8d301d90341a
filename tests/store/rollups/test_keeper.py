"""Counts that the store keeps, against those of the very predictions that were logged: whenever they come."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from core.contract import Prediction
from core.store import Query, Store, prediction_log
from core.store.rollups import keeper
from core.store.rollups.counts import AnswerCounts, latency_bin
from core.store.rollups.levels import DAY, HOUR, MINUTE, floor
from core.store.rollups.tables import COUNTED, counted_until, late_hours
from tests.store.conftest import failure
from tests.store.rollups.test_counting_at_once import DAWN, answered, around_hours, kept

BOUND = keeper.NOT_SURE_BELOW
YEAR = timedelta(days=365)


def some_rows(random: np.random.Generator, count: int) -> list[Prediction]:
    """Rows of all kinds over five days, of the last minutes too, some of them at the edges of an hour and a day."""
    now = datetime.now(UTC)
    times = [now - timedelta(hours=float(random.uniform(0, 120))) for _ in range(count // 2)]
    times += [now - timedelta(minutes=float(random.uniform(0, 150))) for _ in range(count - count // 2 - 4)]
    for edge in (
        now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=30),
        now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1),
    ):
        times += [edge, edge - timedelta(microseconds=1)]
    rows = []
    for time in times:
        kind = {"system": str(random.choice(["waste", "toy"])), "source": str(random.choice(["page", "api"]))}
        kind["version"] = [None, "1", "2"][int(random.integers(3))]
        kind["latency_ms"] = float(random.lognormal(2, 2))
        score = float(random.choice([0.0, BOUND, np.nextafter(BOUND, 0), 1.0, random.random()]))
        is_failed = random.random() < 0.2
        rows.append(
            failure(created_at=time, **kind)
            if is_failed
            else answered(time, score, abstained=bool(random.random() < 0.2), **kind)
        )
    return rows


def is_meant(row: Prediction, query: Query) -> bool:
    return (
        query.since <= row.created_at < query.until
        and query.version in (None, row.version)
        and query.source in (None, row.source)
    )


def by_hand(rows: list[Prediction], width: int) -> dict[tuple, AnswerCounts]:
    """The counts of the very rows by step, system, version and source."""
    counted: dict[tuple, AnswerCounts] = {}
    for row in rows:
        start = int(row.created_at.timestamp() // width * width)
        counts = counted.setdefault((start, row.system, row.version or "", row.source), AnswerCounts())
        counts.n += 1
        if row.answer is None:
            counts.failed += 1
            continue
        counts.not_sure += row.answer.abstained or row.answer.score < BOUND
        counts.scores[min(int(row.answer.score * 20), 19)] += 1
        counts.latency = dict(Counter(counts.latency) + Counter({latency_bin(row.latency_ms): 1}))
    return counted


def assert_agrees(store: Store, logged: list[Prediction], query: Query) -> None:
    """What the store answers is what was logged."""
    rows = [row for row in logged if is_meant(row, query)]
    for width in (MINUTE, 3 * HOUR, DAY):
        together: dict[tuple, AnswerCounts] = {}
        for step in store.steps(query, width):
            together.setdefault((step.start, step.system, step.version, step.source), AnswerCounts()).add(step.counts)
        assert together == by_hand(rows, width)
    totals = Counter({"n": len(rows), "failed": sum(row.answer is None for row in rows)})
    totals["not_sure"] = sum(counts.not_sure for counts in by_hand(rows, DAY).values())
    tallies = store.tallies(Query(**{**vars(query), "not_sure_below": 0.0}), BOUND)
    assert {name: sum(row[name] for row in tallies) for name in totals} == totals
    assert store.count(query) == totals["n"]
    assert store.count(Query(**{**vars(query), "status": "failed"})) == totals["failed"]
    assert store.count(Query(**{**vars(query), "status": "answered"})) == totals["n"] - totals["failed"]
    assert store.count(Query(**{**vars(query), "finding": "not sure"})) == totals["not_sure"]


def periods() -> list[Query]:
    """Periods with odd ends, of all rows and of some."""
    now = datetime.now(UTC)
    return [
        Query(since=now - timedelta(hours=hours), until=now - timedelta(hours=end), not_sure_below=BOUND, **chosen)
        for hours, end in ((119.3, 0), (100, 3.7), (60.5, 7.2), (1.01, 0))
        for chosen in ({}, {"version": "2"}, {"source": "api", "version": "1"})
    ]


def marks(store: Store) -> list[int]:
    with store.engine.connect() as connection:
        return [start for _, start in connection.execute(sa.select(late_hours))]


@pytest.mark.parametrize("seed", [0, 1])
def test_what_is_kept_agrees_with_what_was_logged_whenever_it_comes(store, seed):
    random, logged = np.random.default_rng(seed), []
    for count in (60, 6, 30):
        rows = some_rows(random, count)
        store.log(rows)
        logged += rows
        for query in periods():
            assert_agrees(store, logged, query)
    assert all(kept(store, level) for level in (MINUTE, HOUR, DAY))


def test_each_day_is_the_sum_of_its_hours_and_each_hour_of_its_minutes(store):
    store.log(some_rows(np.random.default_rng(5), 80))
    store.counts.bring_up_to_date()
    counted = store.counts.counted()
    for fine, wide in ((MINUTE, HOUR), (HOUR, DAY)):
        sums: Counter = Counter()
        for row in kept(store, fine):
            sums[row.system, floor(row.start, wide), row.version, row.source] += row.n
        bounds = {HOUR: (counted.minutes_from, counted.hours), DAY: (0, counted.days)}[wide]
        rows = [row for row in kept(store, wide) if bounds[0] <= row.start < bounds[1]]
        assert rows
        assert all(sums[row.system, row.start, row.version, row.source] == row.n for row in rows)


def test_counts_that_were_forgotten_are_made_again_alike(store):
    store.log(some_rows(np.random.default_rng(2), 50))
    store.counts.bring_up_to_date()
    store.log(some_rows(np.random.default_rng(3), 50))
    store.counts.bring_up_to_date()
    before = {level: [tuple(row) for row in kept(store, level)] for level in (HOUR, DAY)}
    store.counts.forget()
    assert kept(store) == []
    store.counts.bring_up_to_date()
    assert {level: [tuple(row) for row in kept(store, level)] for level in (HOUR, DAY)} == before


def test_the_minute_that_runs_is_counted_from_its_rows(store):
    now = datetime.now(UTC)
    store.log([answered(now - timedelta(days=4)), answered(now)])
    assert store.count(Query()) == 2
    assert [row.start for row in kept(store)] == [floor(int((now - timedelta(days=4)).timestamp()), HOUR)]
    assert kept(store, MINUTE) == []
    store.log([answered(now)])
    assert store.count(Query()) == 3


def test_a_minute_of_an_open_hour_that_gets_a_late_row_is_counted_again(store):
    before = datetime.now(UTC) - timedelta(minutes=5)
    store.log([answered(before)])
    assert store.count(Query()) == 1
    assert [row.n for row in kept(store, MINUTE)] == [1]
    store.log([answered(before), answered(before - timedelta(minutes=1))])
    assert store.count(Query()) == 3
    assert sorted(row.n for row in kept(store, MINUTE)) == [1, 2]


def test_a_row_of_an_open_hour_leaves_no_mark_and_a_late_one_leaves_one(store):
    store.log([answered(datetime.now(UTC))])
    assert marks(store) == []
    store.log([answered(DAWN), answered(DAWN + timedelta(minutes=1))])
    assert marks(store) == [int(DAWN.timestamp())]
    store.count(Query())
    assert marks(store) == []


def test_an_outcome_of_a_counted_hour_leaves_a_mark_and_so_does_taking_it_back(store):
    row = answered(DAWN)
    store.log([row])
    store.count(Query())
    outcome = store.add_outcome(row.id, "metal", source="page", actor="local")
    assert marks(store) == [int(DAWN.timestamp())]
    store.count(Query())
    store.withdraw_outcome(outcome["id"])
    assert marks(store) == [int(DAWN.timestamp())]


def test_hours_without_rows_are_passed_over_and_their_days_are_whole(store, monkeypatch):
    now = datetime.now(UTC)
    store.log([answered(now - 10 * YEAR), answered(now - 9 * YEAR), answered(now)])
    counted: list[object] = []
    around_hours(monkeypatch, lambda _connection, starts: counted.append(starts))
    shares: list[float] = []
    store.counts.bring_up_to_date(shares.append)
    assert store.count(Query()) == 3
    assert [row.n for row in kept(store, DAY)] == [1, 1]
    assert len(counted) <= 6
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_another_bound_of_not_sure_makes_all_counts_anew(store, monkeypatch):
    store.log([answered(DAWN, 0.65), answered(DAWN, 0.9)])
    assert store.tallies(Query(), BOUND)[0]["not_sure"] == 0
    for module in (keeper, prediction_log):
        monkeypatch.setattr(module, "NOT_SURE_BELOW", 0.7)
    assert store.tallies(Query(), 0.7)[0]["not_sure"] == 1
    assert store.tallies(Query(), BOUND)[0]["not_sure"] == 0
    with store.engine.connect() as connection:
        assert connection.execute(sa.select(counted_until.c.not_sure_below)).scalars().all() == [0.7]


def test_hours_whose_rows_were_removed_for_good_keep_their_counts(store):
    first, second = answered(DAWN), answered(DAWN + timedelta(hours=1))
    store.log([first, second])
    store.counts.bring_up_to_date()
    with store._database.writing() as connection:
        connection.execute(sa.text("DELETE FROM predictions WHERE id = :id"), {"id": first.id})
        store.counts.keep_without_rows(connection, int(second.created_at.timestamp()))
    store.log([answered(DAWN)])  # much too late: its hour's counts would be lost
    for _ in range(2):
        store.counts.bring_up_to_date()
        assert [row.n for row in kept(store)] == [1, 1]
        assert [row.n for row in kept(store, DAY)] == [2]
        assert marks(store) == []
        store.counts.forget()


def test_a_store_that_cannot_be_written_is_counted_from_its_rows(store, monkeypatch):
    logged = some_rows(np.random.default_rng(4), 40)
    store.log(logged)

    def refuse():
        raise sa.exc.OperationalError("the disk is full", None, Exception())

    monkeypatch.setattr(store._database.engine, "begin", refuse)
    for query in periods()[:3]:
        assert_agrees(store, logged, query)
    with store.engine.connect() as connection:
        assert all(connection.execute(sa.select(table)).all() == [] for table in COUNTED)
