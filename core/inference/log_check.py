"""Whether an answer could be logged now: tried by a thread of its own, so that nobody who asks waits for a database."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from core import telemetry
from core.errors import LookoutError, StoreUnavailable
from core.migrations import migrate
from core.settings import settings
from core.store import store

FRESH_SECONDS = 1.0  # how long a finding counts, and the pause between two tries while the log is away [s]
PATIENCE_SECONDS = 2.0  # a log that takes longer to answer is away [s]
MIN_FREE_BYTES = 16_000_000  # of the data folder's disk
SLOW = "The prediction log does not answer, so nothing can be answered. Check the database; it is tried again."


class LogCheck:
    """Tries `attempt` when somebody asks and, once it failed, each second until it succeeds.

    attempt: raises LookoutError where the log cannot be written. clock: seconds that only grow.
    """

    def __init__(self, attempt: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._attempt, self._clock = attempt, clock
        self._changing = threading.Lock()
        self._running: Future[str | None] | None = None
        self._started = self._ended = float("-inf")
        self._last: Future[str | None] | None = None
        self._generation = 0

    @property
    def problem(self) -> str | None:
        """Why the log cannot be written, as far as is known without waiting."""
        running, last = self._running, self._last
        if running is not None and self._clock() - self._started > PATIENCE_SECONDS:
            return SLOW
        return last.result() if last is not None else None

    def ask(self) -> tuple[Future[str | None], float]:
        """A finding that is fresh or being made, and how long to wait for it at most [s]."""
        with self._changing:
            now = self._clock()
            if self._running is None and (self._last is None or now - self._ended > FRESH_SECONDS):
                self._begin(now)
            finding = self._running or self._last
            assert finding is not None  # noqa: S101 - one of them was begun at least
            return finding, max(0.0, self._started + PATIENCE_SECONDS - now)

    def suspect(self) -> None:
        """An answer could not be logged: look at once."""
        with self._changing:
            if self._running is None:
                self._begin(self._clock())

    def forget(self) -> None:
        """Know nothing, and stop trying; for tests, whose stores come and go."""
        with self._changing:
            self._generation += 1
            self._running = self._last = None

    def _begin(self, now: float) -> None:
        self._running, self._started = Future(), now
        arguments = (self._running, self._generation)
        threading.Thread(target=self._look, args=arguments, name="log-check", daemon=True).start()

    def _look(self, finding: Future[str | None], generation: int) -> None:
        """Try, and as long as it fails, again."""
        while True:
            problem = self._try()
            with self._changing:
                if generation != self._generation:
                    finding.set_result(problem)
                    return
                self._note(problem)
                self._running, self._last, self._ended = None, finding, self._clock()
            finding.set_result(problem)
            if problem is None:
                return
            time.sleep(FRESH_SECONDS)
            with self._changing:
                if generation != self._generation or self._running is not None:
                    return
                finding = self._running = Future()
                self._started = self._clock()

    def _try(self) -> str | None:
        try:
            self._attempt()
        except LookoutError as problem:
            return problem.message
        except Exception as problem:  # noqa: BLE001 - whoever asks is told that it is not ready
            with suppress(OSError):
                telemetry.log().error("log_check_failed", exc_info=problem)
            return SLOW
        return None

    def _note(self, problem: str | None) -> None:
        """Log the change from well to away and back."""
        before = self._last.result() if self._last is not None else None
        with suppress(OSError):  # standard error may go to a file on the same full disk
            if problem and not before:
                telemetry.log().warning("log_away", problem=problem)
            elif before and not problem:
                telemetry.log().info("log_back")


def write_to_the_log() -> None:
    """Raise StoreUnavailable unless the data folder has room, the tables are there and the log takes a row now."""
    folder = settings().data_dir.absolute()
    free = shutil.disk_usage(next(place for place in (folder, *folder.parents) if place.exists())).free
    if free < MIN_FREE_BYTES:
        raise StoreUnavailable(
            expected=f"at least {MIN_FREE_BYTES / 1e6:.0f} MB of free disk for the data folder",
            received=f"{free / 1e6:.1f} MB",
            advice="Make room; it is tried again.",
        )
    migrate(store())
    store().ping()


log_check = LogCheck(write_to_the_log)
