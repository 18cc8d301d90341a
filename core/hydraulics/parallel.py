"""Work on the parts of a grid, several at a time: compiled loops and NumPy let other threads run meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


def map_parts(work: Callable[[Part], Result], parts: Iterable[Part], threads: int) -> list[Result]:
    """`work` of each part, in their order, by so many threads; below two, by the caller's own."""
    if threads < 2:
        return list(map(work, parts))
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, parts))
