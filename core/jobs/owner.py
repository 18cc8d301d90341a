"""Which process does a piece of work, and whether it still seems to."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import uuid4

SILENCE = timedelta(seconds=30)
"""Without a sign from a process of another machine, after which it counts as gone."""


def this_process() -> str:
    """A name of this process that no other has, also not one that was forked from it or has its number later."""
    return f"{socket.gethostname()}/{os.getpid()}/{_token(os.getpid())}"


def seems_alive(worker: str, last_sign: datetime) -> bool:
    """Whether another process seems to go on: one of this machine that runs, or one that gave a sign lately.

    worker: its `this_process`. last_sign: when it last gave one.
    """
    host, process, _ = worker.split("/")
    if host == socket.gethostname():
        return int(process) != os.getpid() and _runs(int(process))
    return datetime.now(UTC) - last_sign < SILENCE


@cache
def _token(_process: int) -> str:
    return str(uuid4())


def _runs(process: int) -> bool:
    """Whether there is a process of this number; of any user."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
