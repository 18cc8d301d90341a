"""A process that evaluates and delivers alerts until it is ended: DATABASE_URL, a file with the reading, a webhook."""

from __future__ import annotations

import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path

from core.alerts.channels.webhook import WebhookChannel
from core.alerts.evaluator import AlertEvaluator
from core.store import Store
from tests.support.alerts.fakes import reading, rule


class FileReadings:
    """One reading per district, of the value that stands in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, measure, window, scope, now):
        value = float(self.path.read_text())
        return [reading(value, system="crime", district=name) for name in ("BAYVIEW", "MISSION")]

    def is_replaced(self, system, version, since):
        return False


def main(database_url: str, path: str, webhook: str) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    rules = (rule(pending_for="0s", keep_firing_for="0s"),)
    channels = [WebhookChannel("json", webhook)]
    interval = timedelta(seconds=1)
    log = Store(database_url).alerts
    AlertEvaluator(log, FileReadings(Path(path)), channels, lambda: rules, interval).run(stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
