"""Readings of resources: of every machine that reported lately."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.alerts.readings import Scope
from core.alerts.resource_readings import ResourceReadings
from core.resources.measuring import machine_name
from core.settings import settings
from core.store import HOUR
from tests.support.monitoring.resources import NOON, resource_row

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def database_url(tmp_path):
    """SQLite alone: what differs between the stores is tested in tests/store."""
    return f"sqlite:///{tmp_path / 'lookout.db'}"


@pytest.fixture
def keep(store):
    def record(time, **changes):
        row = resource_row(time, **changes)
        store.resources.record(row, resource_row(time, **{**changes, "level": HOUR}))

    return record


@pytest.fixture
def read(store):
    return lambda measure, window: list(ResourceReadings(store).readers[measure](window, Scope(), NOON))


def test_the_disk_of_each_machine_that_reported_lately_is_read(keep, read):
    for minutes, machine in ((1, "desk-1"), (2, "desk-1"), (3, "desk-2"), (20, "gone")):
        keep(NOON - minutes * MINUTE, machine=machine, disk_free_bytes=25.0 + minutes, disk_total_bytes=100.0)
    shares = {reading.labels["machine"]: reading.value for reading in read("disk_free_share", 5 * MINUTE)}
    assert 0 < shares.pop(machine_name()) <= 1
    assert shares == {"desk-1": 0.26, "desk-2": 0.28}


def test_memory_is_the_mean_of_the_window(keep, read):
    for minutes, share in ((1, 0.9), (2, 0.7), (9, 0.1)):
        keep(NOON - minutes * MINUTE, memory_share=share)
    readings = {reading.labels["machine"]: reading for reading in read("memory_share", 5 * MINUTE)}
    assert readings["desk-1"].value == pytest.approx(0.8)
    assert readings["desk-1"].n == 2
    assert 0 < readings[machine_name()].value < 1  # of this machine now, for it sampled nothing


def test_growth_needs_half_of_its_window(keep, read):
    keep(NOON - timedelta(hours=11), store_bytes=1e9)
    keep(NOON - timedelta(hours=1), store_bytes=2e9)
    assert read("store_growth_bytes_per_day", DAY) == []
    keep(NOON - timedelta(hours=21), store_bytes=1e9)
    (reading,) = read("store_growth_bytes_per_day", DAY)
    assert (reading.value, reading.labels, reading.n) == (pytest.approx(1e9 * 24 / 20), {}, 3)


def test_the_budget_is_read_with_the_forecasts_interval(keep, read, monkeypatch):
    for hours in range(24 * 10):
        keep(NOON - timedelta(hours=hours + 1))
    assert read("budget_share", 31 * DAY) == []
    monkeypatch.setenv("LOOKOUT_PRICE_PER_HOUR", "1")
    monkeypatch.setenv("LOOKOUT_BUDGET_PER_MONTH", "372")
    settings.cache_clear()
    (reading,) = read("budget_share", 31 * DAY)
    spent_and_expected = 12 + 30.5 * 24  # noon of the first of March; 24 hours a day cost 24
    assert reading.value == pytest.approx(spent_and_expected / 372)
    assert (reading.low, reading.high, reading.n) == (pytest.approx(reading.value), pytest.approx(reading.value), 9)
