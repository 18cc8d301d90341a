"""Brings the counts of the log up to date, and makes them anew.

Whoever asks for counts first brings them up to date: hours that ended CLOSED ago for good, days once their hours are,
and minutes up to SETTLED ago for the time being. A row, or an outcome, of an hour that may be counted already leaves a
mark in `late_hours`, in the transaction that writes it, and that hour is counted again. Marks are read before the rows
are counted: a row that the counting cannot see leaves its mark for the next time. The minutes of hours that are still
open hold no marks; their rows are numbered instead, and where the number differs they are counted again. Several
processes may count at once: `revision` lets one of them write, the others begin again.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from core import certainty, telemetry
from core.errors import StoreUnavailable
from core.store.by_column import insert_if_new
from core.store.database import Database
from core.store.query import Query
from core.store.rollups import from_rows
from core.store.rollups.from_rows import Binning, Key
from core.store.rollups.levels import (
    DAY,
    HOUR,
    MINUTE,
    MINUTES_KEPT,
    Counted,
    Steps,
    floor,
    moment,
    runs,
    seconds,
)
from core.store.rollups.removal import removed_before
from core.store.rollups.step_rows import (
    Rows,
    delete_steps,
    forget_minutes,
    joined,
    replace_steps,
    row_of,
    systems_of,
    with_days,
)
from core.store.rollups.tables import COUNTED, answer_rollups, counted_until, judged_rollups, late_hours, rollups
from core.store.tables import predictions

CLOSED = timedelta(hours=1)  # how long after its end an hour is counted for good
LATE = timedelta(minutes=30)  # how long after its hour's end a row leaves a mark: well before CLOSED
SETTLED = timedelta(minutes=1)  # how long after its end a minute is counted for the time being
HOURS_AT_ONCE = 24
MARKS_AT_ONCE = 1000
NOT_SURE_BELOW = certainty.SCALES["likely"]
"""Answers are counted by this bound of "not sure" alone."""

Progress = Callable[[float], object]
"""Hears the share that is counted, in [0, 1]."""
Binnings = Callable[[str], Mapping[str, Binning]]
"""A system's versions whose features are counted, and how."""
DrawnCounts = Callable[[sa.Connection, Query], Mapping[Key, Mapping[str, int]]]
"""What the audit sample draws of one system's hours: see `AnswerDetails`."""


def mark_late(connection: sa.Connection, times: Iterable[datetime]) -> None:
    """Leave a mark for each hour of these rows that may be counted already, in the transaction that writes them."""
    bound = floor(seconds(datetime.now(UTC) - LATE), HOUR)
    starts = {floor(seconds(created_at), HOUR) for created_at in times}
    if late := sorted(start for start in starts if start < bound):
        connection.execute(sa.insert(late_hours), [{"id": str(uuid4()), "start": start} for start in late])


