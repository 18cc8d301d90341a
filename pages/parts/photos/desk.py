"""The desk of one visit: the photos given, the work on them, and what came of it. It survives page changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import uuid4

from PIL import Image

from core import inference, jobs
from core.contract import Prediction
from core.errors import LookoutError
from core.inference import how_sure
from core.jobs import Job
from core.progress import ProgressListener
from core.store import OutcomeRow
from pages.parts.photos import uploads
from pages.parts.photos.uploads import Instances, Refusal, UploadedPhoto
from pages.parts.shared.words import percent

FAILED = "failed"  # beside the words of `how_sure`, in filters and tables
DOUBT_FIRST = {FAILED: 0, "not sure": 1, "likely": 2, "sure": 3}


@dataclass
class AnsweredPhoto:
    """One photo with its answer, and what the person said of it."""

    photo: UploadedPhoto
    prediction: Prediction
    outcome: OutcomeRow | None = None

    @property
    def word(self) -> str:
        """How sure the answer is, or that there is none."""
        answer = self.prediction.answer
        return FAILED if answer is None else how_sure(answer.score, answer.abstained)

    @cached_property
    def picture(self) -> Image.Image | None:
        """A small picture of the photo for the screen, made when it is first shown; None for a damaged photo."""
        try:
            return uploads.small(self.photo.read())
        except LookoutError:
            return None

    @cached_property
    def jpeg(self) -> bytes | None:
        """The picture as the browser gets it."""
        return uploads.jpeg(self.picture) if self.picture else None

    @cached_property
    def region(self) -> bytes | None:
        """The picture with the deciding region; asks the version that answered. None where it cannot say."""
        prediction = self.prediction
        try:
            heat = inference.explain(prediction.system, Instances([self.photo])[0], version=prediction.version).heat
        except LookoutError:
            return None
        return (
            None if heat is None or self.picture is None else uploads.jpeg(uploads.deciding_region(self.picture, heat))
        )

    def judge(self, outcome: OutcomeRow) -> None:
        """Remember what was recorded."""
        self.outcome = outcome


@dataclass
class PhotoBatch:
    """Photos given at once, and the work on them."""

    photos: Sequence[UploadedPhoto]
    refused: Sequence[Refusal]
    job: Job[Prediction]
    items: list[AnsweredPhoto] = field(default_factory=list)

    def catch_up(self) -> list[AnsweredPhoto]:
        """An item for each photo answered so far, in the order given."""
        done = self.job.results
        while len(self.items) < len(done):
            index = len(self.items)
            self.items.append(AnsweredPhoto(self.photos[index], done[index]))
        return self.items

    @property
    def rest(self) -> Sequence[UploadedPhoto]:
        """The photos that were not answered."""
        return self.photos[len(self.job.results) :]


class PhotoDesk:
    """All batches of one visit, newest first."""

    def __init__(self, system: str) -> None:
        self.system = system
        self.batches: list[PhotoBatch] = []
        self.drops = 0
        """How often something was given: part of the widgets' keys, so that each is empty again afterwards."""

    def give(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Take dropped files (name, bytes) and start on them."""
        taken, refused = uploads.collect(files)
        self.drops += 1
        self.start(taken, refused)

    def start(self, taken: Sequence[UploadedPhoto], refused: Sequence[Refusal] = ()) -> None:
        """Begin to answer photos in the background."""
        instances, batch = Instances(taken), str(uuid4())

        def work(progress: ProgressListener) -> Iterable[Prediction]:
            return inference.stream(self.system, instances, source="page", batch=batch, progress=progress)

        self.batches.insert(0, PhotoBatch(taken, refused, jobs.submit(work, len(taken))))

    def resume(self, batch: PhotoBatch) -> None:
        """Answer what a stopped batch left over."""
        left = batch.rest
        batch.photos = batch.photos[: len(batch.job.results)]
        self.start(left)

    def clear(self) -> None:
        """Forget everything on the desk; the log keeps its rows."""
        for batch in self.batches:
            batch.job.cancel()
        self.batches = []

    @property
    def items(self) -> list[AnsweredPhoto]:
        """Every photo answered so far."""
        return [item for batch in self.batches for item in batch.catch_up()]

    @property
    def refused(self) -> list[Refusal]:
        """Every file that was not taken."""
        return [refusal for batch in self.batches for refusal in batch.refused]

    @property
    def working(self) -> bool:
        """Whether more answers will come by themselves."""
        return any(not batch.job.finished for batch in self.batches)


@dataclass(frozen=True)
class GalleryFilter:
    """Which items are shown, and in what order; empty means any."""

    values: tuple[str, ...] = ()
    plastic: bool | None = None
    words: tuple[str, ...] = ()
    doubts_first: bool = False

    def of(self, items: Sequence[AnsweredPhoto]) -> list[AnsweredPhoto]:
        """The items that are meant."""
        chosen = [item for item in items if self._meant(item)]
        return sorted(chosen, key=_doubt) if self.doubts_first else chosen

    def _meant(self, item: AnsweredPhoto) -> bool:
        answer = item.prediction.answer
        if self.words and item.word not in self.words:
            return False
        if answer is None:
            return not self.values and self.plastic is None
        return (not self.values or answer.value in self.values) and (
            self.plastic is None or answer.details.get("plastic") is self.plastic
        )


def _doubt(item: AnsweredPhoto) -> tuple[int, float]:
    return DOUBT_FIRST[item.word], item.prediction.answer.score if item.prediction.answer else 0.0


def as_row(item: AnsweredPhoto) -> dict[str, Any]:
    """An item as a row of the table and of the CSV."""
    prediction, answer = item.prediction, item.prediction.answer
    row: dict[str, Any] = {"photo": item.photo.name, "how_sure": item.word, "answer": None, "plastic": None}
    if answer:
        plastic = answer.details.get("plastic")
        row |= {"answer": answer.value, "plastic": None if plastic is None else "plastic" if plastic else "not plastic"}
        row |= {"score": answer.score, "plastic_score": answer.details.get("plastic_score")}
        row["alternatives"] = ", ".join(f"{other.value} {percent(other.score)}" for other in answer.alternatives[:3])
    row |= {
        "said_to_be": item.outcome["label"] if item.outcome else None,
        "message": prediction.error or (answer.reason if answer else None),
        "model_version": prediction.version,
        "answered_at": prediction.created_at,
        "prediction_id": prediction.id,
    }
    return row


def as_refused_row(refusal: Refusal) -> dict[str, Any]:
    """A file that was not taken, as a row of the CSV."""
    return {"photo": refusal.name, "how_sure": FAILED, "message": refusal.reason}
