"""Shards of files and events: read, validated and answered one after the other, each as if it had come alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from core.batch.inputs import InputItem, InputSource
from core.batch.shards import prediction_id_of
from core.contract import Prediction
from core.errors import HostUnavailable, InvalidInput, LookoutError
from core.inference.call import Call
from core.settings import settings

SOURCE = "batch"
FIRST_ROW = 2  # of the result, as a spreadsheet numbers it below its header
MAX_CHUNK_BYTES = 32_000_000  # of files that are in memory together


@dataclass(frozen=True)
class FileRun:
    """What all shards of a run share. version: as the registry names it. batch: the run's id in the log."""

    source: InputSource
    system: str
    version: str
    batch: str
    actor: str
    site: str | None


@dataclass(frozen=True)
class FileShard:
    """Some inputs of a run. number: of the shard. first: number of its first input, counted from 0."""

    run: FileRun
    number: int
    first: int
    items: tuple[InputItem, ...]

    def answer(self) -> list[Prediction]:
        """A prediction for each input, in order, not yet logged. Raises LookoutError where the model cannot be had."""
        run = self.run
        call = Call.prepare(run.system, run.version, source=SOURCE, actor=run.actor, batch=run.batch, site=run.site)
        size = 1 if call.takes_long else settings().batch_size
        predictions = [prediction for chunk in _chunks(self.items, size) for prediction in self._answer(call, chunk)]
        return [
            prediction.model_copy(update={"id": prediction_id_of(run.batch, FIRST_ROW + self.first + index)})
            for index, prediction in enumerate(predictions)
        ]

    def apart(self) -> Sequence[FileShard]:
        """Each input as a shard of its own."""
        return [replace(self, first=self.first + index, items=(item,)) for index, item in enumerate(self.items)]

    def given_up(self, reason: str) -> list[Prediction]:
        """The failed prediction of the shard's only input."""
        prediction = self._failure("internal", reason)
        return [prediction.model_copy(update={"id": prediction_id_of(self.run.batch, FIRST_ROW + self.first)})]

    def _answer(self, call: Call, chunk: Sequence[InputItem]) -> list[Prediction]:
        contents = [self._read(item) for item in chunk]
        answered = iter(call.answer([content for content in contents if not isinstance(content, Prediction)]))
        return [content if isinstance(content, Prediction) else next(answered) for content in contents]

    def _read(self, item: InputItem) -> Any:
        """What the system's `Input` takes; or the failed prediction of an input that cannot be read.

        Raises HostUnavailable: an outage says nothing of an input, and the run can go on after it.
        """
        try:
            return self.run.source.read(item)
        except HostUnavailable:
            raise
        except LookoutError as problem:
            return self._failure(problem.kind, problem.message)
        except OSError as problem:
            refused = InvalidInput(
                expected="a file that can be read",
                received=f"{item.name}: {problem.strerror or problem}",
                advice="Check its rights and the disk.",
            )
            return self._failure(refused.kind, refused.message)

    def _failure(self, kind: str, message: str) -> Prediction:
        run = self.run
        return Prediction(
            id="",
            created_at=datetime.now(UTC),
            system=run.system,
            version=run.version,
            source=SOURCE,
            actor=run.actor,
            batch=run.batch,
            status="failed",
            error_kind=kind,
            error=message,
            site=run.site,
        )


def _chunks(items: Sequence[InputItem], size: int) -> Iterator[list[InputItem]]:
    """Inputs that are read and answered together: up to `size`, and of up to MAX_CHUNK_BYTES as they were listed."""
    chunk: list[InputItem] = []
    held = 0
    for item in items:
        if chunk and (len(chunk) == size or held + item.size > MAX_CHUNK_BYTES):
            yield chunk
            chunk, held = [], 0
        chunk.append(item)
        held += item.size
    if chunk:
        yield chunk
