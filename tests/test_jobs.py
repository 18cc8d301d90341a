"""Background work: progress, cancel, and what was finished stays."""

from __future__ import annotations

import threading
import time

import pytest

from core import jobs
from core.errors import InvalidInput


def finished(job, seconds=10):
    deadline = time.monotonic() + seconds
    while not job.finished and time.monotonic() < deadline:
        time.sleep(0.005)
    assert job.finished
    return job


def test_results_come_one_by_one_and_the_job_ends_done():
    def work(progress):
        for place in range(4):
            progress(place / 4, f"{place} of 4")
            yield place

    job = finished(jobs.submit(work, total=4))
    assert (job.state, job.results, job.error) == ("done", [0, 1, 2, 3], None)


def test_results_and_progress_can_be_seen_while_the_work_goes_on():
    go_on = threading.Event()

    def work(progress):
        progress(0.5, "half")
        yield "first"
        go_on.wait(10)
        yield "second"

    job = jobs.submit(work, total=2)
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
            progress(place / 10_000, "")
            yield place
            started.set()
            time.sleep(0.001)

    job = jobs.submit(work, total=10_000)
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

    job = finished(jobs.submit(work, total=2))
    assert (job.state, job.error, job.results) == ("failed", "Expected a ZIP. Received a text.", [1])


def test_an_unexpected_problem_ends_in_words_without_its_inside():
    def work(_progress):
        raise KeyError("internal-detail")
        yield

    job = finished(jobs.submit(work, total=1))
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

    running = [jobs.submit(work, total=1) for _ in range(3)]
    time.sleep(0.05)
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
        progress(0.0, "")
        done.append(1)
        yield 1

    blocking = [jobs.submit(block, total=1) for _ in range(2)]
    waiting = jobs.submit(work, total=1)
    waiting.cancel()
    go_on.set()
    for job in blocking:
        finished(job)
    assert finished(waiting).state == "cancelled"
    assert done == []
