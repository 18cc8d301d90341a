"""A batch of photos as its work's folder holds it: what was given, what was answered, what people said.

The folder holds `given/N` (each dropped file as it came), `photos.json` (the name and place of each photo, and what was
not taken), `answers.jsonl`, `said.jsonl`, and `pictures/` (small ones, made when they are first shown). Nothing else is
needed to show it again: in another tab, after a reload, after a restart.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from core import inference, work
from core.contract import Prediction
from core.errors import Busy, LookoutError
from core.inference import how_sure, sites
from core.progress import ProgressListener
from core.store import OutcomeRow, WorkState
from core.work import Work
from pages.parts.photos import uploads
from pages.parts.photos.json_lines import JsonLines
from pages.parts.photos.said import LabelAction, SaidOfPhotos
from pages.parts.photos.uploads import GivenFile, Instances, PhotoPlace, Refusal
from pages.parts.shared import pictures
from pages.parts.shared.words import counted

SYSTEM = "waste"
OPEN_BATCHES = 4  # whose answers are kept in memory, a few kB each; photos never are
FAILED = "failed"  # beside the words of `how_sure`, in tables
MAX_TITLE = 120  # characters
CONTENTS = "photos.json"


@dataclass(frozen=True)
class AnsweredPhoto:
    """One photo of a batch with its answer, and what was said of it.

    index: its number in the batch. unknown: whether somebody looked and could not tell.
    """

    index: int
    name: str
    prediction: Prediction
    outcome: OutcomeRow | None = None
    unknown: bool = False

    @property
    def word(self) -> str:
        """How sure the answer is, or that there is none."""
        answer = self.prediction.answer
        return FAILED if answer is None else how_sure(answer.score, answer.abstained)

    @property
    def looked_at(self) -> bool:
        """Whether somebody said what it is, or that nobody can tell."""
        return self.outcome is not None or self.unknown


class PhotoBatch:
    """The photos of one work. Safe across threads; several processes may read the same one."""

    def __init__(self, identifier: str, folder: Path) -> None:
        """Raises LookoutError where giving the photos was broken off."""
        self.id, self._folder = identifier, folder
        try:
            contents = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            raise LookoutError(
                expected="photos that were given as a whole",
                received="what is left of an upload that broke off",
                advice="Remove it under Recent work and give the photos again.",
            ) from problem
        self.photos = [PhotoPlace(**photo) for photo in contents["photos"]]
        self.refused = [Refusal(**refusal) for refusal in contents["refused"]]
        self._answers = JsonLines(folder / "answers.jsonl")
        self._predictions: dict[int, Prediction] = {}
        self._said = SaidOfPhotos(folder / "said.jsonl")
        self._guard = threading.RLock()

    @property
    def site(self) -> str | None:
        """Name of the place that the photos come from; None where none was given. Raises UnknownWork."""
        return site_of(work.find(self.id))

    def items(self) -> list[AnsweredPhoto]:
        """Every photo answered so far, in the order given; those without an answer for a reason too."""
        with self._guard:
            self._catch_up()
            judgements = self._said
            return [
                AnsweredPhoto(
                    index,
                    self.photos[index].name,
                    self._predictions[index],
                    judgements.outcome(index),
                    judgements.unknown(index),
                )
                for index in sorted(self._predictions)
            ]

    def rest(self) -> list[int]:
        """The photos that were not answered yet."""
        with self._guard:
            self._catch_up()
            return [index for index in range(len(self.photos)) if index not in self._predictions]

    def start(self) -> None:
        """Answer in the background what is not answered yet. Raises Busy, StoreUnavailable."""
        rest = self.rest()
        job = work.job_of(self.id)
        if not rest or (job is not None and not job.finished):
            return
        photo_work = work.find(self.id)

        def answer(progress: ProgressListener) -> Iterator[int]:
            instances = Instances(self.read, rest)
            predictions = inference.stream(
                SYSTEM, instances, source="page", batch=self.id, site=site_of(photo_work), progress=progress
            )
            for index, prediction in zip(rest, predictions, strict=True):
                stored_prediction = prediction.model_dump(mode="json", exclude={"answer": {"beside"}})
                self._answers.append({"photo": index, "prediction": stored_prediction})
                yield index

        work.run(photo_work, answer, results=len(rest), before=len(self.photos) - len(rest))

    def read(self, index: int) -> bytes:
        """A photo's bytes, from the file that was given. Raises LookoutError."""
        photo = self.photos[index]
        return uploads.read(self._folder / "given" / str(photo.file), photo.entry)

    def picture(self, index: int, pixels: int = pictures.CARD_PIXELS) -> bytes | None:
        """A small JPEG of a photo, made when it is first shown; None for a damaged photo."""
        path = self._folder / "pictures" / f"{index}-{pixels}.jpg"
        if path.exists():
            return path.read_bytes()
        try:
            small = pictures.small(self.read(index), pixels)
        except LookoutError:
            return None
        return _keep(path, pictures.jpeg(small)) if small else None

    def region(self, item: AnsweredPhoto, pixels: int = pictures.CARD_PIXELS) -> bytes | None:
        """The picture with the deciding region, by the version that answered. None where it cannot say."""
        path = self._folder / "pictures" / f"{item.index}-{pixels}-region.jpg"
        if path.exists():
            return path.read_bytes()
        try:
            data = self.read(item.index)
            heat = inference.explain(SYSTEM, {"image": data}, version=item.prediction.version).heat
            small = pictures.small(data, pixels)
        except LookoutError:
            return None
        if heat is None or small is None:
            return None
        return _keep(path, pictures.jpeg(pictures.deciding_region(small, heat)))

    def with_objects(self, item: AnsweredPhoto, pixels: int, boxes: Sequence[Sequence[float]]) -> bytes | None:
        """The picture with a numbered frame around each of several things; `boxes` as for `pictures.numbered`."""
        path = self._folder / "pictures" / f"{item.index}-{pixels}-{item.prediction.id}.jpg"
        if path.exists():
            return path.read_bytes()
        try:
            small = pictures.small(self.read(item.index), pixels)
        except LookoutError:
            return None
        return _keep(path, pictures.jpeg(pictures.numbered(small, boxes))) if small else None

    @property
    def last_said(self) -> LabelAction | None:
        """What was said last, and can be undone."""
        with self._guard:
            self._catch_up()
            return self._said.last

    def judged(self, index: int, outcome: OutcomeRow) -> None:
        """Keep what was recorded of one photo."""
        with self._guard:
            self._said.note(outcome["label"], {index: outcome})

    def cannot_tell(self, index: int) -> None:
        """Keep that somebody looked at a photo and could not tell; nothing is recorded as true."""
        with self._guard:
            self._said.note(None, {}, photos=[index])

    def label(self, indices: Sequence[int], label: str, keep: bool = False) -> None:
        """Record one label for many photos; those without an answer have none to be judged. Raises LookoutError.

        keep: whether the person agreed that the photos are kept for training.
        """
        with self._guard:
            self._catch_up()
            answered = {index: self._predictions[index] for index in indices if self._predictions[index].answer}
            self._said.record(label, answered, self.read if keep else None)

    def undo(self, action: LabelAction) -> None:
        """Take back what was said last. Raises LookoutError."""
        with self._guard:
            self._said.undo(action)

    def _catch_up(self) -> None:
        for line in self._answers.unread():
            self._predictions[line["photo"]] = Prediction.model_validate(line["prediction"])
        self._said.catch_up()


