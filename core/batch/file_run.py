"""A batch of files or events: listed, answered shard by shard, each shard logged and then kept, at last made one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import systems
from core.artefacts import answer_files
from core.batch import files, parts, result_lines
from core.batch.delivery import Delivery
from core.batch.file_shards import FileRun, FileShard
from core.batch.inputs import InputItem, InputSource
from core.batch.inputs.events import EventSource
from core.batch.inputs.listing import InputListing
from core.batch.parts import UnfinishedResult
from core.batch.rate import RunRate
from core.batch.request import BatchRequest, BatchSummary
from core.batch.workers import WorkerPool
from core.contract import Prediction
from core.errors import InvalidInput
from core.inference.loading import version_of_site
from core.progress import Progress, ProgressListener, Stage
from core.registry import registry
from core.store import store

SHARD = 64  # files that are logged and kept together; a second of work or two
LISTING = "inputs.jsonl"
RESULTS = "answers.jsonl"  # in the folder of a batch of events


@dataclass(frozen=True)
class FileBatch:
    """Files or events on their way. folder: where the files of events' answers go; None for files."""

    request: BatchRequest
    source: InputSource
    delivery: Delivery
    pool: WorkerPool
    progress: ProgressListener

    @property
    def folder(self) -> Path | None:
        """Where files that answers bring are copied to: only a batch of events has a place for them."""
        return self.delivery.local if isinstance(self.source, EventSource) else None

    def run(self) -> BatchSummary:
        """Answer all inputs, go on where an interrupted run stopped.

        Raises InvalidInput, UnknownSystem, UnknownVersion, StoreUnavailable, OSError (the disk is full), and Cancelled
        from `progress`.
        """
        request, started = self.request, time.perf_counter()
        version = registry().resolve(request.system, request.version or version_of_site(request.system, request.site))
        with self._listed() as listing:
            same_run: dict[str, Any] = {
                "input": listing.digest,
                "system": request.system,
                "version": version.version,
            }
            same_run |= {"shard": self._shard_size, "site": request.site, "options": dict(request.options)}
            with parts.opened(self.delivery.local, same_run, replace=request.replace) as unfinished:
                listing = listing.kept_as(unfinished.folder / LISTING)
                run = FileRun(
                    self.source, request.system, version.version, unfinished.batch, request.actor, request.site
                )
                rate = self._work_through(run, listing, unfinished)
                tally = unfinished.finish(self._shards(listing), self._make_result)
        self.delivery.clear()
        return BatchSummary(
            system=request.system,
            version=version.version,
            kind="files" if self.folder is None else "events",
            inputs=listing.count,
            answered=tally["answered"],
            failed=tally["failed"],
            not_sure=tally["not_sure"],
            problems={name.removeprefix("error:"): count for name, count in tally.items() if name.startswith("error:")},
            earlier=rate.earlier,
            workers=self.pool.workers,
            seconds=round(time.perf_counter() - started, 3),
            per_second=round(rate.per_second, 3),
            output=request.output,
            batch=run.batch,
        )

    @contextmanager
    def _listed(self) -> Iterator[InputListing]:
        """The inputs as they are now, noted in a file of this process beside the shards."""
        self.progress(Progress(0.0, Stage.READING, detail=f"listing {self.request.source}"))
        folder = parts.folder_of(self.delivery.local)
        folder.mkdir(exist_ok=True)
        noted = folder / f"listing.{os.getpid()}"
        try:
            listing = InputListing.write(self.source.items(), noted, self.request.limit)
            if not listing.count:
                raise InvalidInput(
                    expected="inputs to answer", received=f"none in {self.request.source}", advice="Check the path."
                )
            yield listing
        finally:
            noted.unlink(missing_ok=True)
            with suppress(OSError):  # it stays where a run has begun
                folder.rmdir()

    @property
    def _shard_size(self) -> int:
        """A long answer is kept as soon as it is there."""
        return 1 if systems.offers(self.request.system).takes_long else SHARD

    def _shards(self, listing: InputListing) -> int:
        return -(-listing.count // self._shard_size)

    def _work_through(self, run: FileRun, listing: InputListing, unfinished: UnfinishedResult) -> RunRate:
        """Answer the shards that are not done; each is logged, then kept."""
        before = unfinished.tally(self._shards(listing))
        rate = RunRate(listing.count, before["answered"] + before["failed"])
        self.progress(rate.progress())
        undone = (shard for shard in self._tasks(run, listing) if not unfinished.done(shard.number))
        with closing(self.pool.run(undone)) as answered:  # whatever goes wrong, its processes end
            for shard, results in answered:
                predictions = [prediction for result in results for prediction in result]
                store().log_new(predictions)
                lines = [
                    self._line(item, prediction) for item, prediction in zip(shard.items, predictions, strict=True)
                ]
                unfinished.keep_lines(shard.number, map(files.encoded, lines), result_lines.tally_of(lines))
                rate.add(len(predictions))
                self.progress(rate.progress())
        return rate

    def _tasks(self, run: FileRun, listing: InputListing) -> Iterator[FileShard]:
        for number, items in enumerate(listing.groups(self._shard_size)):
            yield FileShard(run, number, number * self._shard_size, items)

    def _line(self, item: InputItem, prediction: Prediction) -> dict[str, Any]:
        """One row of the result; the files that an answer brought are copied first, so that the row names what is."""
        brought = prediction.answer.files if prediction.answer else None
        if self.folder is None or brought is None:
            return result_lines.result_line(item.name, prediction)
        target = self.folder / item.name
        target.parent.mkdir(parents=True, exist_ok=True)
        answer_files.copy(brought.folder, target)
        return result_lines.result_line(item.name, prediction, files=list(brought.names))

    def _make_result(self, shards: Sequence[Path]) -> None:
        self.progress(Progress(1.0, Stage.WRITING, detail="writing the result"))
        if self.folder is not None:
            self.folder.mkdir(exist_ok=True)
        result_lines.make_result(shards, self.delivery.local if self.folder is None else self.folder / RESULTS)
        self.delivery.deliver()
