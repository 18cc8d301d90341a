"""Resources over time: worked examples."""

from __future__ import annotations

from datetime import timedelta

from core.monitoring.resource_use import growth, mean_by_machine, newest_by_machine, starts
from tests.support.monitoring.resources import NOON, resource_row

MINUTE = timedelta(minutes=1)


def test_what_a_machine_uses_is_told_once_however_many_processes_see_it():
    rows = [
        resource_row(NOON, memory_share=0.2),
        resource_row(NOON, memory_share=0.4, process="2", started_at=NOON + MINUTE),
        resource_row(NOON + MINUTE, memory_share=0.8),
        resource_row(NOON, machine="desk-2"),
    ]
    shares = mean_by_machine(rows, "memory_share")
    assert {machine: (round(mean, 9), n) for machine, (mean, n) in shares.items()} == {"desk-1": (0.6, 2)}
    assert newest_by_machine(rows)["desk-1"]["memory_share"] == 0.8
    assert set(newest_by_machine(rows)) == {"desk-1", "desk-2"}


def test_processes_that_start_together_start_once():
    rows = [
        resource_row(NOON, process=str(number), started_at=NOON + number * timedelta(seconds=10)) for number in range(4)
    ]
    rows += [resource_row(NOON, process="later", started_at=NOON + 10 * MINUTE)]
    rows += [resource_row(NOON, process="before", started_at=NOON - MINUTE)]
    rows += [resource_row(NOON, machine="desk-2", started_at=NOON)]
    assert [(each.machine, each.started_at - NOON) for each in starts(rows, NOON)] == [
        ("desk-1", timedelta()),
        ("desk-2", timedelta()),
        ("desk-1", 10 * MINUTE),
    ]


def test_growth_is_between_the_first_and_the_last_size():
    half_a_day = growth({0: 100.0, 1: 999.0, 43_200: 600.0}, min_days=0.5)
    assert half_a_day is not None
    assert (half_a_day.bytes_per_day, half_a_day.samples, half_a_day.days) == (1000.0, 3, 0.5)
    assert growth({0: 100.0, 43_199: 600.0}, min_days=0.5) is None
    assert growth({0: 100.0}, min_days=0.0) is None