class RollupKeeper:
    """Keeps the counts in the store up to date."""

    def __init__(
        self,
        database: Database,
        turn: Callable[[], AbstractContextManager[object]],
        binnings: Binnings,
        drawn: DrawnCounts,
    ) -> None:
        """turn: the turn to write, where the database allows one writer."""
        self._database, self._turn, self._binnings, self._drawn = database, turn, binnings, drawn
        self._lock = threading.Lock()  # what one visit counts, another that waits for it need not

    def bring_up_to_date(
        self, progress: Progress = lambda _share: None, max_seconds: float | None = None
    ) -> Counted | None:
        """Count what is not counted yet; returns how far the log is counted, None if it is not at all.

        progress: hears of it where there is more to count than a moment's work. max_seconds: for whoever would rather
        read rows than wait for a long log to be counted for the first time; no limit if None. A store that cannot be
        written is read as it is: what is not counted is counted from its rows, each time.
        """
        if self._lock.acquire(timeout=-1 if max_seconds is None else max_seconds):
            try:
                self._count(progress, max_seconds)
            except StoreUnavailable as problem:
                telemetry.log().warning("not_counted", problem=problem.message)
            finally:
                self._lock.release()
        return self.counted()

    def counted(self) -> Counted | None:
        """How far the log is counted."""
        with self._database.reading() as connection:
            state = connection.execute(sa.select(counted_until)).mappings().first()
        if state is None or state["not_sure_below"] != NOT_SURE_BELOW:
            return None
        hours = int(state["hours"])
        return Counted(floor(hours, DAY), hours, int(state["minutes"]), int(state["minutes_from"]))

    def forget(self) -> None:
        """Forget all counts, so that they are made again; but for those of hours whose rows were removed for good."""
        self._begin()

    def keep_without_rows(self, connection: sa.Connection, before: int) -> None:
        """Never count again what lies before a time [s since 1970], in the transaction that removes its rows."""
        changed = {"removed_before": before, "revision": counted_until.c.revision + 1}
        connection.execute(sa.update(counted_until).values(changed))

    def _count(self, progress: Progress, max_seconds: float | None) -> None:
        first, started = None, time.monotonic()
        while (until := self._count_hours()) is not None:
            first = until if first is None else first
            progress(_share(first, until))
            if max_seconds is not None and time.monotonic() - started > max_seconds:
                return
        self._count_minutes()

    def _count_hours(self) -> int | None:
        """Count some hours, in one transaction; returns up to where all are counted, None if nothing was left."""
        closed = floor(seconds(datetime.now(UTC) - CLOSED), HOUR)
        with self._database.reading() as connection:
            state = connection.execute(sa.select(counted_until)).mappings().first()
            if state is None or state["not_sure_below"] != NOT_SURE_BELOW:
                return self._begin()
            until, minutes_from = int(state["hours"]), closed - MINUTES_KEPT
            new = _next_hours(connection, until, closed)
            seen = sa.select(late_hours).where(late_hours.c.start < new.stop).limit(MARKS_AT_ONCE)
            marks = connection.execute(seen).all()
            if new.stop == until and not marks:
                return None
            removed = int(state["removed_before"])
            again = sorted({start for _, start in marks if removed <= start < until})[:HOURS_AT_ONCE]
            starts = [*again, *range(new.start, new.stop, HOUR)]
            rows = self._rows_of_hours(connection, starts, minutes_from)
            touched = {floor(start, DAY) for start in (until, *starts)}
            days = sorted(day for day in touched if day + DAY <= new.stop)
            rows = with_days(connection, rows, days, starts)
        done = [mark for mark, start in marks if start < removed or start in again or start in starts]
        with self._turn(), self._database.writing() as connection:
            mine = sa.update(counted_until).where(counted_until.c.revision == state["revision"])
            minutes = max(int(state["minutes"]), new.stop)
            until_now = {"hours": new.stop, "minutes": minutes, "minutes_from": minutes_from}
            if connection.execute(mine.values(**until_now, revision=state["revision"] + 1)).rowcount:
                replace_steps(connection, starts, days, rows)
                connection.execute(sa.delete(late_hours).where(late_hours.c.id.in_(done)))
                forget_minutes(connection, minutes_from)
        return new.stop

    def _count_minutes(self) -> None:
        """Count the minutes of open hours that are over, and all of those again whose number of rows has changed."""
        settled = floor(seconds(datetime.now(UTC) - SETTLED), MINUTE)
        with self._database.reading() as connection:
            state = connection.execute(sa.select(counted_until)).mappings().first()
            if state is None:
                return
            hours, minutes = int(state["hours"]), int(state["minutes"])
            start = minutes if _all_counted(connection, hours, minutes) else hours
            if start >= settled:
                return
            counted = _minutes(connection, Steps(MINUTE, start, settled))
        with self._turn(), self._database.writing() as connection:
            mine = sa.update(counted_until).where(counted_until.c.revision == state["revision"])
            if connection.execute(mine.values(minutes=settled, revision=state["revision"] + 1)).rowcount:
                delete_steps(connection, rollups, MINUTE, start, settled)
                if counted:
                    connection.execute(sa.insert(rollups), counted)

    def _begin(self) -> int:
        """Begin anew; returns the hour of the first row that is counted then."""
        with self._turn(), self._database.writing() as connection:
            return _begin_anew(connection)

    def _rows_of_hours(self, connection: sa.Connection, starts: Sequence[int], minutes_from: int) -> Rows:
        """The rows of the tables for some hours, ascending, and for their minutes from a time on."""
        rows: Rows = {table: [] for table in COUNTED}
        for steps in runs(list(starts), HOUR):
            for system in systems_of(connection):
                level = MINUTE if steps.stop > minutes_from else HOUR
                query = _query(system, steps)
                counted = from_rows.count_rows(connection, query, level)
                if level == MINUTE:
                    rows[rollups] += [row_of(system, MINUTE, key, counts) for key, counts in counted.items()]
                    counted = joined(counted, HOUR)
                rows[rollups] += [row_of(system, HOUR, key, counts) for key, counts in counted.items()]
                details = from_rows.count_details(connection, query, self._binnings(system))
                for key, drawn in self._drawn(connection, query).items():
                    details.setdefault(key, from_rows.no_answers())["drawn"] = dict(drawn)
                judged = from_rows.count_judged(connection, query)
                for table, counted_details in ((answer_rollups, details), (judged_rollups, judged)):
                    rows[table] += [row_of(system, HOUR, key, each) for key, each in counted_details.items()]
        return rows


