"""Tables through the one path: read, answer in shards, log, write; an interrupted run goes on where it stopped."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from core import systems
from core.artefacts.hashing import sha256_of
from core.batch import files, parts
from core.batch.destination import ResultFiles
from core.batch.rate import RunRate
from core.batch.shards import SHARD, AnsweredShard, Shards
from core.batch.table_shards import first_records, without_lost, work_through
from core.batch.workers import WorkerPool
from core.contract import Preview, TableRecords
from core.errors import InvalidInput, LookoutError, refusal
from core.inference import sites
from core.inference.call import first_problem
from core.progress import Progress, ProgressListener, Stage
from core.registry import registry


@dataclass(frozen=True)
class TableRunSummary:
    """What became of a table.

    rows: rows of the table, answered + rejected. not_sure: answers that the pages call so. ways: answers by how
    they came about, such as coding and context. problems: findings by kind, those that cost no row too. columns:
    {part: column} as the table was read. seconds: by stage; answering goes on while the shard before is logged and
    written. rejected_file: the rejected rows with their reasons; noted_file: values that were put right or count as
    missing; None where there were none. batch: what these rows' `batch` is in the log; None if nothing was logged.
    earlier: records that an interrupted run had answered before.
    """

    system: str
    version: str
    rows: int
    answered: int
    rejected: int
    not_sure: int
    ways: Mapping[str, int]
    problems: Mapping[str, int]
    notes: tuple[str, ...]
    columns: Mapping[str, str]
    seconds: Mapping[str, float]
    output: str
    rejected_file: str | None
    noted_file: str | None
    batch: str | None
    earlier: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The summary as JSON has it."""
        return asdict(self)


def options(system: str, values: Mapping[str, Any]) -> BaseModel:
    """How a table is read, checked by the system's `Options`; InvalidInput says what is wrong."""
    try:
        return systems.tables(system).Options(**values)
    except ValidationError as problem:
        raise InvalidInput(first_problem(problem)) from problem


def preview(system: str, source: Path | bytes, options: BaseModel) -> Preview:
    """The first rows of a table, and how its columns would be used."""
    return systems.tables(system).preview(source, options)


def run(
    system: str,
    source: Path,
    output: Path,
    options: BaseModel,
    *,
    actor: str = "local",
    source_name: str = "page",
    version: str | None = None,
    batch: str | None = None,
    site: str | None = None,
    progress: ProgressListener,
    replace: bool = False,
    logged: bool = True,
    pool: WorkerPool | None = None,
    limit: int | None = None,
    deliver: Callable[[], object] = lambda: None,
) -> TableRunSummary:
    """Answer every record of the table in `source` and write the result to `output`, of the kind that its ending says.

    Each record's row is committed to the log before it is written. The result has one row per answered record: row (as
    a spreadsheet numbers it), prediction_id, what the system says with not_sure after the score, the record's own
    fields, and model_version. Rejected rows go to STEM.rejected.csv, values that were put right or count as missing to
    STEM.noted.csv, STEM being the output without its ending. An interrupted run leaves the folder OUTPUT.parts, and the
    same call goes on from there; `replace` starts anew instead, over a finished result too. batch: what the rows of a
    run that begins have as `batch` in the log, a UUID; a new one if None. site: name of the place that all records come
    from, in any form that `sites.checked` takes; another one is another run. pool: processes that answer; this one if
    None. limit: only so many records, from the first. deliver: brings the result where it goes, once it is made; where
    that raises, the same call goes on there.

    Raises InvalidInput (the table, the options, the site, where the result should go), TooLarge, UnknownSystem,
    UnknownVersion, StoreUnavailable, LookoutError (the disk is full, the model broke), and Cancelled from `progress`.
    """
    started = time.perf_counter()
    site = sites.checked(site)
    answering = systems.tables(system)
    results = ResultFiles.of(source, output, replace)
    model = registry().load(system, version, systems.get(system).load)
    progress(Progress(0.0, Stage.READING, detail=f"reading {source.name}"))
    table = first_records(answering.read(model.engine, source, options, progress), limit)
    seconds = {"read": time.perf_counter() - started, "answer": 0.0, "log": 0.0, "write": 0.0}
    try:
        results.report(table.problems)
        if not len(table):
            raise InvalidInput(_nothing_to_answer(results))
        same_run = {"table": sha256_of(source), "options": options.model_dump(mode="json"), "shard": SHARD}
        same_run |= {"system": system, "version": model.version, "log": logged}
        same_run |= {} if site is None else {"site": site}
        same_run |= {} if limit is None else {"limit": limit}
        with parts.opened(output, same_run, replace=replace, batch=batch) as unfinished:
            common = {"system": system, "version": model.version, "source": source_name, "actor": actor, "site": site}
            shards = Shards(answering, model.engine, table, unfinished, common, logged, seconds)
            earlier = sum(shards.size(shard) for shard in range(len(shards)) if unfinished.done(shard))
            if pool is None or not pool.workers:
                _work_through(shards, progress)
            else:
                work_through(shards, pool, RunRate(len(table), earlier), progress)
            progress(Progress(0.97, Stage.WRITING, detail="writing the result"))
            table = without_lost(table, unfinished.lost())
            results.report(table.problems)
            tally = unfinished.finish(len(shards), partial(_make_result, output, deliver))
    except OSError as problem:
        raise LookoutError(
            f"The result could not be written to {output.parent} ({problem.strerror or problem}). "
            "Make room or choose another place; the same command goes on where it stopped."
        ) from problem
    seconds["whole"] = time.perf_counter() - started
    records = len(table)
    progress(Progress(1.0, Stage.ANSWERING, done=records, total=records, detail=f"{records} records answered"))
    summary = _summary(table, results, common, tally, seconds, unfinished.batch if logged else None)
    return dataclasses.replace(summary, earlier=earlier)


