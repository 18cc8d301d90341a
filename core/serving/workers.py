"""Several worker processes that answer on one port, forked by Gunicorn from one that has loaded what they share.

What is loaded before they are forked lies in memory once. Each counts its own requests; `core.telemetry` adds them up.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from typing import Any, ClassVar

from gunicorn.app.base import BaseApplication
from prometheus_client import multiprocess
from uvicorn_worker import UvicornWorker

from core.serving.draining import DrainingServer
from core.serving.process import DRAIN_SECONDS, EXIT_SECONDS, set_limits, supported_options
from core.settings import METRICS_FOLDER

HANGING_SECONDS = 120  # without a sign of its event loop, after which a worker is replaced [s]
NOTICE_SECONDS = 5  # between two signs of a worker's event loop [s]


class Worker(UvicornWorker):
    """Uvicorn in a forked process, as `process.run` has it in one; it ends when the process that forked it is gone."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {
        **UvicornWorker.CONFIG_KWARGS,
        **supported_options(),
        "timeout_notify": NOTICE_SECONDS,
    }

    async def _serve(self) -> None:
        """Uvicorn's worker, with a server that takes nothing new while it closes."""
        self.config.app = self.wsgi
        server = DrainingServer(self.config)
        self._install_sigquit_handler()
        await server.serve(sockets=self.sockets)

    async def callback_notify(self) -> None:
        """Show that the event loop turns."""
        await super().callback_notify()
        if os.getppid() != self.ppid:
            signal.raise_signal(signal.SIGTERM)


class WorkerServer(BaseApplication):
    """Gunicorn, told by Lookout alone.

    load: gives the app, with whatever its processes share; called once, before they are forked.
    """

    def __init__(self, load: Callable[[], Any], address: str, count: int) -> None:
        self.load_app, self.address, self.count = load, address, count
        super().__init__()

    def load_config(self) -> None:
        """Gunicorn's settings."""
        options = {
            "bind": self.address,
            "workers": self.count,
            "worker_class": Worker,
            "preload_app": True,
            "timeout": HANGING_SECONDS,
            "graceful_timeout": DRAIN_SECONDS + EXIT_SECONDS,
            "loglevel": "warning",
            "control_socket_disable": True,
            "child_exit": _forget,
            "on_exit": _clean_up,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The app."""
        return self.load_app()


def run(load: Callable[[], Any], host: str, port: int, count: int) -> None:
    """Serve until a signal ends it: SIGTERM lets the workers finish what they have begun."""
    set_limits()
    WorkerServer(load, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", count).run()


def _forget(_server: Any, worker: Any) -> None:
    """A worker is gone: what it had in progress is no longer."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def _clean_up(_server: Any) -> None:
    shutil.rmtree(os.environ[METRICS_FOLDER], ignore_errors=True)
