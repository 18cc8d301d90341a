"""The server process: how many connections, how long the drain, and an exit code of 0 after SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
import threading
from functools import partial
from typing import Any

DRAIN_SECONDS = 20  # after SIGTERM, requests that were taken on are finished for so long [s]
EXIT_SECONDS = 5  # then whatever still works has so long to end [s]
MAX_CONNECTIONS = 4096  # beyond, uvicorn answers 503 itself

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

    prepare()
    uvicorn.run(app, host=host, port=port, log_level="warning", **_supported(OPTIONS))


def install() -> None:
    """Give these options to the server that somebody else will make, as Streamlit does."""
    import uvicorn

    prepare()
    uvicorn.Config = partial(uvicorn.Config, **_supported(OPTIONS))  # type: ignore[assignment,misc]


def prepare() -> None:
    """As many sockets as are allowed; an end by SIGTERM is a good end."""
    _raise_socket_limit()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _end)


def _end(_signal: int, _frame: object) -> None:
    """Called by uvicorn once the drain is over, or by the signal where no server runs (yet)."""
    overdue = threading.Timer(EXIT_SECONDS, os._exit, (0,))  # what is answered is in the log
    overdue.daemon = True
    overdue.start()
    sys.exit(0)


def _supported(options: dict[str, Any]) -> dict[str, Any]:
    """Without httptools (Windows) uvicorn's own protocol serves; it does not cut slow headers."""
    try:
        import httptools  # noqa: F401
    except ImportError:
        return {name: value for name, value in options.items() if name != "http"}
    return options


def _raise_socket_limit() -> None:
    if os.name != "posix":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * MAX_CONNECTIONS if hard == resource.RLIM_INFINITY else min(hard, 4 * MAX_CONNECTIONS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
