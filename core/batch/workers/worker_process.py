"""One worker process and the pipe to it, which no other process shares: its end, at any moment, harms nobody else."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from pickle import PicklingError
from typing import Any, Protocol

from core.errors import LookoutError

SECONDS_TO_END = 5.0


class Answerable(Protocol):
    """What a worker is given: it can be pickled."""

    def answer(self) -> Any:
        """The result, which can be pickled too."""


class WorkerLost(LookoutError):
    """A worker process ended while it answered, such as by a crash or for want of memory."""

    kind = "worker_lost"


class WorkerProcess:
    """A process that answers one task after the other. threads: of the networks in it."""

    def __init__(self, threads: int) -> None:
        context = multiprocessing.get_context("spawn")  # the networks' threads do not survive a fork
        self._pipe, other_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(other_end, threads), name="lookout-batch", daemon=True)
        self._process.start()
        other_end.close()  # so that its end is noticed here

    def answer(self, task: Answerable) -> Any:
        """The task's result. Raises what the task raised, and WorkerLost where the process ended meanwhile."""
        try:
            self._pipe.send(task)
            succeeded, result = self._pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            raise WorkerLost(
                f"The process that answered it ended ({_ending(self._process.exitcode)}), twice. It may need more "
                "memory than there is, or break the model: look at it, and report it if it is an ordinary one."
            ) from None
        if not succeeded:
            raise result
        return result

    def end(self) -> None:
        """End the process, whatever it does; from any thread, and also where it is closed already."""
        with suppress(ValueError):
            self._process.terminate()
            self._process.join(SECONDS_TO_END)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()

    def close(self) -> None:
        """Give the pipe back, once the process has ended and no thread waits for its answer."""
        self._pipe.close()
        with suppress(ValueError):  # another thread is just ending it
            self._process.close()


class ReplacedWorker:
    """A worker process that starts with its first task, and anew after it was lost. threads: of the networks in it."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._process: WorkerProcess | None = None

    def answer(self, task: Answerable) -> Any:
        """The task's result, or WorkerLost. Raises what the task raised."""
        process = self._process = self._process or WorkerProcess(self._threads)
        try:
            return process.answer(task)
        except WorkerLost as problem:
            self._process = None
            process.close()
            return problem

    def end(self) -> None:
        """End the process, if there is one, from any thread: what it is asked is lost."""
        if process := self._process:
            process.end()

    def close(self) -> None:
        """End the process; nobody asks it any longer."""
        if process := self._process:
            process.end()
            process.close()


def _ending(exitcode: int | None) -> str:
    if exitcode is not None and -exitcode in signal.valid_signals():
        return signal.Signals(-exitcode).name
    return f"exit code {exitcode}"


def _serve(pipe: Connection, threads: int) -> None:
    """In the worker: answer what comes, until the pipe is closed."""
    _prepare(threads)
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        try:
            reply = (True, task.answer())
        except Exception as problem:  # noqa: BLE001 - it is raised where the task came from
            reply = (False, problem)
        try:
            pipe.send(reply)
        except (AttributeError, TypeError, PicklingError) as problem:
            pipe.send((False, LookoutError(f"The answer cannot be sent from a worker process ({problem}).")))


def _prepare(threads: int) -> None:
    """Before the first task: the worker's share of the cores, and that it ends with whoever started it."""
    from core.settings import settings

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the first process decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ["LOOKOUT_INFERENCE_THREADS"] = str(threads)
    settings.cache_clear()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
