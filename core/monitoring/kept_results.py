"""Results that every visit asks for, kept for a time that grows with what they cost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

T = TypeVar("T")
FACTOR = 20  # a result is kept so many times as long as it took: making it anew takes at most a twentieth of the time
MAX_SECONDS = 60.0
MAX_KEPT = 64


@dataclass
class _Slot:
    """One result, with the lock of whoever makes it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    result: Any = None
    until: float = float("-inf")
    """Time of the monotonic clock up to which the result is good [s]."""


_slots: dict[Hashable, _Slot] = {}


def kept(key: Hashable, make: Callable[[], T]) -> T:
    """What `make` returned lately for this key, or returns now.

    Those who ask at the same time wait for one of them to make it. What `make` raises is not kept.
    """
    if len(_slots) > MAX_KEPT:
        _forget_old()
    slot = _slots.setdefault(key, _Slot())
    with slot.lock:
        if time.monotonic() >= slot.until:
            started = time.monotonic()
            slot.result = make()
            ended = time.monotonic()
            slot.until = ended + min(FACTOR * (ended - started), MAX_SECONDS)
        return cast(T, slot.result)


def _forget_old() -> None:
    now = time.monotonic()
    for key in [key for key, slot in list(_slots.items()) if slot.until < now and not slot.lock.locked()]:
        _slots.pop(key, None)
