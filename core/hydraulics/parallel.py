"""Work on the parts of a grid, several at a time: compiled loops and NumPy let other threads run meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Made = TypeVar("Made")


def each(work: Callable[[Part], Made], parts: Iterable[Part], threads: int) -> list[Made]:
    """What `work` makes of each part, in their order."""
    if threads < 2:
        return list(map(work, parts))
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, parts))
