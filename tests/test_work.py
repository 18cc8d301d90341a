"""Work that lasts: found again by its address, after a restart too; removed, restored, and gone in the end."""

from __future__ import annotations

import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from core import jobs, work
from core.errors import Busy, LookoutError, UnknownWork
from core.jobs import owner
from core.migrations import migrate
from core.progress import Progress, Stage
from core.store import store


@pytest.fixture(autouse=True)
def tables():
    migrate(store())


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to be so"
        time.sleep(0.01)


def started(answer, results=1, **options):
    given = work.begin("waste", "3 photos", results)
    return given, work.run(given, answer, results=results, **options)


def finished(job):
    until(lambda: job.finished)
    return job


def test_work_is_found_by_its_address_with_a_folder_of_its_own():
    given = work.begin("waste", "3 photos", 3, actor="Ana", details={"names": ["a.jpg"]})
    found = work.find(given.id)
    assert (found.system, found.title, found.actor, found.total, found.done) == ("waste", "3 photos", "Ana", 3, 0)
    assert found.details == {"names": ["a.jpg"]}
    assert found.folder.is_dir()
    assert found.folder.stat().st_mode & 0o077 == 0
    assert work.find(work.begin("waste", "other", 1).id).folder != found.folder


def test_results_and_the_state_are_there_when_it_is_done():
    given, job = started(lambda _progress: iter("abc"), results=3)
    assert finished(job).results == ["a", "b", "c"]
    assert job.id == given.id
    until(lambda: work.find(given.id).state == "done")
    assert work.find(given.id).done == 3


def test_what_was_counted_as_answered_is_noted_not_the_share_that_reading_has_in_it():
    def answer(progress):
        progress(Progress(0.08, Stage.READING))
        job.cancel()
        progress(Progress(0.8, Stage.ANSWERING, done=1, total=3))
        yield

    given = work.begin("waste", "3 photos", 3)
    begun = threading.Event()
    job = work.run(given, lambda progress: begun.wait(20) and answer(progress))
    begun.set()
    finished(job)
    until(lambda: work.find(given.id).state == "cancelled")
    assert work.find(given.id).done == 1


def test_what_was_done_before_a_cancel_is_noted():
    reached, go_on = threading.Event(), threading.Event()

    def answer(progress):
        yield "a"
        progress(Progress(1 / 3, Stage.ANSWERING))
        reached.set()
        go_on.wait(20)
        progress(Progress(2 / 3, Stage.ANSWERING))
        yield "b"

    given = work.begin("waste", "3 photos", 3)
    job = work.run(given, answer, results=3)
    reached.wait(20)
    assert work.find(given.id).state == "working"
    work.cancel(given.id)
    go_on.set()
    finished(job)
    until(lambda: work.find(given.id).state == "cancelled")
    found = work.find(given.id)
    assert found.done in (1, 2)
    assert "Stopped as asked" in found.error


def test_a_refusal_and_an_unexpected_problem_are_noted():
    def refuse(_progress):
        raise LookoutError("Expected a table. Received none.")

    def fail(_progress):
        raise ZeroDivisionError

    for answer, error in ((refuse, "Expected a table. Received none."), (fail, jobs.UNEXPECTED)):
        given, job = started(answer)
        finished(job)
        until(lambda given=given: work.find(given.id).state == "failed")
        assert work.find(given.id).error == error


def test_work_whose_process_is_gone_is_interrupted_and_goes_on_when_it_is_run_again():
    given = work.begin("waste", "3 photos", 3)
    for worker in ("another-machine/1/x", f"{socket.gethostname()}/999999999/x"):
        old = datetime.now(UTC) - 2 * owner.SILENCE
        store().work.change(given.id, {"state": "working", "worker": worker, "updated_at": old})
        assert work.find(given.id).state == "interrupted"
    assert [item.id for item in work.unfinished()] == [given.id]
    finished(work.run(work.find(given.id), lambda _progress: iter("c"), results=1, before=2))
    until(lambda: work.find(given.id).state == "done")
    assert work.find(given.id).done == 3


def test_work_that_another_process_notes_is_working():
    given = work.begin("waste", "3 photos", 3)
    store().work.change(given.id, {"state": "working", "worker": "another-machine/1/x"})
    assert work.find(given.id).state == "working"


def test_a_process_that_ends_leaves_its_work_to_go_on(monkeypatch):
    started_to_work, go_on = threading.Event(), threading.Event()

    def answer(progress):
        started_to_work.set()
        go_on.wait(20)
        progress(Progress(0.5, Stage.ANSWERING))
        yield "never"

    given, job = started(answer)
    started_to_work.wait(20)
    monkeypatch.setattr(jobs, "_ending", threading.Event())
    jobs.stop()
    go_on.set()
    finished(job)
    assert store().work.find(given.id)["state"] == "working"


def test_lists_are_newest_first_and_without_what_was_removed():
    first, second, third = (work.begin(system, "x", 1) for system in ("waste", "crime", "waste"))
    assert {item.id for item in work.recent()} == {first.id, second.id, third.id}
    assert [item.id for item in work.recent("crime")] == [second.id]
    work.remove(third.id)
    assert [item.id for item in work.recent("waste")] == [first.id]
    assert work.find(third.id).removed_at is not None
    work.restore(third.id)
    assert {item.id for item in work.recent("waste")} == {first.id, third.id}


def test_removed_and_old_work_goes_with_its_files_when_its_time_is_over(monkeypatch):
    kept, removed, old = (work.begin("waste", "x", 1) for _ in range(3))
    (removed.folder / "photo.jpg").write_bytes(b"x")
    work.remove(removed.id)
    work.purge()
    assert removed.folder.exists()  # it can still be restored
    store().work.change(removed.id, {"removed_at": datetime.now(UTC) - work.UNDO_PERIOD - timedelta(seconds=1)})
    with store().engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE work SET created_at = :time WHERE id = :id"), {"time": "2020-01-01 00:00:00", "id": old.id}
        )
    work.purge()
    assert [item.folder.exists() for item in (kept, removed, old)] == [True, False, False]
    for gone in (removed, old):
        with pytest.raises(UnknownWork, match="14 days"):
            work.find(gone.id)


@pytest.mark.parametrize("address", ["", "../../etc", "00000000-0000-4000-8000-000000000000", "x" * 5000, "\0"])
def test_an_address_without_work_says_so(address):
    with pytest.raises(UnknownWork, match="work that is still kept"):
        work.find(address)


def test_work_that_finds_no_place_says_that_it_waits_for_others(monkeypatch):
    monkeypatch.setattr(jobs, "MAX_OPEN", 0)
    given = work.begin("waste", "x", 1)
    with pytest.raises(Busy):
        work.run(given, lambda _progress: iter("a"))
    assert work.find(given.id).state == "failed"
