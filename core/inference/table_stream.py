"""The path for a table that someone waits for: read by its system, answered in blocks, each row logged, then given."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from core import systems, telemetry
from core.certainty import NOT_SURE, how_sure
from core.contract import Alternative, Answer, Prediction, TableAnswers, TableRecords, Tables
from core.errors import LookoutError
from core.inference import loading, sites
from core.progress import Progress
from core.registry import LoadedModel
from core.store import store

BLOCK = 1_000  # records that are answered and logged together: the first answers come soon


@dataclass(frozen=True)
class TableRow:
    """What became of one row: a prediction, or why it was rejected. row: as a spreadsheet numbers it."""

    row: int
    prediction: Prediction | None = None
    reason: str | None = None


@dataclass(frozen=True)
class TableCall:
    """A table that was read, and whom its rows are logged for."""

    tables: Tables
    model: LoadedModel
    records: TableRecords
    common: Mapping[str, Any]

    @staticmethod
    def read(
        system: str, content: bytes, *, actor: str, source: str, version: str | None, site: str | None
    ) -> TableCall:
        """Read a table file as the system reads tables: its columns are found by their names and values.

        Raises UnknownSystem, UnknownVersion, TooLarge, InvalidInput (the site, the table, a system without tables).
        """
        tables = systems.tables(system)
        place = sites.checked(site)
        model = loading.load(systems.get(system), version, place)
        records = tables.read(model.engine, content, tables.Options(), _nobody_watches)
        common = {"system": system, "version": model.version, "source": source, "actor": actor, "site": place}
        return TableCall(tables, model, records, {**common, "batch": str(uuid4())})

    @property
    def rejected(self) -> dict[int, str]:
        """{row: why it cannot be answered}."""
        problems = self.records.problems
        if not len(problems):
            return {}
        rejected = problems[problems["rejected"]].drop_duplicates("row")
        return dict(zip(rejected["row"].tolist(), rejected["message"].tolist(), strict=True))

    def __len__(self) -> int:
        return len(self.records) + len(self.rejected)

    def stream(self) -> Iterator[TableRow]:
        """Every row of the table in order; an answered one is in the log before it is given.

        Raises StoreUnavailable, and LookoutError if the model breaks.
        """
        rejected = sorted(self.rejected.items())
        for start in range(0, len(self.records), BLOCK):
            block = slice(start, min(start + BLOCK, len(self.records)))
            for row, prediction in zip(self.records.rows[block].tolist(), self._answered(block), strict=True):
                while rejected and rejected[0][0] < row:
                    yield TableRow(rejected[0][0], reason=rejected.pop(0)[1])
                yield TableRow(row, prediction)
        yield from (TableRow(row, reason=reason) for row, reason in rejected)

    def _answered(self, block: slice) -> list[Prediction]:
        started = time.perf_counter()
        try:
            answers = self.tables.answer(self.model.engine, self.records, block)
        except LookoutError:
            raise
        except Exception as problem:
            telemetry.log().error("model_failed", system=self.common["system"], exc_info=problem)
            raise LookoutError("The model could not answer these rows. The server's log has the failure.") from problem
        latency_ms = (time.perf_counter() - started) / len(answers) * 1000
        ids, created_at = [str(uuid4()) for _ in range(len(answers))], datetime.now(UTC)
        unsure = [how_sure(*pair) == NOT_SURE for pair in zip(answers.scores, answers.abstained, strict=True)]
        log_answers(answers, ids, {**self.common, "created_at": created_at, "latency_ms": latency_ms}, sum(unsure))
        shared = {**self.common, "created_at": created_at, "latency_ms": latency_ms, "status": "answered"}
        return [Prediction(id=ids[at], answer=_answer(answers, at), **shared) for at in range(len(answers))]


def _nobody_watches(_progress: Progress) -> None:
    """Whoever sent the table waits for its answers alone."""


def _answer(answers: TableAnswers, at: int) -> Answer:
    return Answer(
        value=answers.values[at],
        score=answers.scores[at],
        alternatives=tuple(Alternative(**other) for other in json.loads(answers.alternatives[at])),
        abstained=bool(answers.abstained[at]),
        reason=answers.reasons[at],
        details=json.loads(answers.details[at]),
    )


def log_answers(answers: TableAnswers, ids: list[str], common: Mapping[str, Any], not_sure: int) -> None:
    """Commit records of a table to the log, all or none, then count them. Raises StoreUnavailable.

    ids: of the rows, in the answers' order. common: the columns that all rows share. not_sure: how many are.
    """
    with telemetry.LOG_WRITE.time():
        store().log_columns(
            {
                **common,
                "id": ids,
                "status": "answered",
                "value": answers.values,
                "score": answers.scores,
                "abstained": answers.abstained,
                "reason": answers.reasons,
                "alternatives": answers.alternatives,
                "details": answers.details,
                "features": answers.features,
                "groups": answers.groups,
                "input_hash": answers.hashes,
            }
        )
    labels = (common["system"], common["version"], common["source"], "answered")
    telemetry.PREDICTIONS.labels(*labels).inc(len(answers))
    telemetry.ABSTENTIONS.labels(*labels[:2]).inc(sum(answers.abstained))
    telemetry.NOT_SURE.labels(*labels[:2]).inc(not_sure)
