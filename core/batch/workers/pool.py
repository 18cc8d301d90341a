"""Worker processes for shards: a few at work at a time, a worker that dies is replaced, its inputs are tried alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from queue import Queue
from typing import Any, Protocol, TypeVar

from core.batch.workers.worker_process import ReplacedWorker, WorkerLost

NUMERIC_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class ShardTask(Protocol):
    """A shard of a batch as a function without shared state: it can be pickled, and answered in any process.

    It logs and writes nothing: whoever gave it does. So a cluster's engine can take it as a pool takes it here.
    """

    def answer(self) -> Any:
        """The answers to the shard's inputs."""

    def apart(self) -> Sequence[ShardTask]:
        """Its inputs in smaller tasks; a single one where it cannot be divided."""

    def given_up(self, reason: str) -> Any:
        """What stands in place of the answer where its only input ends whichever process answers it."""


Task = TypeVar("Task", bound=ShardTask)


@dataclass(frozen=True)
class WorkerPool:
    """`workers` processes, each with its own models; 0: this process answers. threads: of the networks in each."""

    workers: int
    threads: int

    def run(self, tasks: Iterable[Task]) -> Generator[tuple[Task, list[Any]]]:
        """Each task with its results, as they come: one, or, after a worker was lost, those of its parts in order.

        Tasks are taken as workers become free. Those that a worker died of are tried again once the others are done,
        part by part and one at a time; an input that ends a second worker is given up, and the run goes on. Close the
        generator where its end may not be reached: its processes end then.
        """
        if not self.workers:
            for task in tasks:
                yield task, [task.answer()]
            return
        lost: list[Task] = []
        with _numeric_threads(self.threads):
            with closing(_AtWork(self.workers, self.threads, tasks)) as at_work:
                for task, result in at_work.results():
                    if isinstance(result, WorkerLost):
                        lost.append(task)
                    else:
                        yield task, [result]
            with closing(ReplacedWorker(self.threads)) as worker:
                for task in lost:
                    yield task, [result for part in task.apart() for result in _alone(worker, part)]


def _alone(worker: ReplacedWorker, task: ShardTask) -> Iterator[Any]:
    """The results of a task that nothing else is answered beside, in smaller and smaller parts if it must be."""
    result = worker.answer(task)
    if not isinstance(result, WorkerLost):
        yield result
    elif len(parts := task.apart()) == 1:
        yield task.given_up(result.message)
    else:
        for part in parts:
            yield from _alone(worker, part)


class _AtWork:
    """Threads that each keep one worker process at work; what comes is taken from a short queue.

    A thread waits where the queue is full, so that few results are in memory however slowly they are taken.
    """

    def __init__(self, workers: int, threads: int, tasks: Iterable[Any]) -> None:
        self._tasks = iter(tasks)
        self._turn, self._ended = threading.Lock(), threading.Event()
        self._queue: Queue[tuple[Any, Any] | None] = Queue(workers)
        self._workers = [ReplacedWorker(threads) for _ in range(workers)]
        self._keepers = [threading.Thread(target=self._keep_at_work, args=(number,)) for number in range(workers)]
        for keeper in self._keepers:
            keeper.start()

    def results(self) -> Iterator[tuple[Any, Any]]:
        """Each task with its result, or WorkerLost; raises what a task raised."""
        working = len(self._keepers)
        while working:
            pair = self._queue.get()
            if pair is None:
                working -= 1
                continue
            task, result = pair
            if isinstance(result, BaseException) and not isinstance(result, WorkerLost):
                raise result
            yield task, result

    def close(self) -> None:
        """End all processes and threads, whatever they do."""
        self._ended.set()
        while any(keeper.is_alive() for keeper in self._keepers):
            for worker in self._workers:
                worker.end()
            while not self._queue.empty():  # a thread may wait for room in it
                self._queue.get_nowait()
            for keeper in self._keepers:
                keeper.join(0.05)

    def _keep_at_work(self, number: int) -> None:
        """In a thread: one task after the other by the worker of that number."""
        worker = self._workers[number]
        try:
            while not self._ended.is_set():
                with self._turn:
                    task = next(self._tasks, None)
                if task is None:
                    break
                self._queue.put((task, worker.answer(task)))
        except BaseException as problem:  # noqa: BLE001 - it is raised where results are taken
            self._queue.put((None, problem))
        finally:
            worker.close()
            self._queue.put(None)


@contextmanager
def _numeric_threads(threads: int) -> Iterator[None]:
    """The environment in which workers start: NumPy reads it when a worker imports it."""
    before = {name: os.environ.get(name) for name in NUMERIC_THREADS}
    os.environ.update(dict.fromkeys(NUMERIC_THREADS, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
