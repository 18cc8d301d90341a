"""Several worker processes that answer on one port, forked by Gunicorn from one that has loaded the models.

What is loaded before they are forked lies in memory once; the database is opened by each for itself. Each counts its
own requests, and `telemetry` adds them up.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
from typing import Any, ClassVar

from gunicorn.app.base import BaseApplication
from prometheus_client import multiprocess
from uvicorn_worker import UvicornWorker

from core import inference, telemetry
from core.migrations import migrate
from core.settings import METRICS_FOLDER, Settings
from core.store import store

HANGING = 120  # s without a sign of its event loop, after which a worker is replaced
NOTICE = 5  # s between two signs of a worker's event loop
DRAIN = 30  # s that requests have to finish in when the server ends


class Worker(UvicornWorker):
    """Uvicorn in a forked process, as `serve` runs it in one; it ends when the process that forked it is gone."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {**UvicornWorker.CONFIG_KWARGS, "timeout_notify": NOTICE}

    async def callback_notify(self) -> None:
        """Show that the event loop turns."""
        await super().callback_notify()
        if os.getppid() != self.ppid:
            signal.raise_signal(signal.SIGTERM)


class Server(BaseApplication):
    """Gunicorn for `core.api.app`, told by Lookout's settings alone."""

    def __init__(self, chosen: Settings) -> None:
        self.chosen = chosen
        super().__init__()

    def load_config(self) -> None:
        """Gunicorn's settings."""
        host = f"[{self.chosen.host}]" if ":" in self.chosen.host else self.chosen.host
        options = {
            "bind": f"{host}:{self.chosen.port}",
            "workers": self.chosen.workers,
            "worker_class": Worker,
            "preload_app": True,
            "timeout": HANGING,
            "graceful_timeout": DRAIN,
            "loglevel": "warning",
            "control_socket_disable": True,
            "child_exit": _forget,
            "on_exit": _clean_up,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The API, with what its processes share: loaded once, before they are forked."""
        from core.api import app

        telemetry.configure(self.chosen.log_level)
        migrate(store())  # once, not by all of them at the same time
        store().close()
        store.cache_clear()  # a connection serves one process
        if self.chosen.warm_up:
            inference.preload()
        gc.collect()
        gc.freeze()  # a collection that looks at what is shared would copy it
        return app


def run(chosen: Settings) -> None:
    """Serve until a signal ends it: SIGTERM lets the workers finish what they have begun, for DRAIN seconds."""
    Server(chosen).run()


def _forget(_server: Any, worker: Any) -> None:
    """A worker is gone: what it had in progress is no longer."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def _clean_up(_server: Any) -> None:
    shutil.rmtree(os.environ[METRICS_FOLDER], ignore_errors=True)