def save_answered(output: Path, destination: Path) -> int:
    """Write to `destination` what an unfinished run of `output` has answered; returns its files, 0 without any."""
    answered = parts.answered_files(output)
    if answered:
        files.join(answered, destination)
    return len(answered)


def _make_result(output: Path, deliver: Callable[[], object], shard_files: Sequence[Path]) -> None:
    files.join(shard_files, output)
    deliver()


def _nothing_to_answer(results: ResultFiles) -> str:
    expected = "rows that can be answered"
    if results.rejected.exists():
        return refusal(expected, f"none: {results.rejected} says why")
    return refusal(expected, "none", "Check the table.")


def _work_through(shards: Shards, progress: ProgressListener) -> None:
    """Answer each shard, block by block, while the one before it is logged and written.

    A shard that is stopped, by a person or a problem, leaves its answered blocks in the log and beside the result.
    """
    records = len(shards.table)
    with ThreadPoolExecutor(1, thread_name_prefix="batch") as writer:
        waiting = None
        for shard in range(len(shards)):
            if shards.parts.done(shard):
                continue
            answered: list[AnsweredShard] = []
            try:
                for block in shards.blocks(shard):
                    done, detail = block.start, f"{block.start:,} of {records:,} records answered"
                    share = 0.1 + 0.85 * done / records
                    progress(Progress(share, Stage.ANSWERING, done=done, total=records, detail=detail))
                    answered.append(shards.answer(block))
            except LookoutError:
                if answered:
                    writer.submit(shards.keep, shard, answered, complete=False).result()
                raise
            if waiting:
                waiting.result()
            waiting = writer.submit(shards.keep, shard, answered)
        if waiting:
            waiting.result()


def _summary(
    table: TableRecords,
    results: ResultFiles,
    common: Mapping[str, Any],
    tally: Counter[str],
    seconds: Mapping[str, float],
    batch: str | None,
) -> TableRunSummary:
    kinds = table.problems["kind"].value_counts(sort=False)
    rejected = int(table.problems.loc[table.problems["rejected"], "row"].nunique())
    return TableRunSummary(
        system=common["system"],
        version=common["version"],
        rows=len(table) + rejected,
        answered=len(table),
        rejected=rejected,
        not_sure=tally.pop("not_sure"),
        ways=dict(tally),
        problems={str(kind): int(count) for kind, count in kinds.items()},
        notes=table.notes,
        columns=table.chosen,
        seconds={stage: round(spent, 3) for stage, spent in seconds.items()},
        output=str(results.output),
        rejected_file=str(results.rejected) if results.rejected.exists() else None,
        noted_file=str(results.noted) if results.noted.exists() else None,
        batch=batch,
    )
