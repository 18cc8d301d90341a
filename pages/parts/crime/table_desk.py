"""The table desk of one visit: the table given, how its columns are used, and the runs over it.

It survives page changes. Files lie in a folder of their own in the system's place for temporary ones; it goes when the
visit ends, or with "Clear the desk". The log keeps its rows.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from core import batch, jobs
from core.batch import files
from core.contract import Preview
from core.errors import LookoutError, refusal
from core.jobs import Job
from core.progress import ProgressListener
from core.store import OutcomeRow
from pages.parts.crime.run_result import TableResult
from pages.parts.shell import temporary

SUFFIXES = ("csv", "tsv", "txt", "parquet", "xlsx", "xls")
MAX_NAME = 100  # characters of a file's name that are kept
MAX_PASTED = 1_000_000  # characters


@dataclass
class GivenTable:
    """A table that somebody gave, and what was said about its columns."""

    name: str
    path: Path
    system: str
    named: dict[str, str] = field(default_factory=dict)
    """{part: column} that a person chose; an empty column leaves the part out."""
    timezone: str | None = None
    day_first: bool | None = None
    _seen: dict[Any, Preview] = field(default_factory=dict, repr=False)

    @property
    def options(self) -> Any:
        """How the table is read. Raises InvalidInput."""
        values = {"map": self.named, "timezone": self.timezone, "day_first": self.day_first}
        return batch.options(self.system, values)

    @property
    def first(self) -> Preview:
        """The table's preview before a person changed a column."""
        return self._seen[()]

    def preview(self) -> Preview:
        """How the columns would be used. Raises InvalidInput, TooLarge."""
        key = tuple(sorted(self.named.items()))
        if key not in self._seen:
            self._seen[key] = batch.preview(self.system, self.path, self.options)
        return self._seen[key]

    @cached_property
    def rows(self) -> tuple[int, bool] | None:
        """How many rows the table seems to have, and whether that is exact; None if only reading it all would tell."""
        with self.path.open("rb") as file:
            start = file.read(4)
        if start == b"PAR1":
            from pyarrow import parquet

            try:
                return parquet.read_metadata(self.path).num_rows, True
            except (OSError, ValueError):
                return None
        if start[:2] in (b"PK", b"\xd0\xcf"):
            return None
        data = self.path.read_bytes()
        lines = data.count(b"\n") + (not data.endswith(b"\n"))
        return max(0, lines - 1), b'"' not in data and b"\0" not in data


@dataclass
class TableRun:
    """One run over a table."""

    name: str
    source: Path
    output: Path
    options: Any
    system: str
    job: Job[batch.TableRunSummary]
    outcomes: dict[str, OutcomeRow] = field(default_factory=dict)
    """{prediction id: what was recorded} in this visit."""

    @property
    def summary(self) -> batch.TableRunSummary | None:
        """What became of the table, once it is done."""
        return self.job.results[0] if self.job.results else None

    @cached_property
    def result(self) -> TableResult:
        """The answers. Only for a run that is done."""
        return TableResult(self.output)

    @property
    def rejected(self) -> Path | None:
        """The rejected rows with their reasons, also of a run in which no row could be answered."""
        return _there(self.output.with_suffix(".rejected.csv"))

    @property
    def noted(self) -> Path | None:
        """Values that were put right or count as missing."""
        return _there(self.output.with_suffix(".noted.csv"))

    @cached_property
    def as_csv(self) -> Path:
        """The whole result as CSV that is safe to open in a spreadsheet, made when it is asked for."""
        path = self.output.with_suffix(".csv")
        files.write(pd.read_parquet(self.output), path)
        return path

    def start(self) -> None:
        """Begin, or go on where the run was stopped."""
        self.job = jobs.submit(self._work, 1)

    def _work(self, progress: ProgressListener) -> Iterable[batch.TableRunSummary]:
        yield batch.run(self.system, self.source, self.output, self.options, progress=progress)


def _there(path: Path) -> Path | None:
    return path if path.exists() else None


class TableDesk:
    """The table at hand and all runs of one visit, newest first."""

    def __init__(self, system: str) -> None:
        self.system = system
        self.folder = temporary.folder_for(self)
        self.table: GivenTable | None = None
        self.problem: str | None = None
        """Why the last table was not taken."""
        self.runs: list[TableRun] = []
        self.drops = 0
        """How often something was given: part of the widgets' keys, so that each is empty again afterwards."""

    def take(self, name: str, data: bytes) -> None:
        """Put a table on the desk; `problem` says why if it cannot be one."""
        self.drops += 1
        safe = re.sub(r"[^\w.-]", "_", Path(name).name)[-MAX_NAME:] or "table"
        path = self.folder / f"{self.drops}" / safe
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        table = GivenTable(name, path, self.system)
        try:
            table.preview()
        except LookoutError as problem:
            self.table, self.problem = None, problem.message
            shutil.rmtree(path.parent)
            return
        self.table, self.problem = table, None

    def paste(self, text: str) -> None:
        """Put pasted rows on the desk."""
        if len(text) > MAX_PASTED:
            self.problem = refusal(
                f"at most {MAX_PASTED:,} pasted characters", f"{len(text):,}", "Save them as a file."
            )
            return
        self.take("pasted rows", text.strip("\n").encode())

    def start(self) -> None:
        """Answer the table at hand, in the background."""
        if (table := self.table) is None:
            return
        output = table.path.parent / f"answers-{len(self.runs) + 1}.parquet"
        run = TableRun(table.name, table.path, output, table.options, self.system, Job(1))
        run.start()
        self.runs.insert(0, run)
        self.table = None

    def clear(self) -> None:
        """Forget everything on the desk, the files too; the log keeps its rows."""
        for run in self.runs:
            run.job.cancel()
        self.table, self.problem, self.runs = None, None, []
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(exist_ok=True)

    @property
    def working(self) -> bool:
        """Whether more will come by itself."""
        return any(not run.job.finished for run in self.runs)
