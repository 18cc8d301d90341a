"""A table that somebody gave: how it is read, how far it is answered, and its result, all found again by its work.

Nothing is held here or in a visit: the upload, the answers and their summary are files in the work's folder, what was
said about the columns is in the work's details. So a reload, another tab and a restart find the same.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import JsonValue

from core import batch, work
from core.batch import files
from core.batch.parts import answered_files
from core.contract import Preview
from core.errors import TooLarge
from core.jobs import Job
from core.progress import ProgressListener
from core.work import Work
from pages.parts.crime.run_result import TableResult, opened
from pages.parts.shared.words import counted

SYSTEM = "crime"
ADDRESS = "work"
"""The query parameter that names the table's work."""
SUFFIXES = ("csv", "tsv", "txt", "parquet", "xlsx", "xls")
MAX_NAME = 100  # characters of a file's name that are kept
MAX_PASTED = 1_000_000  # characters
LONG = 100_000  # rows from which a table waits behind other long work
SUMMARY = "summary.json"
GROUPS = "groups"
"""The scoring by NIBRS groups; the usual one is by categories."""


@dataclass(frozen=True)
class TableRun:
    """One table and what came of it, as its work has it now."""

    work: Work

    @property
    def id(self) -> str:
        """The work's id, which is the `batch` of its rows in the log."""
        return self.work.id

    @property
    def name(self) -> str:
        """The file's name as it was given."""
        return str(self.work.details["name"])

    @property
    def path(self) -> Path:
        """Where the uploaded table is, in the folder of its work."""
        return self.work.folder / str(self.work.details["file"])

    @property
    def output(self) -> Path:
        """Where the result is, once it is there."""
        return self.work.folder / "answers.parquet"

    @property
    def named(self) -> dict[str, str]:
        """{part: column} that a person chose; an empty column leaves the part out."""
        return dict(self.work.details.get("map", {}))

    @property
    def categories(self) -> dict[str, str]:
        """{category of the table: what the version calls it}."""
        return dict(self.work.details.get("categories", {}))

    @property
    def by_groups(self) -> bool:
        """Whether answers are held against the truth at the level of NIBRS groups."""
        return self.work.details.get("scoring") == GROUPS

    @property
    def started(self) -> bool:
        """Whether a person has asked for the answers: the columns stand then."""
        return "version" in self.work.details

    @property
    def version(self) -> str:
        """The version that answers, once started."""
        return str(self.work.details["version"])

    @property
    def options(self) -> Any:
        """How the table is read. Raises InvalidInput."""
        details = self.work.details
        values = {name: details.get(name) for name in ("timezone", "day_first")}
        return batch.options(SYSTEM, {"map": self.named, "categories": self.categories, **values})

    def preview(self, named: Mapping[str, str] | None = None) -> Preview:
        """How the columns would be used. named: in place of what was chosen. Raises InvalidInput, TooLarge."""
        chosen = self.named if named is None else dict(named)
        return _preview(str(self.path), tuple(sorted(chosen.items())))

    @property
    def columns(self) -> Mapping[str, str]:
        """{part: column} as the table was read, or will be. Raises InvalidInput, TooLarge."""
        return self.summary.columns if self.summary else self.preview().chosen

    @property
    def size(self) -> str:
        """How many rows it has, in words; "" where only reading it all would tell."""
        rows, exact = self.work.details.get("rows"), self.work.details.get("exact")
        return "" if rows is None else counted(int(rows), "row") if exact else f"about {counted(int(rows), 'row')}"

    @property
    def job(self) -> Job[batch.TableRunSummary] | None:
        """What answers it in this process."""
        return work.job_of(self.id)

    @cached_property
    def summary(self) -> batch.TableRunSummary | None:
        """What became of the table, once all of it is answered."""
        path = self.work.folder / SUMMARY
        if self.work.running or not path.exists():
            return None
        stored = json.loads(path.read_text(encoding="utf-8"))
        return batch.TableRunSummary(**{**stored, "notes": tuple(stored["notes"])})

    @cached_property
    def answered_path(self) -> Path | None:
        """The file of all answers, or of those that were there when it was stopped; None where there are none."""
        if self.summary is not None:
            return self.output
        if self.work.running:
            return None
        answered = answered_files(self.output)
        if not answered:
            return None
        path = self.work.folder / f"so-far-{max(file.stat().st_mtime_ns for file in answered)}.parquet"
        return path if path.exists() or batch.save_answered(self.output, path) else None

    @property
    def result(self) -> TableResult | None:
        """The answers that there are."""
        path = self.answered_path
        return None if path is None else opened(path)

    @property
    def rejected(self) -> Path | None:
        """The rejected rows with their reasons, also of a run in which no row could be answered."""
        return _there(self.output.with_suffix(".rejected.csv"))

    @property
    def noted(self) -> Path | None:
        """Values that were put right or count as missing."""
        return _there(self.output.with_suffix(".noted.csv"))

    def as_csv(self) -> bytes:
        """The answers as CSV that is safe to open in a spreadsheet, made when it is asked for."""
        source = self.answered_path
        if source is None:
            return b""
        path = source.with_suffix(".csv")
        if not path.exists():
            files.write(pd.read_parquet(source), path)
        return path.read_bytes()