def opened(photo_work: Work) -> PhotoBatch:
    """The batch of a work. Raises LookoutError where giving the photos was broken off."""
    return _opened(photo_work.id, photo_work.folder)


@lru_cache(maxsize=OPEN_BATCHES)
def _opened(identifier: str, folder: Path) -> PhotoBatch:
    return PhotoBatch(identifier, folder)


def site_of(photo_work: Work) -> str | None:
    """Name of the place that the photos of a work come from; None where none was given."""
    site = photo_work.details.get("site")
    return None if site is None else str(site)


def give(files: Sequence[GivenFile], site: str | None = None) -> str:
    """Keep dropped files as a new work and start on its photos; returns the work's id. Raises LookoutError.

    site: name of the place that the photos come from.
    """
    site = sites.checked(site)  # before anything is kept that could not be answered
    photos, refused = uploads.collect(files)
    details = {} if site is None else {"site": site}
    state: WorkState = "waiting" if photos else "failed"
    photo_work = work.begin(SYSTEM, title(files, photos), len(photos), details=details, state=state)
    with _room_for(photo_work):
        (photo_work.folder / "given").mkdir()
        (photo_work.folder / "pictures").mkdir()
        for number in sorted({photo.file for photo in photos}):
            files[number].content.seek(0)
            with (photo_work.folder / "given" / str(number)).open("wb") as copy:
                shutil.copyfileobj(files[number].content, copy)
        contents = {"photos": [asdict(photo) for photo in photos], "refused": [asdict(refusal) for refusal in refused]}
        (photo_work.folder / CONTENTS).write_text(json.dumps(contents), encoding="utf-8")
    with suppress(Busy):  # the work's state says so, and the page offers to go on
        opened(photo_work).start()
    return photo_work.id


@contextmanager
def _room_for(photo_work: Work) -> Iterator[None]:
    """Around what fills a new work's folder: where the disk does not take it, the work goes. Raises LookoutError."""
    try:
        yield
    except OSError as problem:
        work.remove(photo_work.id)
        raise LookoutError(
            expected="room in the data folder for what was dropped",
            received=f"a disk that did not take it ({problem})",
            advice="Free some space, then drop it again.",
        ) from problem


def again(photo_work: Work) -> str:
    """Answer the photos of a work once more, as a new one; returns its id. Raises LookoutError."""
    new = work.begin(SYSTEM, photo_work.title, photo_work.total, details=dict(photo_work.details), state="waiting")
    with _room_for(new):
        (new.folder / "pictures").mkdir()
        shutil.copytree(photo_work.folder / "given", new.folder / "given")
        shutil.copy(photo_work.folder / CONTENTS, new.folder / CONTENTS)
    with suppress(Busy):
        opened(new).start()
    return new.id


def title(files: Sequence[GivenFile], photos: Sequence[PhotoPlace]) -> str:
    """What was given, in words: "shore.jpg", "12 photos from shift.zip", "3 photos: a.jpg and 2 more"."""
    first = files[0].name if files else "nothing"
    first = first if len(first) <= MAX_TITLE else f"{first[:MAX_TITLE]}..."
    if len(files) > 1:
        return f"{counted(len(photos), 'photo')}: {first} and {len(files) - 1} more"
    is_zip = bool(photos) and photos[0].entry is not None
    return f"{counted(len(photos), 'photo')} from {first}" if is_zip else first


def _keep(path: Path, data: bytes) -> bytes:
    """Write a picture for the next time; without room for it, it is made anew."""
    fresh = path.with_suffix(f".{threading.get_ident()}")
    try:
        fresh.write_bytes(data)
        fresh.replace(path)  # atomic: a reader sees the whole picture or none
    except OSError:
        fresh.unlink(missing_ok=True)
    return data
