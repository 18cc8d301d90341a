"""The API's jobs as any process on the same store sees them: two processes are two tables of jobs in memory."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from core import jobs
from core.errors import Busy, InvalidInput, UnknownJob
from core.jobs import owner, shared
from core.progress import Progress, Stage


@pytest.fixture(autouse=True)
def no_other_jobs(monkeypatch, store):
    monkeypatch.setattr(jobs, "_jobs", {})
    monkeypatch.setattr(shared, "NOTE_SECONDS", 0.0)


@pytest.fixture
def elsewhere(monkeypatch):
    """Look at the store as another process does: without this one's jobs, which go on."""

    def look():
        monkeypatch.setattr(jobs, "_jobs", {})
        monkeypatch.setattr(shared, "seems_alive", lambda _worker, _sign: True)

    return look


def as_content(results):
    return {"predictions": list(results)}


def ended(identifier, seconds=10):
    deadline = time.monotonic() + seconds
    while not (job := shared.find(identifier)).finished and time.monotonic() < deadline:
        time.sleep(0.01)
    return job


def steps(go_on, count=200):
    """Work that tells its progress until it may end, or until it is stopped."""

    def work(progress):
        yield "first"
        for number in range(count):
            progress(Progress(0.5, Stage.ANSWERING, detail="half"))
            if go_on.wait(0.02):
                break
            assert number < count - 1, "nobody let it go on"
        yield "second"

    return work


def test_a_finished_job_and_its_result_are_found_by_another_process(elsewhere):
    identifier = shared.submit(lambda _progress: iter(["a", "b"]), 2, "toy", "anna", as_content)
    here = ended(identifier)
    elsewhere()
    assert shared.find(identifier) == here
    assert (here.state, here.fraction, here.system, here.result) == ("done", 1.0, "toy", {"predictions": ["a", "b"]})


def test_progress_and_a_stop_pass_from_one_process_to_another(elsewhere):
    go_on = threading.Event()
    identifier = shared.submit(steps(go_on), 2, "toy", "anna", as_content)
    deadline = time.monotonic() + 10
    while shared.find(identifier).fraction < 0.5 and time.monotonic() < deadline:
        time.sleep(0.01)
    own = dict(jobs._jobs)
    elsewhere()
    seen = shared.find(identifier)
    assert (seen.state, seen.message, seen.error, seen.result) == ("working", "half", None, None)
    shared.cancel(identifier)
    jobs._jobs.update(own)  # back in the process that works
    stopped = ended(identifier)
    assert stopped.state == "cancelled"
    assert stopped.result == {"predictions": ["first"]}


def test_a_job_whose_process_is_gone_has_failed_and_says_what_to_do(store, monkeypatch):
    identifier = shared.submit(lambda _progress: iter(["a"]), 1, "toy", "anna", as_content)
    ended(identifier)
    gone = f"{owner.this_process().split('/')[0]}/{2**22 + 1}/x"  # a number that no process has
    store.jobs.change(identifier, {"state": "working", "worker": gone, "result": None})
    monkeypatch.setattr(jobs, "_jobs", {})
    job = shared.find(identifier)
    assert (job.state, job.error) == ("failed", shared.GONE)


def test_a_job_of_another_machine_counts_as_gone_once_it_was_silent():
    assert owner.seems_alive("elsewhere/12/x", datetime.now(UTC))
    assert not owner.seems_alive("elsewhere/12/x", datetime.now(UTC) - 2 * owner.SILENCE)


def test_what_fails_says_why_and_what_is_unexpected_shows_nothing_of_itself():
    def refused(_progress):
        raise InvalidInput("Expected more.")
        yield

    def broken(_progress):
        raise RuntimeError("secret")
        yield

    first = ended(shared.submit(refused, 1, "toy", "anna", as_content))
    second = ended(shared.submit(broken, 1, "toy", "anna", as_content))
    assert (first.state, first.error, first.result) == ("failed", "Expected more.", None)
    assert (second.state, second.error) == ("failed", jobs.UNEXPECTED)


def test_too_many_jobs_are_refused_and_leave_no_open_row(store, monkeypatch):
    monkeypatch.setattr(jobs, "MAX_OPEN", 0)
    known = []
    monkeypatch.setattr(store.jobs, "add", lambda row, add=store.jobs.add: (known.append(row["id"]), add(row)))
    with pytest.raises(Busy):
        shared.submit(lambda _progress: iter(["a"]), 1, "toy", "anna", as_content)
    assert shared.find(known[0]).state == "failed"


def test_an_unknown_id_and_one_that_is_no_text_of_an_id_are_refused():
    for identifier in ("nobody", "", "x" * 5000, "a\0b", "'; drop table jobs; --"):
        with pytest.raises(UnknownJob):
            shared.find(identifier)


def test_old_jobs_go_when_a_new_one_comes(store):
    old = shared.submit(lambda _progress: iter(["a"]), 1, "toy", "anna", as_content)
    ended(old)
    store.jobs.change(old, {"created_at": datetime.now(UTC) - timedelta(days=15)})
    ended(shared.submit(lambda _progress: iter(["b"]), 1, "toy", "anna", as_content))
    with pytest.raises(UnknownJob):
        shared.find(old)
