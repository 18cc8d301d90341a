"""The shards of a table: answered, then logged, then written, in this order."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from core import telemetry
from core.batch.parts import UnfinishedResult
from core.contract import TableAnswers, TableRecords, Tables
from core.errors import LookoutError
from core.inference import SCALES
from core.inference.table_stream import log_answers

SHARD = 20_000  # records that are logged and written together
BLOCK = 5_000  # records that are answered between two looks at whether a person has cancelled


@dataclass(frozen=True)
class AnsweredShard:
    """One shard, or a block of one, on its way to the log and the result."""

    answers: TableAnswers
    rows: np.ndarray
    ids: list[str] | None
    created_at: datetime
    seconds: float

    @property
    def not_sure(self) -> np.ndarray:
        """Which answers the pages call not sure; boolean, shape (n,)."""
        return np.asarray(self.answers.abstained) | (np.asarray(self.answers.scores) < min(SCALES.values()))


@dataclass(frozen=True)
class Shards:
    """A table in parts of SHARD records. common: what all its rows in the log share. seconds: spent, by stage."""

    tables: Tables
    engine: Any
    table: TableRecords
    parts: UnfinishedResult
    common: Mapping[str, Any]
    logged: bool
    seconds: dict[str, float]

    def __len__(self) -> int:
        return -(-len(self.table) // SHARD)

    def size(self, shard: int) -> int:
        """How many records a shard has."""
        return min((shard + 1) * SHARD, len(self.table)) - shard * SHARD

    def blocks(self, shard: int) -> list[slice]:
        """The records of a shard in blocks, which are answered one after the other."""
        start, stop = shard * SHARD, min((shard + 1) * SHARD, len(self.table))
        return [slice(first, min(first + BLOCK, stop)) for first in range(start, stop, BLOCK)]

    def answer(self, block: slice) -> AnsweredShard:
        """The answers of one block; LookoutError names its rows if the model breaks."""
        batch = self.parts.batch if self.logged else None
        answered = answer_block(self.tables, self.engine, self.table, block, self.common["system"], batch)
        self.seconds["answer"] += answered.seconds
        return answered

    def keep(self, shard: int, blocks: Sequence[AnsweredShard], *, complete: bool = True) -> None:
        """Commit the blocks of a shard to the log, then write them. complete: whether they are all of its blocks."""
        answered = joined(blocks)
        started = time.perf_counter()
        if answered.ids is not None:
            self._log(answered, answered.ids)
        logged = time.perf_counter()
        tally = {**answered.answers.counts_by_method, "not_sure": int(answered.not_sure.sum())}
        if complete:
            self.parts.keep(shard, self._result(answered), tally)
        else:
            self.parts.keep_beginning(shard, self._result(answered))
        self.seconds["log"] += logged - started
        self.seconds["write"] += time.perf_counter() - logged

    def _log(self, answered: AnsweredShard, ids: list[str]) -> None:
        own = {
            "created_at": answered.created_at,
            "batch": self.parts.batch,
            "latency_ms": answered.seconds / len(answered.answers) * 1000,
        }
        log_answers(answered.answers, ids, {**self.common, **own}, int(answered.not_sure.sum()))

    def _result(self, answered: AnsweredShard) -> pd.DataFrame:
        ids = pd.Series(
            answered.ids if answered.ids is not None else None, index=range(len(answered.rows)), dtype=object
        )
        frame = pd.concat([pd.DataFrame({"row": answered.rows, "prediction_id": ids}), answered.answers.result], axis=1)
        frame.insert(frame.columns.get_loc("score") + 1, "not_sure", answered.not_sure)
        return frame.assign(model_version=self.common["version"])


def answer_block(
    tables: Tables, engine: Any, table: TableRecords, block: slice, system: str, batch: str | None
) -> AnsweredShard:
    """The answers to the records of a block; LookoutError names its rows if the model breaks.

    batch: the run's id in the log, of which the answers' ids are made; None where nothing is logged.
    """
    rows = table.rows[block]
    started = time.perf_counter()
    try:
        answers = tables.answer(engine, table, block)
    except LookoutError:
        raise
    except Exception as problem:
        telemetry.log().error("model_failed", system=system, exc_info=problem)
        raise LookoutError(
            f"The model could not answer rows {rows[0]} to {rows[-1]}. What was answered before is kept. "
            "Standard error has the failure: report it."
        ) from problem
    spent = time.perf_counter() - started
    ids = None if batch is None else [prediction_id_of(batch, row) for row in rows.tolist()]
    return AnsweredShard(answers, rows, ids, datetime.now(UTC), spent)


def joined(blocks: Sequence[AnsweredShard]) -> AnsweredShard:
    """Blocks that follow one another as one."""
    if len(blocks) == 1:
        return blocks[0]
    counts: Counter[str] = Counter()
    for block in blocks:
        counts.update(block.answers.counts_by_method)
    sequences = {
        field.name: [value for block in blocks for value in getattr(block.answers, field.name)]
        for field in fields(TableAnswers)
        if field.name not in ("result", "counts_by_method")
    }
    result = pd.concat([block.answers.result for block in blocks], ignore_index=True)
    ids = [identifier for block in blocks for identifier in block.ids or ()]
    return AnsweredShard(
        TableAnswers(**sequences, result=result, counts_by_method=counts),
        np.concatenate([block.rows for block in blocks]),
        None if blocks[0].ids is None else ids,
        blocks[-1].created_at,
        sum(block.seconds for block in blocks),
    )


def prediction_id_of(batch: str, row: int) -> str:
    """The prediction id of a table's row: the batch's own id with the row in its last 12 digits.

    The same row has the same id when a run goes on, and ids that follow one another keep the log's index fast.
    """
    return f"{batch[:24]}{row:012x}"


def row_of(prediction_id: str, batch: str | None) -> int | None:
    """The row of a batch's table that a prediction answers; None where the batch is none of a table."""
    is_of_table = batch is not None and prediction_id[:24] == batch[:24] and prediction_id != batch
    return int(prediction_id[24:], 16) if is_of_table else None