def of(identifier: str) -> TableRun:
    """The table of a work. Raises UnknownWork, StoreUnavailable."""
    return TableRun(work.find(identifier))


def give(name: str, data: bytes) -> TableRun:
    """Keep a table as a new work. Raises InvalidInput, TooLarge, StoreUnavailable; a table that is none is not kept."""
    batch.preview(SYSTEM, data, batch.options(SYSTEM, {}))  # refuses what is no table
    safe = re.sub(r"[^\w.-]", "_", Path(name).name)[-MAX_NAME:].lstrip(".") or "table"
    rows, exact = count_rows(data)
    new_work = work.begin(
        SYSTEM,
        _title(name, rows, exact),
        rows or 0,
        details={"name": name, "file": f"given-{safe}", "rows": rows, "exact": exact},
        state="prepared",
    )
    run = TableRun(new_work)
    run.path.write_bytes(data)
    return run


def paste(text: str) -> TableRun:
    """Keep pasted rows. Raises as `give`."""
    if len(text) > MAX_PASTED:
        raise TooLarge(
            expected=f"at most {MAX_PASTED:,} pasted characters",
            received=f"{len(text):,}",
            advice="Save them as a file.",
        )
    return give("pasted rows", text.strip("\n").encode())


def note(run: TableRun, **details: JsonValue) -> None:
    """Change what is said about a table; None takes a detail away. Raises StoreUnavailable."""
    changed = {**work.find(run.id).details, **details}
    work.change(run.id, details={name: value for name, value in changed.items() if value is not None})


def start(run: TableRun, version: str) -> None:
    """Answer the table, or go on where it was stopped; nothing while it is at work. Raises Busy, StoreUnavailable."""
    stored_work = work.find(run.id)
    if stored_work.running:
        return  # a second click on a button that was not redrawn yet
    details = stored_work.details
    if "version" not in details:
        note(run, version=version)
    current = of(run.id)
    work.run(current.work, lambda progress: _answers(current, progress), long=current.work.total > LONG)


def again(run: TableRun) -> TableRun:
    """Begin a new work on a table, without starting it, so that its columns can be changed. Raises StoreUnavailable."""
    details = {name: value for name, value in run.work.details.items() if name not in ("version", "recorded")}
    rows, exact = details.get("rows"), bool(details.get("exact"))
    title = _title(run.name, rows, exact)
    copy = TableRun(work.begin(SYSTEM, title, run.work.total, details=details, state="prepared"))
    try:
        os.link(run.path, copy.path)
    except OSError:
        shutil.copyfile(run.path, copy.path)
    return copy


def _answers(run: TableRun, progress: ProgressListener) -> Iterable[batch.TableRunSummary]:
    summary = batch.run(SYSTEM, run.path, run.output, run.options, version=run.version, batch=run.id, progress=progress)
    for left in run.work.folder.glob("so-far-*"):
        left.unlink()
    new = run.work.folder / f"{SUMMARY}.new"
    new.write_text(json.dumps(asdict(summary)), encoding="utf-8")
    new.replace(run.work.folder / SUMMARY)
    work.change(run.id, total=summary.rows, title=_title(run.name, summary.rows, True))
    note(run, rows=summary.rows, exact=True)
    yield summary


def _title(name: str, rows: int | None, exact: bool) -> str:
    return name if rows is None else f"{name}, {'' if exact else 'about '}{counted(rows, 'row')}"


@lru_cache(maxsize=64)
def _preview(path: str, named: tuple[tuple[str, str], ...]) -> Preview:
    """A preview, kept: the page asks for it each time that it is drawn."""
    return batch.preview(SYSTEM, Path(path), batch.options(SYSTEM, {"map": dict(named)}))


def count_rows(data: bytes) -> tuple[int | None, bool]:
    """How many rows a table seems to have, and whether that is exact; None if only reading it all would tell."""
    if data[:4] == b"PAR1":
        import pyarrow as pa
        from pyarrow import parquet

        try:
            return parquet.read_metadata(pa.BufferReader(data)).num_rows, True
        except (OSError, ValueError):
            return None, False
    if data[:2] in (b"PK", b"\xd0\xcf"):
        return None, False
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    return max(0, lines - 1), b'"' not in data and b"\0" not in data


def _there(path: Path) -> Path | None:
    return path if path.exists() else None
