"""Worker processes: they answer as this process does, a dead one is replaced, and what kills them fails alone."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import pytest

from core.batch import file_run
from core.batch.batches import run_batch
from core.batch.request import BatchRequest
from core.batch.workers import WorkerPool
from core.errors import InvalidInput
from core.store import Query
from tests.batch.conftest import write_words


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(file_run, "SHARD", 5)


@dataclass(frozen=True)
class Doubling:
    """Doubles numbers; 13 ends the process, -1 is refused."""

    numbers: tuple[int, ...]

    def answer(self) -> list[int]:
        if 13 in self.numbers:
            os._exit(3)
        if -1 in self.numbers:
            raise InvalidInput(expected="a number", received="-1", advice="Take another.")
        return [2 * number for number in self.numbers]

    def apart(self) -> Sequence[Doubling]:
        return [Doubling((number,)) for number in self.numbers]

    def given_up(self, reason: str) -> list[str]:
        return [reason]


def test_an_input_that_ends_its_worker_is_tried_alone_and_given_up_and_the_others_are_answered():
    tasks = [Doubling((1, 2)), Doubling((3, 13, 4)), Doubling((5, 6)), Doubling((7,))]
    results = {task: [value for part in parts for value in part] for task, parts in WorkerPool(2, 1).run(tasks)}
    assert {task: results[task] for task in tasks if 13 not in task.numbers} == {
        task: [2 * number for number in task.numbers] for task in tasks if 13 not in task.numbers
    }
    first, reason, last = results[tasks[1]]
    assert (first, last) == (6, 8)
    assert "ended (exit code 3), twice" in reason


def test_a_worker_that_is_killed_from_outside_is_replaced_and_nothing_is_lost():
    tasks = [Doubling((number + 100,)) for number in range(200)]
    results = {}
    for done, (task, parts) in enumerate(WorkerPool(2, 1).run(iter(tasks))):
        results[task] = parts
        if done in (20, 90):
            os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
    assert results == {task: [[2 * task.numbers[0]]] for task in tasks}
    assert multiprocessing.active_children() == []


def test_no_process_and_no_thread_is_left_where_a_run_is_broken_off():
    threads = threading.active_count()
    with closing(WorkerPool(2, 1).run(Doubling((number + 100,)) for number in range(200))) as answered:
        next(answered)
    assert multiprocessing.active_children() == []
    assert threading.active_count() == threads


def test_what_a_shard_raises_is_raised_here():
    with pytest.raises(InvalidInput, match=r"Received -1\. Take another\."):
        list(WorkerPool(1, 1).run([Doubling((1,)), Doubling((-1,))]))


def test_tasks_are_taken_as_workers_become_free_so_that_few_are_in_memory():
    taken = []

    def tasks():
        for number in range(50):
            taken.append(number)
            yield Doubling((number + 100,))

    ahead = []
    for done, _ in enumerate(WorkerPool(2, 1).run(tasks())):
        ahead.append(len(taken) - done)
    assert len(ahead) == 50
    assert max(ahead) <= 2 * 2 + 2


def test_a_batch_goes_on_past_what_kills_its_workers(store, toy, tmp_path):
    write_words(tmp_path / "in", 12, **{"a.txt": "kill", "d001/z.txt": "kill once"})
    request = BatchRequest("toy", str(tmp_path / "in"), str(tmp_path / "out.jsonl"), workers=2)
    done = run_batch(request, lambda _progress: None)
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["file"] for line in lines[::13]] == ["a.txt", "d001/z.txt"]
    assert (lines[0]["error"], lines[13]["value"]) == ("internal", "long")
    assert "SIGKILL" in lines[0]["detail"]
    assert (done.answered, done.failed, done.problems) == (13, 1, {"internal": 1})
    failed = store.prediction(lines[0]["prediction_id"])
    assert (failed["status"], failed["error"]) == ("failed", lines[0]["detail"])
    assert store.count(Query(batch=done.batch)) == 14
