"""Worker processes for shards: a few at work at a time, a worker that dies is replaced, its inputs are tried alone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from core.errors import LookoutError

if TYPE_CHECKING:
    from pebble import ProcessPool

AHEAD = 1  # shards that wait for each worker, so that none waits for this process
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


class WorkerLost(LookoutError):
    """A worker process ended while it answered, such as by a crash or for want of memory."""

    kind = "worker_lost"


@dataclass(frozen=True)
class WorkerPool:
    """`workers` processes, each with its own models; 0: this process answers. threads: of the networks in each."""

    workers: int
    threads: int

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, list[Any]]]:
        """Each task with its results, as they come: one, or, after a worker was lost, those of its parts in order.

        Tasks are taken as workers become free. Those that a worker died of are tried again once the others are done,
        part by part and one at a time; an input that ends a second worker is given up, and the run goes on.
        """
        if not self.workers:
            for task in tasks:
                yield task, [task.answer()]
            return
        with self._processes() as pool:
            lost = []
            for task, result in self._at_once(pool, tasks):
                if isinstance(result, WorkerLost):
                    lost.append(task)
                else:
                    yield task, [result]
            for task in lost:
                yield task, [result for part in task.apart() for result in _alone(pool, part)]

    def _at_once(self, pool: ProcessPool, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Each task with its result, in the order in which they end."""
        waiting: dict[Future[Any], Task] = {}
        rest = iter(tasks)
        exhausted = False
        while waiting or not exhausted:
            while not exhausted and len(waiting) < self.workers * (1 + AHEAD):
                task = next(rest, None)
                if task is None:
                    exhausted = True
                else:
                    waiting[pool.schedule(task.answer)] = task
            ended, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ended:
                yield waiting.pop(future), _result_of(future)

    @contextmanager
    def _processes(self) -> Iterator[ProcessPool]:
        from pebble import ProcessPool  # 0.2 s, of which only whoever starts a batch needs to know

        numeric = {name: os.environ.get(name) for name in NUMERIC_THREADS}
        os.environ.update(dict.fromkeys(NUMERIC_THREADS, str(self.threads)))  # read when a worker imports NumPy
        context = multiprocessing.get_context("spawn")  # the networks' threads do not survive a fork
        pool = ProcessPool(self.workers, initializer=_prepare, initargs=[self.threads], context=context)
        try:
            yield pool
            pool.close()  # type: ignore[no-untyped-call]
        except BaseException:
            pool.stop()  # type: ignore[no-untyped-call]
            raise
        finally:
            pool.join()
            for name, value in numeric.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


def _alone(pool: ProcessPool, task: ShardTask) -> Iterator[Any]:
    """The results of a task that nothing else is answered beside, in smaller and smaller parts if it must be."""
    result = _result_of(pool.schedule(task.answer))
    if not isinstance(result, WorkerLost):
        yield result
        return
    parts = task.apart()
    if len(parts) == 1:
        yield task.given_up(result.message)
        return
    queue = deque(parts)
    while queue:
        yield from _alone(pool, queue.popleft())


def _result_of(future: Future[Any]) -> Any:
    """What the worker gave, or WorkerLost; what it raised is raised here."""
    from pebble import ProcessExpired

    try:
        return future.result()
    except ProcessExpired as problem:
        return WorkerLost(
            f"The process that answered it ended ({_ending(problem.exitcode)}), twice. The file may need more memory "
            "than there is, or break the model: look at it, and report it if it is an ordinary one."
        )


def _ending(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return signal.Signals(-exitcode).name if -exitcode in signal.valid_signals() else f"signal {-exitcode}"
    return f"exit code {exitcode}"


def _prepare(threads: int) -> None:
    """In a worker, before its first shard: its share of the cores, and that it ends with whoever started it."""
    from core.settings import settings

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the first process decides
    os.environ["LOOKOUT_INFERENCE_THREADS"] = str(threads)
    settings.cache_clear()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
