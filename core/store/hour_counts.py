"""Counts of whole hours that are past, kept in the store, so that a period need not read its rows.

Whoever asks for counts first brings them up to date: the hours that ended CLOSED ago and are not counted yet. A row
that is written when its hour may be counted already leaves a mark in `late_hours`, in the same transaction, and its
hour is counted again. Marks are read before the rows are counted: a row that the counting cannot see leaves its mark
for the next time. Several processes may count at once: `revision` lets one of them write, the others begin again.
"""

from __future__ import annotations

import secrets
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from core import certainty, telemetry
from core.errors import StoreUnavailable
from core.store import counting
from core.store.by_column import insert_if_new
from core.store.database import Database
from core.store.query import Query
from core.store.tables import counted_hours, hours, kinds, late_hours, predictions

HOUR = 3600  # s
BY = ("version", "source")
CLOSED = timedelta(hours=1)  # how long after its end an hour is counted
LATE = timedelta(minutes=30)  # how long after its hour's end a row leaves a mark: well before CLOSED
AT_ONCE = 24  # hours counted in one go
MARKS_AT_ONCE = 1000
NOT_SURE_BELOW = certainty.SCALES["likely"]
"""Hours are counted by this bound of "not sure" alone."""

Progress = Callable[[float], object]
"""Hears the share that is counted, in [0, 1]."""


