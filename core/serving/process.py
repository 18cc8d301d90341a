"""The server process: how many connections, how long the drain, and an exit code of 0 after SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from functools import partial
from typing import Any

DRAIN_SECONDS = 20  # after SIGTERM, requests that were taken on are finished for so long [s]
EXIT_SECONDS = 5  # then whatever still works has so long to end [s]
FAILED_TO_START = 3  # exit code, as uvicorn's
MAX_CONNECTIONS = 4096  # beyond, uvicorn answers 503 itself

SWITCH_SECONDS = 0.001  # after which a thread at work lets another have Python's lock: the event loop waits less [s]

OPTIONS: dict[str, Any] = {
    "http": "core.serving.connections:TimedHttpProtocol",
    "timeout_graceful_shutdown": DRAIN_SECONDS,
    "limit_concurrency": MAX_CONNECTIONS,
    "access_log": False,
}
"""What uvicorn is to be given by whoever starts it."""


def run(app: Any, host: str, port: int) -> None:
    """Serve the app until SIGTERM or Ctrl-C."""
    import uvicorn

    install()
    server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="warning"))
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(FAILED_TO_START)


def install() -> None:
    """Prepare the process for a server that uvicorn runs, whoever makes it, such as Streamlit."""
    import uvicorn

    from core.serving.draining import DrainingServer

    prepare()
    uvicorn.Config = partial(uvicorn.Config, **supported_options())  # type: ignore[assignment,misc]
    uvicorn.Server = DrainingServer  # type: ignore[misc]


def prepare() -> None:
    """Limits as a server needs them; an end by SIGTERM is a good end."""
    set_limits()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _end)


def set_limits() -> None:
    """As many sockets as are allowed, and an event loop that waits less for threads; forked processes have them too."""
    _raise_socket_limit()
    sys.setswitchinterval(SWITCH_SECONDS)


def _end(_signal: int, _frame: object) -> None:
    """Called by uvicorn once the drain is over, or by the signal where no server runs (yet)."""
    overdue = threading.Timer(EXIT_SECONDS, os._exit, (0,))  # what is answered is in the log
    overdue.daemon = True
    overdue.start()
    sys.exit(0)


def supported_options() -> dict[str, Any]:
    """OPTIONS; without httptools (Windows) uvicorn's own protocol serves, which does not cut slow headers."""
    try:
        import httptools  # noqa: F401
    except ImportError:
        return {name: value for name, value in OPTIONS.items() if name != "http"}
    return OPTIONS


def _raise_socket_limit() -> None:
    if os.name != "posix":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * MAX_CONNECTIONS if hard == resource.RLIM_INFINITY else min(hard, 4 * MAX_CONNECTIONS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
