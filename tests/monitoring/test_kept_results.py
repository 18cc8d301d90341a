"""A result is kept for as long as it cost, and made once for all who ask at the same time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.monitoring import kept, kept_results


def test_a_result_that_took_long_is_kept_and_made_anew_later(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(kept_results.time, "monotonic", lambda: clock[0])
    calls: list[float] = []

    def make() -> float:
        clock[0] += 0.5
        calls.append(clock[0])
        return clock[0]

    key = ("slow", id(calls))
    first = kept(key, make)
    clock[0] += 9.9
    assert kept(key, make) == first
    clock[0] += 0.2
    assert kept(key, make) != first
    assert len(calls) == 2


def test_those_who_ask_together_wait_for_one_of_them():
    calls: list[int] = []

    def make() -> int:
        time.sleep(0.1)
        calls.append(threading.get_ident())
        return len(calls)

    key = ("together", id(calls))
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda _: kept(key, make), range(4))) == [1] * 4
    assert len(calls) == 1


def test_what_went_wrong_is_not_kept():
    key = ("wrong", id(object()))
    with pytest.raises(ZeroDivisionError):
        kept(key, lambda: 1 // 0)
    assert kept(key, lambda: 7) == 7
