"""The evaluator as a thread of a serving process; what it imports, it imports in that thread."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core import telemetry
from core.errors import LookoutError
from core.settings import Settings, settings

if TYPE_CHECKING:  # a second of imports that no first page waits for
    from core.alerts.evaluator import AlertEvaluator

SECONDS_TO_STOP = 10.0  # a message that is being sent is let finish, so that nobody gets it twice
FIRST_AFTER = 10.0  # s: the first look takes seconds of a processor that first pages wait for


@dataclass
class _Running:
    """The thread of this process, if it has one."""

    thread: threading.Thread | None = None
    stop: threading.Event = field(default_factory=threading.Event)


_running = _Running()
_lock = threading.Lock()


def start() -> None:
    """Evaluate and deliver alerts in the background from now on, unless the settings say not to, or it does already."""
    with _lock:
        if settings().alerts == "off" or _running.thread is not None:
            return
        _running.stop = threading.Event()
        _running.thread = threading.Thread(target=_run, args=(_running.stop,), name="alerts", daemon=True)
        _running.thread.start()


def stop() -> None:
    """End the evaluation; a message that is being sent is let finish for SECONDS_TO_STOP."""
    with _lock:
        thread, _running.thread = _running.thread, None
        if thread is not None:
            _running.stop.set()
            thread.join(SECONDS_TO_STOP)


def configured_evaluator(chosen: Settings) -> AlertEvaluator:
    """The evaluator of this process's store, with the channels of the settings. Raises InvalidSetting, InvalidInput."""
    from datetime import timedelta

    from core.alerts.channels.configured import channels_of
    from core.alerts.evaluator import AlertEvaluator
    from core.alerts.log_readings import LogReadings
    from core.alerts.rules import shipped
    from core.registry import registry
    from core.store import store

    shipped()  # a file of rules that cannot be read is told once, here
    interval = timedelta(seconds=chosen.alert_seconds)
    readings = LogReadings(store(), registry().aliases)
    return AlertEvaluator(store().alerts, readings, channels_of(chosen), interval=interval)


def _run(stop: threading.Event) -> None:
    if stop.wait(min(FIRST_AFTER, settings().alert_seconds)):
        return
    try:
        evaluator = configured_evaluator(settings())
    except LookoutError as problem:
        telemetry.log().error("alerts_cannot_start", problem=problem.message)
        return
    evaluator.run(stop)
