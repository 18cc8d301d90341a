"""Opening the desk: the port listens at once, and the store is opened while the browser still loads its scripts."""

from __future__ import annotations

import os
import sys
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache

from core.errors import LookoutError


@lru_cache(maxsize=1)
def opened() -> Future[None]:
    """Done once the store's tables are there and what Home imports is loaded; begun by whoever asks first.

    A process whose store cannot be opened says why and ends with exit code 2: it could answer nothing.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="opening")
    done = thread.submit(_open)
    done.add_done_callback(_end_if_impossible)
    thread.shutdown(wait=False)
    return done


def _open() -> None:
    from core import telemetry
    from core.migrations import migrate_if_there_is_room
    from core.settings import settings
    from core.store import store

    telemetry.start()
    if settings().log_format == "json":
        _take_over_streamlits_lines()
    migrate_if_there_is_room(store())
    from pages.parts.shared import words  # noqa: F401 - imported here so that Home need not


def _take_over_streamlits_lines() -> None:
    """Have Streamlit's loggers, and those that it makes later, write as the log does; each has a handler of its own."""
    from streamlit import logger

    from core.telemetry.library_logs import take_over_logger

    logger.setup_formatter = take_over_logger
    logger.update_formatter()


def _end_if_impossible(done: Future[None]) -> None:
    problem = done.exception()
    if problem is None:
        return
    if isinstance(problem, LookoutError):
        print(problem.message, file=sys.stderr, flush=True)
    else:
        traceback.print_exception(problem)
    sys.stderr.flush()
    os._exit(2)  # Streamlit would go on without a store
