"""A batch of tables: one, or all of a folder, each answered by the path for tables with worker processes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from core import batch
from core.artefacts.hashing import sha256_of
from core.batch import files, parts
from core.batch.delivery import Delivery
from core.batch.file_shards import SOURCE
from core.batch.inputs import InputItem
from core.batch.inputs.folders import FolderSource
from core.batch.request import BatchRequest, BatchSummary
from core.batch.workers import WorkerPool
from core.errors import InvalidInput
from core.progress import ProgressListener, within

TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".xls")
RESULTS = "tables.jsonl"  # in the folder of a batch of tables


@dataclass(frozen=True)
class TableBatch:
    """Tables on their way. source: a table, or a folder of them, on this machine."""

    request: BatchRequest
    source: Path
    delivery: Delivery
    pool: WorkerPool
    progress: ProgressListener

    def run(self) -> BatchSummary:
        """Answer all records. Raises as `batch.run` does."""
        if self.source.is_dir():
            return self._folder()
        local, deliver = self.delivery.local, self.delivery.deliver
        run = self._answer(self.source, local, self.progress, replace=self.request.replace, deliver=deliver)
        self.delivery.clear()
        line = run.as_dict()
        places = {name: self.delivered(line[name]) for name in ("output", "rejected_file", "noted_file")}
        return self._summary("table", [line | places], run.batch)

    def delivered(self, path: str | None) -> str | None:
        """Where a file of the result will be found; None for one that was not needed."""
        return None if path is None else self.delivery.delivered(path)

    def _answer(
        self,
        table: Path,
        output: Path,
        progress: ProgressListener,
        *,
        replace: bool,
        identifier: str | None = None,
        deliver: Callable[[], object] = lambda: None,
    ) -> batch.TableRunSummary:
        request = self.request
        return batch.run(
            request.system,
            table,
            output,
            batch.options(request.system, request.options),
            actor=request.actor,
            source_name=SOURCE,
            version=request.version,
            batch=identifier,
            site=request.site,
            progress=progress,
            replace=replace,
            pool=self.pool,
            limit=request.limit,
            deliver=deliver,
        )

    def _folder(self) -> BatchSummary:
        """Answer the tables of a folder one after the other; one that cannot be read says why, and the others go on."""
        items = list(table_items(self.source))
        same_run = {
            "tables": {item.name: item.stamp for item in items},
            "system": self.request.system,
            "version": self.request.version,
            "options": dict(self.request.options),
            "limit": self.request.limit,
            "site": self.request.site,
        }
        self.delivery.local.mkdir(exist_ok=True)
        with parts.opened(self.delivery.local, same_run, replace=self.request.replace) as unfinished:
            for number, item in enumerate(items):
                if not unfinished.done(number):
                    heard = within(self.progress, number / len(items), (number + 1) / len(items))
                    line = self._answer_item(item, unfinished.batch, heard)
                    unfinished.keep_lines(number, [files.encoded(line)], {})
            unfinished.finish(len(items), self._make_result)
        lines = files.read_lines([self.delivery.local / RESULTS])
        summary = self._summary("tables", list(lines), unfinished.batch)
        self.delivery.clear()
        return summary

    def _answer_item(self, item: InputItem, run: str, progress: ProgressListener) -> dict[str, Any]:
        """What became of one table. Its id in the log follows from the run's, the same when that goes on."""
        output = self.delivery.local / result_name(item.name)
        output.parent.mkdir(parents=True, exist_ok=True)
        identifier = str(uuid5(UUID(run), item.name))
        made = output.exists() and not parts.folder_of(output).exists()  # but not yet noted
        try:
            summary = self._answer(self.source / item.place, output, progress, replace=made, identifier=identifier)
        except InvalidInput as problem:
            return {"table": item.name, "error": problem.kind, "detail": problem.message}
        return {"table": item.name, **summary.as_dict()}

    def _make_result(self, lines: Sequence[Path]) -> None:
        files.join(lines, self.delivery.local / RESULTS)
        self.delivery.deliver()

    def _summary(self, kind: str, lines: Sequence[Mapping[str, Any]], identifier: str | None) -> BatchSummary:
        """The sum of all tables; one that could not be read counts as one failed input."""
        answered = [line for line in lines if "error" not in line]
        unread = len(lines) - len(answered)
        problems: dict[str, int] = {"unreadable_table": unread} if unread else {}
        for line in answered:
            for name, count in line["problems"].items():
                problems[name] = problems.get(name, 0) + count
        seconds = sum(line["seconds"]["whole"] for line in answered)
        earlier = sum(line["earlier"] for line in answered)
        done = sum(line["answered"] for line in answered)
        return BatchSummary(
            system=self.request.system,
            version=answered[0]["version"] if answered else "",
            kind=kind,
            inputs=sum(line["rows"] for line in answered) + unread,
            answered=done,
            failed=sum(line["rejected"] for line in answered) + unread,
            not_sure=sum(line["not_sure"] for line in answered),
            problems=problems,
            earlier=earlier,
            workers=self.pool.workers,
            seconds=round(seconds, 3),
            per_second=round((done - earlier) / seconds, 3) if seconds else 0.0,
            output=self.request.output,
            batch=identifier,
            tables=tuple(lines),
        )


def table_items(folder: Path) -> Iterator[InputItem]:
    """The tables below a folder, each known by its content."""
    for item in FolderSource(folder).items():
        if item.name.lower().endswith(TABLE_ENDINGS):
            yield dataclasses.replace(item, stamp=sha256_of(folder / item.place))


def result_name(table: str) -> str:
    """The name of a table's result in the folder of results: its own if it is CSV or Parquet, else with .csv added."""
    return table if table.lower().endswith((".csv", ".parquet")) else f"{table}.csv"
