"""Resources in the store, on both databases."""

from __future__ import annotations

from datetime import timedelta

from core.store import HOUR, MINUTE
from tests.store.conftest import prediction
from tests.support.monitoring.resources import NOON, resource_row

ONE_MINUTE, ONE_HOUR = timedelta(minutes=1), timedelta(hours=1)


def keep(store, time, **changes):
    hour = {**changes, "level": HOUR}
    store.resources.record(resource_row(time, **changes), resource_row(time, **hour))


def test_an_hour_is_replaced_and_minutes_stay(store):
    keep(store, NOON, memory_share=0.2)
    keep(store, NOON + ONE_MINUTE, memory_share=0.4)
    minutes = store.resources.rows(MINUTE, NOON, NOON + ONE_HOUR)
    hours = store.resources.rows(HOUR, NOON, NOON + ONE_HOUR)
    assert [row["memory_share"] for row in minutes] == [0.2, 0.4]
    assert [row["memory_share"] for row in hours] == [0.4]
    assert minutes[0] == resource_row(NOON, memory_share=0.2)


def test_steps_hold_means_of_minutes_or_of_hours_by_process(store):
    for minute, share in ((0, 0.2), (1, 0.4), (10, 0.9)):
        keep(store, NOON + minute * ONE_MINUTE, memory_share=share)
    keep(store, NOON, process="2", memory_share=0.1, samples=5)
    of_ten = store.resources.by_step(NOON, NOON + ONE_HOUR, 10 * MINUTE)
    assert [(row["process"], round(row["memory_share"] or 0, 9), row["samples"]) for row in of_ten] == [
        ("1", 0.3, 2),
        ("2", 0.1, 5),
        ("1", 0.9, 1),
    ]
    assert of_ten[0]["started_at"] == NOON
    assert of_ten[0]["disk_free_bytes"] is None
    of_hours = store.resources.by_step(NOON, NOON + ONE_HOUR, 3 * HOUR)
    assert [(row["process"], row["memory_share"]) for row in of_hours] == [("1", 0.9), ("2", 0.1)]


def test_a_machine_counts_once_an_hour_however_many_processes_it_runs(store):
    keep(store, NOON)
    keep(store, NOON, process="2")
    keep(store, NOON, machine="desk-2")
    keep(store, NOON + ONE_HOUR)
    start = int(NOON.timestamp())
    hours = store.resources.machine_hours(NOON, NOON + 2 * ONE_HOUR)
    assert hours == [(start, "desk-1"), (start, "desk-2"), (start + HOUR, "desk-1")]


def test_minutes_go_after_three_days_and_hours_after_ninety(store):
    for days in (1, 4, 91):
        keep(store, NOON - timedelta(days=days))
    store.resources.forget(NOON)
    since = NOON - timedelta(days=100)
    starts = {level: [row["start"] for row in store.resources.rows(level, since, NOON)] for level in (MINUTE, HOUR)}
    assert starts[MINUTE] == [int((NOON - timedelta(days=1)).timestamp())]
    assert starts[HOUR] == [int((NOON - timedelta(days=days)).timestamp()) for days in (4, 1)]


def test_the_store_is_larger_with_more_rows(store):
    before = store.resources.store_bytes()
    store.log([prediction() for _ in range(2000)])
    assert store.resources.store_bytes() > before > 0
