"""Sampling: this machine and process, into a store, and as metrics."""

from __future__ import annotations

import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry

from core import jobs
from core.errors import StoreUnavailable
from core.resources import gpus
from core.resources.measuring import machine_name
from core.resources.metrics import GAUGES, ResourceCollector
from core.resources.sampler import ResourceSampler, means
from core.store import HOUR, MINUTE, QUANTITIES
from tests.support.monitoring.resources import NOON, resource_row

ONE_MINUTE, ONE_HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def database_url(tmp_path):
    """SQLite alone: what differs between the stores is tested in tests/store."""
    return f"sqlite:///{tmp_path / 'lookout.db'}"


def test_a_sample_is_this_machine_and_process_and_the_hour_its_mean_so_far(store, tmp_path):
    sampler = ResourceSampler(store.resources, tmp_path)
    for minute in range(3):
        sampler.sample(NOON + minute * ONE_MINUTE)
    minutes = store.resources.rows(MINUTE, NOON, NOON + ONE_HOUR)
    (hour,) = store.resources.rows(HOUR, NOON, NOON + ONE_HOUR)
    assert len(minutes) == 3
    assert hour["samples"] == 3
    assert hour["machine"] == machine_name()
    assert hour["process_rss_bytes"] == pytest.approx(sum(row["process_rss_bytes"] for row in minutes) / 3)
    assert 0 < minutes[-1]["memory_share"] < 1
    assert 0 < minutes[-1]["process_pss_bytes"] <= minutes[-1]["process_rss_bytes"]
    assert 0 < minutes[-1]["disk_free_bytes"] <= minutes[-1]["disk_total_bytes"]
    assert minutes[-1]["store_bytes"] > 0


def test_a_new_hour_begins_anew(store, tmp_path):
    sampler = ResourceSampler(store.resources, tmp_path)
    sampler.sample(NOON)
    sampler.sample(NOON + ONE_HOUR)
    hours = store.resources.rows(HOUR, NOON, NOON + 2 * ONE_HOUR)
    assert [row["samples"] for row in hours] == [1, 1]


def test_two_processes_of_a_machine_stand_apart(store, tmp_path):
    for number in range(2):
        started_at = NOON - number * ONE_HOUR
        ResourceSampler(store.resources, tmp_path, started_at=started_at).sample(NOON)
    assert len({row["process"] for row in store.resources.rows(MINUTE, NOON, NOON + ONE_HOUR)}) == 2


def test_old_samples_go_while_sampling(store, tmp_path):
    store.resources.record(resource_row(NOON - timedelta(days=4)), resource_row(NOON - timedelta(days=91), level=HOUR))
    ResourceSampler(store.resources, tmp_path).sample(NOON)
    since = NOON - timedelta(days=100)
    assert [row["start"] for row in store.resources.rows(MINUTE, since, NOON + ONE_HOUR)] == [int(NOON.timestamp())]
    assert len(store.resources.rows(HOUR, since, NOON + ONE_HOUR)) == 1


def test_a_store_that_cannot_be_reached_leaves_the_newest_sample_to_prometheus(tmp_path):
    class Unreachable:
        def store_bytes(self):
            raise StoreUnavailable("Expected a store. Received none. Start it.")

    sampler = ResourceSampler(Unreachable(), tmp_path)
    with pytest.raises(StoreUnavailable):
        sampler.sample(NOON)
    assert sampler.latest is not None
    assert sampler.latest["store_bytes"] is None
    assert sampler.latest["memory_share"] > 0


def test_means_leave_out_what_is_missing():
    averaged = means([resource_row(memory_share=0.25), resource_row(memory_share=0.75, gpu_share=0.5)])
    assert (averaged["memory_share"], averaged["gpu_share"], averaged["disk_free_bytes"]) == (0.5, 0.5, None)


def test_every_quantity_is_measured_or_known_to_be_missing(store, tmp_path):
    sampler = ResourceSampler(store.resources, tmp_path)
    sampler.sample(NOON)
    assert sampler.latest is not None
    assert set(sampler.latest) == set(QUANTITIES)


def test_jobs_are_counted_by_state(store, tmp_path):
    def sampled(state):
        sampler = ResourceSampler(store.resources, tmp_path)
        sampler.sample(NOON)
        assert sampler.latest is not None
        return sampler.latest[f"jobs_{state}"]

    before = sampled("working")
    seen = []
    job = jobs.submit(lambda _progress: [seen.append(sampled("working"))], 1, "test")
    while not job.finished:
        pass
    assert job.state == "done", job.error
    assert seen == [before + 1]


def exposed(sample):
    registry = CollectorRegistry()
    registry.register(ResourceCollector(lambda: sample))
    return {name: value for name in GAUGES if (value := registry.get_sample_value(name)) is not None}


def test_before_the_first_sample_prometheus_gets_no_zeros():
    assert exposed(None) == {}


def test_what_cannot_be_measured_is_no_metric():
    sample = resource_row(memory_share=0.0, disk_free_bytes=5.0)
    assert exposed(sample) == {"lookout_machine_memory_used_ratio": 0.0, "lookout_machine_disk_free_bytes": 5.0}


class FakeNvml:
    """NVIDIA's library of a machine with two GPUs, or of one whose driver is missing."""

    NVMLError = type("NVMLError", (Exception,), {})

    def __init__(self, works: bool) -> None:
        self.works, self.open = works, 0

    def nvmlInit(self):  # noqa: N802 - the library's own name
        if not self.works:
            raise self.NVMLError
        self.open += 1

    def nvmlShutdown(self):  # noqa: N802
        self.open -= 1

    def nvmlDeviceGetCount(self):  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, index):  # noqa: N802
        return index

    def nvmlDeviceGetMemoryInfo(self, handle):  # noqa: N802
        return SimpleNamespace(used=10 + 40 * handle, total=100)

    def nvmlDeviceGetUtilizationRates(self, handle):  # noqa: N802
        return SimpleNamespace(gpu=75 - 50 * handle)


def test_each_gpu_is_read_and_the_library_closed(monkeypatch):
    library = FakeNvml(works=True)
    monkeypatch.setitem(sys.modules, "pynvml", library)
    assert gpus.gpus() == [(0.75, 0.1), (0.25, 0.5)]
    assert library.open == 0


def test_a_machine_without_a_driver_has_no_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml(works=False))
    assert gpus.gpus() == []