def hour_of(time: datetime) -> int:
    """The whole hours between 1970 and a time."""
    return int(time.timestamp() // HOUR)


def start_of(hour: int) -> datetime:
    """When an hour began."""
    return datetime.fromtimestamp(hour * HOUR, UTC)


def mark_late(connection: sa.Connection, times: Iterable[datetime]) -> None:
    """Leave a mark for each hour of these rows that may be counted already, in the transaction that writes them."""
    bound = start_of(hour_of(datetime.now(UTC) - LATE))
    if late := sorted({hour_of(time) for time in times if time < bound}):
        connection.execute(sa.insert(late_hours), [{"id": str(uuid4()), "hour": hour} for hour in late])


class HourCounts:
    """Keeps the counts of past hours in the store up to date."""

    def __init__(self, database: Database, turn: Callable[[], AbstractContextManager[object]]) -> None:
        """turn: the turn to write, where the database allows one writer."""
        self._database, self._turn = database, turn
        self._lock = threading.Lock()  # what one visit counts, another that waits for it need not

    def bring_up_to_date(self, progress: Progress = lambda _share: None) -> int | None:
        """Count what is not counted yet; returns the hour before which all hours are counted, None if none are.

        progress: hears of it where there is more to count than a moment's work. A store that cannot be written is read
        as it is: what is not counted is counted from its rows, each time.
        """
        with self._lock:
            try:
                first = None
                while (until := self._count_some()) is not None:
                    first = until if first is None else first
                    progress(_share(first, until))
            except StoreUnavailable as problem:
                telemetry.log().warning("hours_not_counted", problem=problem.message)
            with self._database.reading() as connection:
                state = connection.execute(sa.select(counted_hours)).mappings().first()
        return int(state["until"]) if state and state["not_sure_below"] == NOT_SURE_BELOW else None

    def forget(self) -> None:
        """Forget all counts, so that they are made again from the rows."""
        with self._turn(), self._database.writing() as connection:
            for table in (hours, counted_hours, late_hours):
                connection.execute(sa.delete(table))

    def _count_some(self) -> int | None:
        """Count some hours, in one transaction; returns up to where all are counted, None if nothing was left."""
        closed = hour_of(datetime.now(UTC) - CLOSED)
        with self._database.reading() as connection:
            state = connection.execute(sa.select(counted_hours)).mappings().first()
            if state is None or state["not_sure_below"] != NOT_SURE_BELOW:
                return self._begin(_first_hour(connection, None), closed)
            until = int(state["until"])
            new = _next_hours(connection, until, closed)
            seen = sa.select(late_hours).where(late_hours.c.hour < new.stop).limit(MARKS_AT_ONCE)
            marks = connection.execute(seen).all()
            if new.stop == until and not marks:
                return None
            again = sorted({hour for _, hour in marks if hour < until})[:AT_ONCE]
            counted = [row for run in _runs([*again, *new]) for row in _count_hours(connection, run)]
        done = [mark for mark, hour in marks if hour in again or hour in new]
        with self._turn(), self._database.writing() as connection:
            mine = sa.update(counted_hours).where(counted_hours.c.revision == state["revision"])
            if connection.execute(mine.values(until=new.stop, revision=state["revision"] + 1)).rowcount:
                connection.execute(sa.delete(hours).where(hours.c.hour.in_(again)))
                if counted:
                    connection.execute(sa.insert(hours), counted)
                connection.execute(sa.delete(late_hours).where(late_hours.c.id.in_(done)))
        return new.stop

    def _begin(self, first: int | None, closed: int) -> int:
        """Note that no hour is counted yet, of those from the first row on."""
        until = closed if first is None else min(first, closed)
        state = {"id": 1, "until": until, "not_sure_below": NOT_SURE_BELOW, "revision": secrets.randbits(60)}
        with self._turn(), self._database.writing() as connection:
            connection.execute(sa.delete(counted_hours).where(counted_hours.c.not_sure_below != NOT_SURE_BELOW))
            connection.execute(sa.delete(hours).where(~sa.exists(sa.select(counted_hours))))
            connection.execute(insert_if_new(counted_hours, connection.dialect, ["id"]), [state])
        return until


def _first_hour(connection: sa.Connection, since: int | None) -> int | None:
    """The hour of the oldest row, or of the oldest from an hour on."""
    oldest = sa.select(predictions.c.created_at).order_by(predictions.c.created_at).limit(1)
    if since is not None:
        oldest = oldest.where(predictions.c.created_at >= start_of(since))
    time = connection.execute(oldest).scalar_one_or_none()
    return None if time is None else hour_of(time)


def _next_hours(connection: sa.Connection, until: int, closed: int) -> range:
    """The next hours to count; `stop` is up to where all are counted then. Hours without rows are passed over."""
    if until >= closed:
        return range(until, until)
    start = _first_hour(connection, until)
    return range(closed, closed) if start is None else range(min(start, closed), min(start + AT_ONCE, closed))


def _runs(numbers: Sequence[int]) -> list[range]:
    """Ascending numbers as runs without gaps."""
    runs: list[range] = []
    for number in numbers:
        if runs and number == runs[-1].stop:
            runs[-1] = range(runs[-1].start, number + 1)
        else:
            runs.append(range(number, number + 1))
    return runs


def _count_hours(connection: sa.Connection, run: range) -> list[dict[str, object]]:
    """The rows of `hours` for consecutive hours, counted from the predictions."""
    counted: list[dict[str, object]] = []
    for system in connection.execute(sa.select(kinds.c.system).distinct()).scalars().all():
        query = Query(system=system, since=start_of(run.start), until=start_of(run.stop))
        steps: dict[tuple[Any, ...], list[tuple[int, float, int]]] = defaultdict(list)
        scores: dict[tuple[Any, ...], list[tuple[int, int]]] = defaultdict(list)
        step_rows = connection.execute(counting.steps(query, HOUR, NOT_SURE_BELOW, BY))
        for hour, state, latency_ms, version, source, n in step_rows:
            steps[hour, version or "", source].append((state, latency_ms, n))
        for number, version, source, hour, n in connection.execute(counting.scores(query, HOUR, BY)):
            scores[hour, version or "", source].append((number, n))
        for (hour, version, source), rows in steps.items():
            by_state = {state: sum(n for of, _, n in rows if of == state) for state in counting.STATES}
            counted.append(
                {
                    "system": system,
                    "hour": hour,
                    "version": version,
                    "source": source,
                    "n": sum(by_state.values()),
                    "failed": by_state[counting.FAILED],
                    "not_sure": by_state[counting.NOT_SURE],
                    "steps": dict(zip(("state", "latency_ms", "n"), zip(*rows, strict=True), strict=True)),
                    "scores": counting.by_bin(scores[hour, version, source]),
                }
            )
    return counted


def _share(first: int, until: int) -> float:
    """How far the counting is that began at an hour."""
    closed = hour_of(datetime.now(UTC) - CLOSED)
    return min(1.0, (until - first) / (closed - first)) if closed > first else 1.0
