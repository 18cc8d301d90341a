"""Background work: progress, cancel, and what was finished stays."""

from __future__ import annotations

import threading
import time

import pytest

from core import jobs
from core.errors import Busy, InvalidInput, UnknownJob
from core.progress import Progress, Stage


@pytest.fixture(autouse=True)
def no_other_jobs(monkeypatch):
    monkeypatch.setattr(jobs, "_jobs", {})


def finished(job, seconds=10):
    deadline = time.monotonic() + seconds
    while not job.finished and time.monotonic() < deadline:
        time.sleep(0.005)
    assert job.finished
    return job


def test_results_come_one_by_one_and_the_job_ends_done():
    def work(progress):
        for place in range(4):
            progress(Progress(place / 4, Stage.ANSWERING, detail=f"{place} of 4"))
            yield place

    job = finished(jobs.submit(work, 4, "toy", long=False))
    assert (job.state, job.results, job.error) == ("done", [0, 1, 2, 3], None)


def test_results_and_progress_can_be_seen_while_the_work_goes_on():
    go_on = threading.Event()

    def work(progress):
        progress(Progress(0.5, Stage.ANSWERING, detail="half"))
        yield "first"
        go_on.wait(10)
        yield "second"

    job = jobs.submit(work, 2, "toy", long=False)
    deadline = time.monotonic() + 10
    while not job.results and time.monotonic() < deadline:
        time.sleep(0.005)
    assert (job.state, job.results, job.fraction, job.message) == ("working", ["first"], 0.5, "half")
    assert job.seconds_left is not None
    go_on.set()
    assert finished(job).results == ["first", "second"]


def test_a_cancelled_job_keeps_what_was_finished():
    started = threading.Event()

    def work(progress):
        for place in range(10_000):
            progress(Progress(place / 10_000, Stage.PREPARING))
            yield place
            started.set()
            time.sleep(0.001)

    job = jobs.submit(work, 10_000, "toy", long=False)
    started.wait(10)
    job.cancel()
    finished(job)
    assert job.state == "cancelled"
    assert job.results == list(range(len(job.results)))
    assert 0 < len(job.results) < 10_000


def test_a_job_that_fails_says_why_and_keeps_what_was_finished():
    def work(_progress):
        yield 1
        raise InvalidInput("Expected a ZIP. Received a text.")

    job = finished(jobs.submit(work, 2, "toy", long=False))
    assert (job.state, job.error, job.results) == ("failed", "Expected a ZIP. Received a text.", [1])


def test_an_unexpected_problem_ends_in_words_without_its_inside():
    def work(_progress):
        raise KeyError("internal-detail")
        yield

    job = finished(jobs.submit(work, 1, "toy", long=False))
    assert job.state == "failed"
    assert "internal-detail" not in job.error


def test_there_is_no_guess_of_the_time_left_before_anything_is_done():
    assert jobs.Job(3).seconds_left is None


@pytest.mark.parametrize("state", ["waiting", "working"])
def test_a_job_that_waits_or_works_is_not_finished(state):
    assert not jobs.Job(1, state=state).finished


def test_a_third_job_waits_until_one_of_two_has_ended():
    go_on = threading.Event()

    def work(_progress):
        go_on.wait(10)
        yield 1

    running = [jobs.submit(work, 1, "toy", long=False) for _ in range(3)]
    deadline = time.monotonic() + 10
    while sum(job.state == "working" for job in running) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(0.05)  # the third would begin by now
    assert sorted(job.state for job in running) == ["waiting", "working", "working"]
    go_on.set()
    assert {finished(job).state for job in running} == {"done"}


def test_a_job_cancelled_before_it_began_does_nothing():
    go_on = threading.Event()
    done = []

    def block(_progress):
        go_on.wait(10)
        yield 1

    def work(progress):
        progress(Progress(0.0, Stage.PREPARING))
        done.append(1)
        yield 1

    blocking = [jobs.submit(block, 1, "toy", long=False) for _ in range(2)]
    waiting = jobs.submit(work, 1, "toy", long=False)
    waiting.cancel()
    go_on.set()
    for job in blocking:
        finished(job)
    assert finished(waiting).state == "cancelled"
    assert done == []


def test_a_job_is_found_by_its_id():
    job = jobs.submit(lambda _progress: iter([1]), 1, "toy")
    assert jobs.find(job.id) is finished(job)
    assert (job.name, job.results) == ("toy", [1])


@pytest.mark.parametrize("identifier", ["", "nobody", "../1", "\0"])
def test_an_unknown_job_is_refused_with_what_may_have_become_of_it(identifier):
    with pytest.raises(UnknownJob, match="jobs end with a restart"):
        jobs.find(identifier)


def test_no_more_jobs_are_taken_on_than_can_be_held(monkeypatch):
    monkeypatch.setattr(jobs, "MAX_OPEN", 2)
    go_on = threading.Event()

    def work(_progress):
        go_on.wait(10)
        yield 1

    taken = [jobs.submit(work, 1, "toy") for _ in range(2)]
    with pytest.raises(Busy, match="fewer than 2 jobs"):
        jobs.submit(work, 1, "toy")
    go_on.set()
    assert [finished(job).state for job in taken] == ["done", "done"]
    assert finished(jobs.submit(work, 1, "toy")).state == "done"


def test_the_oldest_results_go(monkeypatch):
    monkeypatch.setattr(jobs, "MAX_FINISHED", 2)
    made = [finished(jobs.submit(lambda _progress, place=place: iter([place]), 1, "toy")) for place in range(5)]
    assert [jobs.find(job.id).results for job in made[-3:]] == [[2], [3], [4]]
    with pytest.raises(UnknownJob):
        jobs.find(made[0].id)


def test_all_work_stops_when_the_process_ends_also_what_waits():
    started, done = threading.Event(), []

    def work(progress):
        while True:
            started.set()
            progress(Progress(0.5, Stage.PREPARING))
            time.sleep(0.005)
            yield 1

    def late(progress):
        progress(Progress(0.0, Stage.PREPARING))
        done.append(1)
        yield 1

    running = [jobs.submit(work, 1, "toy"), jobs.submit(work, 1, "toy"), jobs.submit(work, 1, "toy", long=False)]
    waiting = jobs.submit(late, 1, "toy")
    started.wait(10)
    jobs.stop()
    assert {finished(job).state for job in [*running, waiting]} == {"cancelled"}
    assert done == []
