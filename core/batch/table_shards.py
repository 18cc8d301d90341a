"""Shards of a table for worker processes: each holds its own records, and the answers come back to be logged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from core import systems
from core.batch.rate import RunRate
from core.batch.shards import BLOCK, AnsweredShard, Shards, answer_block, prediction_id_of
from core.batch.workers import WorkerPool
from core.contract import Prediction, TableRecords
from core.errors import LookoutError
from core.progress import ProgressListener, within
from core.registry import registry
from core.store import store

PARTS = 10  # that a shard is divided into, again and again, to find the record that ends its worker
LOST = "lost"


@dataclass(frozen=True)
class LostRecord:
    """A record that ended whichever process answered it. row: in the table. reason: how the last one ended."""

    row: int
    reason: str


@dataclass(frozen=True)
class TableShard:
    """Some records of a table, answered by the system's `table`. batch: the run's id; None where nothing is logged."""

    system: str
    version: str
    batch: str | None
    number: int
    table: TableRecords

    def answer(self) -> list[AnsweredShard | LostRecord]:
        """The answers block by block, not yet logged."""
        engine = registry().load(self.system, self.version, systems.get(self.system).load).engine
        answering, size = systems.tables(self.system), len(self.table)
        blocks = [slice(first, min(first + BLOCK, size)) for first in range(0, size, BLOCK)]
        return [answer_block(answering, engine, self.table, block, self.system, self.batch) for block in blocks]

    def apart(self) -> Sequence[TableShard]:
        """Its records in a few smaller shards; itself where it has one."""
        size = -(-len(self.table) // PARTS)
        return [
            replace(self, table=records(self.table, slice(first, first + size)))
            for first in range(0, len(self.table), size)
        ]

    def given_up(self, reason: str) -> list[AnsweredShard | LostRecord]:
        """What stands in place of the only record's answer."""
        return [LostRecord(int(self.table.rows[0]), reason)]


def records(table: TableRecords, rows: slice) -> TableRecords:
    """Some records of a table, as a table of its own without findings."""
    frame = table.frame.iloc[rows].reset_index(drop=True)
    return TableRecords(frame, table.rows[rows], table.problems.iloc[:0], table.chosen, table.notes)


def first_records(table: TableRecords, limit: int | None) -> TableRecords:
    """The first `limit` records with the findings up to there; all if None."""
    if limit is None or limit >= len(table):
        return table
    some = records(table, slice(limit))
    return replace(some, problems=table.problems[table.problems["row"] <= some.rows[-1]])


def without_lost(table: TableRecords, lost: Mapping[int, str]) -> TableRecords:
    """The table without records that no process could answer, which are findings now. lost: {row: reason}."""
    if not lost:
        return table
    kept = ~np.isin(table.rows, list(lost))
    found = pd.DataFrame(
        {"row": list(lost), "column": "", "kind": LOST, "value": "", "message": list(lost.values()), "rejected": True}
    )
    problems = pd.concat([table.problems, found]) if len(table.problems) else found
    problems = problems.sort_values("row", kind="stable").reset_index(drop=True)
    return replace(table, frame=table.frame[kept].reset_index(drop=True), rows=table.rows[kept], problems=problems)


def work_through(shards: Shards, pool: WorkerPool, rate: RunRate, progress: ProgressListener) -> None:
    """Have the shards that are not done answered by `pool`; each is logged, then kept, as it comes."""
    heard = within(progress, 0.1, 0.95)
    heard(rate.progress())
    with closing(pool.run(_tasks(shards))) as answered:  # whatever goes wrong, its processes end
        for task, results in answered:
            _keep(shards, task, [part for result in results for part in result])
            rate.add(len(task.table))
            heard(rate.progress())


def _keep(shards: Shards, task: TableShard, parts: Sequence[AnsweredShard | LostRecord]) -> None:
    """Log and keep what became of a shard. LookoutError where no process could answer any of its records."""
    answered = [part for part in parts if isinstance(part, AnsweredShard)]
    lost = {part.row: part.reason for part in parts if isinstance(part, LostRecord)}
    if lost:
        _keep_lost(shards, task.number, lost)
    if not answered:
        raise LookoutError(
            f"Each process that answered rows {task.table.rows[0]} to {task.table.rows[-1]} ended "
            f"({next(iter(lost.values()))}). What was answered before is kept."
        )
    shards.seconds["answer"] += sum(part.seconds for part in answered)
    shards.keep(task.number, answered)


def _tasks(shards: Shards) -> Iterator[TableShard]:
    batch = shards.parts.batch if shards.logged else None
    for number in range(len(shards)):
        if not shards.parts.done(number):
            blocks = shards.blocks(number)
            part = records(shards.table, slice(blocks[0].start, blocks[-1].stop))
            yield TableShard(shards.common["system"], shards.common["version"], batch, number, part)


def _keep_lost(shards: Shards, number: int, lost: Mapping[int, str]) -> None:
    """Log the records that are given up, then note them beside the shard."""
    if shards.logged:
        store().log_new(
            [
                Prediction(
                    id=prediction_id_of(shards.parts.batch, row),
                    created_at=datetime.now(UTC),
                    batch=shards.parts.batch,
                    status="failed",
                    error_kind="internal",
                    error=reason,
                    **shards.common,
                )
                for row, reason in lost.items()
            ]
        )
    shards.parts.keep_lost(number, lost)
