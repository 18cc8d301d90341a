"""Counts of past hours that the store keeps, against counts of the rows: whenever rows come, whoever counts."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from core.contract import Answer
from core.store import Query, Store, hour_counts, period_counts, prediction_log
from core.store.tables import counted_hours, hours, late_hours
from tests.store.conftest import failure, prediction

BOUND = hour_counts.NOT_SURE_BELOW
DAWN = datetime(2026, 11, 10, tzinfo=UTC)
YEAR = timedelta(days=365)


def answered(time: datetime, score: float = 0.9, **changes):
    abstained = changes.pop("abstained", False)
    return prediction(created_at=time, answer=Answer(value="glass", score=score, abstained=abstained), **changes)


def some_rows(random: np.random.Generator, count: int) -> list:
    """Rows of all kinds over five days, of the last hours too, two of them at the edges of an hour."""
    now = datetime.now(UTC)
    times = [now - timedelta(hours=float(random.uniform(0, 120))) for _ in range(count - 2)]
    edge = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=30)
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


def table(counts) -> Counter:
    """{(start, state, latency): rows}."""
    rows: Counter = Counter()
    for *key, n in zip(counts.start, counts.state, counts.latency_ms, counts.n, strict=True):
        rows[tuple(key)] += n
    return rows


def from_the_rows(store: Store, query: Query):
    """Steps, scores, tallies and numbers without any table of hours."""
    counts = period_counts.StepCounts(period_counts.width_of(query))
    with store.engine.connect() as connection:
        for system in ("toy", "waste"):
            period_counts.add_steps(connection, Query(**{**query.__dict__, "system": system}), None, counts)
        tally = period_counts.tally(connection, query, None)
    return table(counts), counts.scores, tally


def assert_agrees(store: Store, query: Query) -> None:
    """What the store answers is what its rows say."""
    steps, scores, tally = from_the_rows(store, query)
    counts = store.steps(query)
    assert table(counts) == steps
    assert counts.scores == scores
    tallies = store.tallies(Query(**{**query.__dict__, "not_sure_below": 0.0}), BOUND)
    assert [sum(row[name] for row in tallies) for name in ("n", "failed", "not_sure")] == [
        tally.n, tally.failed, tally.not_sure,
    ]  # fmt: skip
    expected = {"failed": tally.failed, "answered": tally.n - tally.failed}
    for status, n in expected.items():
        assert store.count(Query(**{**query.__dict__, "status": status})) == n
    assert store.count(Query(**{**query.__dict__, "finding": "not sure"})) == tally.not_sure
    assert store.count(query) == tally.n


def periods() -> list[Query]:
    """Periods with odd ends, of all rows and of some."""
    now = datetime.now(UTC)
    return [
        Query(since=now - timedelta(hours=hours), until=now - timedelta(hours=end), not_sure_below=BOUND, **chosen)
        for hours, end in ((119.3, 0), (100, 3.7), (60.5, 7.2))
        for chosen in ({}, {"version": "2"}, {"source": "api", "version": "1"})
    ]


def kept(store: Store) -> list:
    with store.engine.connect() as connection:
        return connection.execute(sa.select(hours).order_by(*hours.primary_key)).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_what_is_counted_by_hours_agrees_with_the_rows_whenever_they_come(store, seed):
    random = np.random.default_rng(seed)
    for count in (60, 2, 30):
        store.log(some_rows(random, count))
        for query in periods():
            assert_agrees(store, query)
    assert kept(store)


def test_counts_that_were_forgotten_are_made_again_alike(store):
    store.log(some_rows(np.random.default_rng(2), 50))
    store.hours.bring_up_to_date()
    store.log(some_rows(np.random.default_rng(3), 50))
    store.hours.bring_up_to_date()
    before = [row._mapping["n"] for row in kept(store)]
    store.hours.forget()
    assert kept(store) == []
    store.hours.bring_up_to_date()
    assert [row._mapping["n"] for row in kept(store)] == before


def test_the_running_hours_are_counted_from_their_rows(store):
    now = datetime.now(UTC)
    store.log([answered(now - timedelta(days=4)), answered(now)])
    assert store.count(Query()) == 2
    assert [row.hour for row in kept(store)] == [hour_counts.hour_of(now - timedelta(days=4))]
    store.log([answered(now)])
    assert store.count(Query()) == 3


def test_a_row_of_a_running_hour_leaves_no_mark_and_a_late_one_leaves_one(store):
    now = datetime.now(UTC)
    store.log([answered(now)])
    with store.engine.connect() as connection:
        assert connection.execute(sa.select(late_hours)).all() == []
    store.log([answered(DAWN), answered(DAWN + timedelta(minutes=1))])
    with store.engine.connect() as connection:
        assert [hour for _, hour in connection.execute(sa.select(late_hours))] == [hour_counts.hour_of(DAWN)]
    store.count(Query())
    with store.engine.connect() as connection:
        assert connection.execute(sa.select(late_hours)).all() == []


def test_a_late_row_that_comes_while_its_hour_is_counted_is_not_missed(store, monkeypatch):
    store.log([answered(DAWN)])
    count = hour_counts._count_hours
    late = [answered(DAWN + timedelta(minutes=5))]

    def count_then_log(connection, run):
        counted = count(connection, run)
        if late:
            row = late.pop()
            connection.rollback()  # as the database of another process: SQLite's snapshot would hold this one's writer
            store.log([row])
        return counted

    monkeypatch.setattr(hour_counts, "_count_hours", count_then_log)
    assert store.count(Query()) == 2
    assert store.count(Query()) == 2


def test_two_that_count_at_once_count_each_row_once(store, monkeypatch):
    other = Store(store.url.render_as_string(hide_password=False))
    store.log([answered(DAWN + timedelta(hours=hours)) for hours in range(60)])
    count = hour_counts._count_hours
    turns = [other, None]

    def count_beside_another(connection, run):
        counted = count(connection, run)
        if turns and (beside := turns.pop(0)) is not None:
            beside.hours.bring_up_to_date()
        return counted

    monkeypatch.setattr(hour_counts, "_count_hours", count_beside_another)
    assert store.count(Query()) == 60
    assert other.count(Query()) == 60
    assert sum(row.n for row in kept(store)) == 60
    other.close()


def test_an_older_count_never_replaces_a_newer_one(store, monkeypatch):
    other = Store(store.url.render_as_string(hide_password=False))
    store.log([answered(DAWN)])
    store.hours.bring_up_to_date()
    store.log([answered(DAWN)])  # late: its hour is counted again, below
    count = hour_counts._count_hours
    beside = [answered(DAWN)]

    def count_while_another_counts_more(connection, run):
        counted = count(connection, run)
        if beside:
            other.log([beside.pop()])
            other.hours.bring_up_to_date()
        return counted

    monkeypatch.setattr(hour_counts, "_count_hours", count_while_another_counts_more)
    store.hours.bring_up_to_date()
    assert [row.n for row in kept(store)] == [3]
    other.close()


def test_hours_without_rows_are_passed_over(store, monkeypatch):
    now = datetime.now(UTC)
    store.log([answered(now - 10 * YEAR), answered(now - 9 * YEAR), answered(now)])
    counted: list[range] = []
    count = hour_counts._count_hours
    monkeypatch.setattr(hour_counts, "_count_hours", lambda *given: counted.append(given[1]) or count(*given))
    shares: list[float] = []
    store.hours.bring_up_to_date(shares.append)
    assert store.count(Query()) == 3
    assert len(counted) <= 6
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_another_bound_of_not_sure_makes_all_counts_anew(store, monkeypatch):
    store.log([answered(DAWN, 0.65), answered(DAWN, 0.9)])
    assert store.tallies(Query(), BOUND)[0]["not_sure"] == 0
    for module in (hour_counts, prediction_log):
        monkeypatch.setattr(module, "NOT_SURE_BELOW", 0.7)
    assert store.tallies(Query(), 0.7)[0]["not_sure"] == 1
    assert store.tallies(Query(), BOUND)[0]["not_sure"] == 0
    with store.engine.connect() as connection:
        assert connection.execute(sa.select(counted_hours.c.not_sure_below)).scalars().all() == [0.7]


def test_a_store_that_cannot_be_written_is_counted_from_its_rows(store, monkeypatch):
    store.log(some_rows(np.random.default_rng(4), 40))

    def refuse():
        raise sa.exc.OperationalError("the disk is full", None, Exception())

    with monkeypatch.context() as patched:
        patched.setattr(store.engine, "begin", refuse)
        for query in periods():
            assert_agrees(store, query)
    assert kept(store) == []


def test_rows_beyond_one_statement_come_once_each_newest_first(store, monkeypatch):
    monkeypatch.setattr("core.store.newest_rows.PIECE", 7)
    times = [DAWN + timedelta(minutes=number // 10) for number in range(40)]  # ten rows at one instant
    store.log([answered(time, id=f"{number:02d}") for number, time in enumerate(times)])
    expected = [f"{number:02d}" for minute in (3, 2, 1, 0) for number in range(10 * minute, 10 * minute + 10)]
    assert [row["id"] for row in store.rows(Query(), ("id",), limit=100)] == expected
    assert [row["id"] for row in store.rows(Query(), ("id",), limit=20, offset=5)] == expected[5:25]
    assert [row["id"] for row in store.rows(Query(version="1"), ("id",), limit=20, offset=5)] == expected[5:25]
