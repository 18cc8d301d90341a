"""Calls that write at the same time share one commit: whoever's turn comes first writes all that wait."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Row = TypeVar("Row")


class _PendingRows(Generic[Row]):
    """The rows of one call, and what became of them."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.done = False
        self.problem: Exception | None = None


class SharedCommits(Generic[Row]):
    """Hands the rows of simultaneous calls to `write` together, while it holds the lock `turn`.

    Waiting for the disk is most of a commit. `add` returns once the call's own rows are written, all or none of them,
    or raises what `write` raised; rows that `write` refuses fail their own call alone.
    """

    def __init__(self, write: Callable[[Sequence[Row]], None], turn: threading.Lock) -> None:
        self._write, self._turn = write, turn
        self._waiting: deque[_PendingRows[Row]] = deque()

    def add(self, rows: Sequence[Row]) -> None:
        """Write `rows` in a commit of their own or in one that this thread or another makes for several calls."""
        part = _PendingRows(rows)
        self._waiting.append(part)
        with self._turn:
            if not part.done:  # no other call has written it
                self._write_waiting(part)
        if part.problem is not None:
            raise part.problem

    def _write_waiting(self, own: _PendingRows[Row]) -> None:
        parts = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if own not in parts:  # the thread that was to write it was interrupted
            parts.append(own)
        try:
            self._write([row for part in parts for row in part.rows])
        except Exception as problem:  # noqa: BLE001 - it is raised in the call that caused it
            if len(parts) == 1:
                parts[0].problem = problem
            else:
                self._write_apart(parts)
        for part in parts:
            part.done = True

    def _write_apart(self, parts: Sequence[_PendingRows[Row]]) -> None:
        """Write each call's rows alone, so that those that are refused fail their own call."""
        for part in parts:
            try:
                self._write(part.rows)
            except Exception as problem:  # noqa: BLE001 - as above
                part.problem = problem