def _begin_anew(connection: sa.Connection) -> int:
    """Remove what can be counted again, and note that no hour from the first row on is counted; returns that."""
    removed = removed_before(connection)
    closed, first = floor(seconds(datetime.now(UTC) - CLOSED), HOUR), _first_hour(connection, removed)
    until = closed if first is None else min(first, closed)
    for table in COUNTED:
        connection.execute(sa.delete(table).where(table.c.start >= removed))
    for table in (late_hours, counted_until):
        connection.execute(sa.delete(table))
    state = {"id": 1, "hours": until, "minutes": until, "minutes_from": until, "removed_before": removed}
    new = insert_if_new(counted_until, connection.dialect, ["id"])
    connection.execute(new, [{**state, "not_sure_below": NOT_SURE_BELOW, "revision": secrets.randbits(60)}])
    return until


def _minutes(connection: sa.Connection, steps: Steps) -> list[dict[str, Any]]:
    return [
        row_of(system, MINUTE, key, counts)
        for system in systems_of(connection)
        for key, counts in from_rows.count_rows(connection, _query(system, steps), MINUTE).items()
    ]


def _all_counted(connection: sa.Connection, start: int, stop: int) -> bool:
    """Whether the minutes of a period count as many rows as there are."""
    if start == stop:
        return True
    within = (rollups.c.level == MINUTE, rollups.c.start >= start, rollups.c.start < stop)
    counted = connection.execute(sa.select(sa.func.sum(rollups.c.n)).where(*within)).scalar_one()
    period = (predictions.c.created_at >= moment(start), predictions.c.created_at < moment(stop))
    there = connection.execute(sa.select(sa.func.count()).select_from(predictions).where(*period)).scalar_one()
    return int(counted or 0) == there


def _query(system: str, steps: Steps) -> Query:
    since, until = moment(steps.start), moment(steps.stop)
    return Query(system=system, since=since, until=until, not_sure_below=NOT_SURE_BELOW)


def _first_hour(connection: sa.Connection, since: int | None) -> int | None:
    """When the hour began that holds the oldest row, or the oldest from a time on [s since 1970]."""
    oldest = sa.select(predictions.c.created_at).order_by(predictions.c.created_at).limit(1)
    if since is not None:
        oldest = oldest.where(predictions.c.created_at >= moment(since))
    created_at = connection.execute(oldest).scalar_one_or_none()
    return None if created_at is None else floor(seconds(created_at), HOUR)


def _next_hours(connection: sa.Connection, until: int, closed: int) -> Steps:
    """The next hours to count; `stop` is up to where all are counted then. Hours without rows are passed over."""
    if until >= closed:
        return Steps(HOUR, until, until)
    start = _first_hour(connection, until)
    if start is None:
        return Steps(HOUR, closed, closed)
    first = min(start, closed)
    return Steps(HOUR, first, min(first + HOURS_AT_ONCE * HOUR, closed))


def _share(first: int, until: int) -> float:
    """How far the counting is that began at an hour."""
    closed = floor(seconds(datetime.now(UTC) - CLOSED), HOUR)
    return min(1.0, (until - first) / (closed - first)) if closed > first else 1.0
