"""Whether the log takes rows is tried in the background; once it is away, until it is back."""

from __future__ import annotations

import threading
import time

import pytest

from core.errors import StoreUnavailable
from core.inference import log_check as module
from core.inference.log_check import SLOW, LogCheck, write_to_the_log


class Log:
    """A log that is well, away, or so slow that it does not answer."""

    def __init__(self) -> None:
        self.away, self.tries, self.answers = False, 0, threading.Event()
        self.answers.set()

    def __call__(self):
        self.tries += 1
        self.answers.wait(10)
        if self.away:
            raise StoreUnavailable("The log is away.")


@pytest.fixture
def log(monkeypatch):
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.05)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.2)
    return Log()


@pytest.fixture
def check(log):
    made = LogCheck(log)
    yield made
    made.forget()


def comes(what):
    until = time.monotonic() + 10
    while not what() and time.monotonic() < until:
        time.sleep(0.01)
    return what()


def test_a_finding_counts_for_a_moment_and_is_then_made_anew(check, log):
    finding, _ = check.ask()
    assert finding.result(5) is None
    check.ask()
    assert log.tries == 1
    time.sleep(0.1)
    assert check.ask()[0].result(5) is None
    assert log.tries == 2


def test_a_log_that_is_away_is_tried_until_it_is_back(check, log):
    log.away = True
    check.suspect()
    assert comes(lambda: check.problem == "The log is away.")
    assert comes(lambda: log.tries > 3)
    log.away = False
    assert comes(lambda: check.problem is None)
    tries = log.tries
    time.sleep(0.2)
    assert log.tries == tries  # well again, it is left alone


def test_a_log_that_does_not_answer_is_away_before_it_has_said_so(check, log):
    log.answers.clear()
    check.suspect()
    assert check.problem is None
    assert comes(lambda: check.problem == SLOW)
    log.answers.set()
    assert comes(lambda: check.problem is None)


def test_a_log_that_fails_in_an_unknown_way_is_away(check, log, monkeypatch):
    def broken():
        raise RuntimeError

    monkeypatch.setattr(check, "_attempt", broken)
    assert check.ask()[0].result(5) == SLOW


def test_the_real_log_is_written_to_and_stays_as_it_was(store):
    write_to_the_log()
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM predictions").scalar() == 0


def test_a_disk_without_room_is_told(store, monkeypatch):
    monkeypatch.setattr(module, "MIN_FREE_BYTES", 1 << 60)
    with pytest.raises(StoreUnavailable, match="free disk"):
        write_to_the_log()
