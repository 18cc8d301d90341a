"""Resources of machines and serving processes in the store: by the minute for three days, by the hour for ninety."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TypedDict, cast

import sqlalchemy as sa

from core.store.database import Database
from core.store.rollups.levels import HOUR, MINUTE
from core.store.tables import Text, UtcDateTime, metadata

MINUTES_KEPT, HOURS_KEPT = timedelta(days=3), timedelta(days=90)
KEY = ("level", "start", "machine", "process")
QUANTITIES = (
    "processor_share",
    "memory_share",
    "memory_total_bytes",
    "disk_free_bytes",
    "disk_total_bytes",
    "gpu_share",
    "gpu_memory_share",
    "store_bytes",
    "process_processors",
    "process_rss_bytes",
    "process_pss_bytes",
    "requests_in_progress",
    "jobs_waiting",
    "jobs_working",
)
"""What is measured; all may be missing, such as the GPU of a machine that has none."""

resource_samples = sa.Table(
    "resource_samples",
    metadata,
    sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),  # width of the step [s]
    sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),  # s since 1970
    sa.Column("machine", Text(200), primary_key=True),
    sa.Column("process", Text(60), primary_key=True),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("samples", sa.Integer, nullable=False),
    *(sa.Column(name, sa.Float) for name in QUANTITIES),
)


class ResourceValues(TypedDict):
    """What is measured at one time, or the means of a step; None: it cannot be had there."""

    processor_share: float | None
    """Of all processors of the machine, in use, in [0, 1]."""
    memory_share: float | None
    """Of the machine's memory, in use, in [0, 1]."""
    memory_total_bytes: float | None
    disk_free_bytes: float | None
    """Of the disk that holds the data folder."""
    disk_total_bytes: float | None
    gpu_share: float | None
    """Of the time that the machine's busiest GPU was at work, in [0, 1]."""
    gpu_memory_share: float | None
    store_bytes: float | None
    """Size of the log's database."""
    process_processors: float | None
    """Processors that the process kept busy: 1.5 is one and a half."""
    process_rss_bytes: float | None
    """Resident memory, pages shared with other processes counted whole."""
    process_pss_bytes: float | None
    """The same with shared pages divided among those who share them; Linux alone tells it."""
    requests_in_progress: float | None
    jobs_waiting: float | None
    jobs_working: float | None


class ResourceRow(ResourceValues):
    """A step of one process."""

    level: int
    start: int
    machine: str
    process: str
    """Unlike that of any other process of the machine."""
    started_at: datetime
    """Start of the process."""
    samples: int


class ResourceLog:
    """Resources in the store's database. Every method may raise StoreUnavailable."""

    def __init__(self, database: Database, turn: Callable[[], AbstractContextManager[object]]) -> None:
        """turn: the turn to write, shared with whoever else writes to this database."""
        self._database, self._turn = database, turn

    def record(self, minute: ResourceRow, hour: ResourceRow) -> None:
        """Commit a process's minute and its hour so far, which replaces what the hour was before."""
        with self._turn(), self._database.writing() as connection:
            for row in (minute, hour):
                same = [resource_samples.c[name] == row[name] for name in KEY]  # type: ignore[literal-required]
                connection.execute(sa.delete(resource_samples).where(*same))
                connection.execute(sa.insert(resource_samples), [dict(row)])

    def rows(self, level: int, since: datetime, until: datetime) -> list[ResourceRow]:
        """The steps of one width of all processes that begin in a period, oldest first."""
        statement = sa.select(resource_samples).where(*_period(level, since, until))
        ordered = statement.order_by(*(resource_samples.c[name] for name in ("start", "machine", "process")))
        with self._database.reading() as connection:
            return [cast(ResourceRow, dict(row)) for row in connection.execute(ordered).mappings()]

    def by_step(self, since: datetime, until: datetime, width: int) -> list[ResourceRow]:
        """The means of steps of `width` seconds by process, oldest first: of minutes, or of hours from an hour on.

        level: the given width. samples: how many the means rest on.
        """
        level = HOUR if width % HOUR == 0 else MINUTE
        columns = resource_samples.c
        step = (columns.start - columns.start % width).label("start")
        means = [sa.func.avg(columns[name]).label(name) for name in QUANTITIES]
        samples, started_at = sa.func.sum(columns.samples), sa.func.min(columns.started_at)
        key = (step, columns.machine, columns.process)
        statement = sa.select(*key, started_at.label("started_at"), samples.label("samples"), *means)
        grouped = statement.where(*_period(level, since, until)).group_by(*key).order_by(*key)
        with self._database.reading() as connection:
            return [
                cast(ResourceRow, {**row, "level": width, "samples": int(row["samples"])})
                for row in connection.execute(grouped).mappings()
            ]

    def machine_hours(self, since: datetime, until: datetime) -> list[tuple[int, str]]:
        """(start [s since 1970], machine) of each hour in which a machine reported, oldest first."""
        key = (resource_samples.c.start, resource_samples.c.machine)
        statement = sa.select(*key).where(*_period(HOUR, since, until)).distinct().order_by(*key)
        with self._database.reading() as connection:
            return [(int(start), str(machine)) for start, machine in connection.execute(statement)]

    def store_bytes(self) -> float:
        """The size of the database, all of its tables together [bytes]."""
        pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        whole = pages if self._database.is_sqlite else "SELECT pg_database_size(current_database())"
        with self._database.reading() as connection:
            return float(connection.execute(sa.text(whole)).scalar_one())

    def forget(self, now: datetime) -> None:
        """Erase minutes and hours that are no longer kept; any process may do it at any time."""
        with self._turn(), self._database.writing() as connection:
            for level, length in ((MINUTE, MINUTES_KEPT), (HOUR, HOURS_KEPT)):
                old = resource_samples.c.start < int((now - length).timestamp())
                connection.execute(sa.delete(resource_samples).where(resource_samples.c.level == level, old))


def _period(level: int, since: datetime, until: datetime) -> list[sa.ColumnElement[bool]]:
    start = resource_samples.c.start
    return [
        resource_samples.c.level == level,
        start >= int(since.timestamp()),
        start < int(until.timestamp()),
    ]
