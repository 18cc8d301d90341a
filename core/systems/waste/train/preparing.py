"""The photos of a run: read, grouped and split, and the names under which the run's files are kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.progress import Progress, ProgressListener, Stage
from core.systems.waste.data.photos import LabelledPhoto, manifest_hash, read_photos
from core.systems.waste.data.splits import PhotoSplit, split
from core.systems.waste.train.options import WasteTrainingOptions


@dataclass(frozen=True)
class PreparedPhotos:
    """The photos of a run.

    learnable: photos of sources that may train, in order of their keys.
    unseen: photos of excluded sources, which only test.
    parts: who trains, calibrates and tests.
    contradictory: keys of photos whose bytes carry two labels; they neither train nor calibrate.
    manifest: `manifest_hash` of the learnable photos.
    """

    learnable: list[LabelledPhoto]
    unseen: list[LabelledPhoto]
    parts: PhotoSplit
    contradictory: list[str]
    manifest: str

    def never_trained(self, leave_out: Sequence[str]) -> list[str]:
        """Sources of which no photo trains: the excluded ones, and those that the run leaves out."""
        return sorted({photo.source for photo in self.unseen} | set(leave_out))


def prepare(options: WasteTrainingOptions, work: Path, progress: ProgressListener) -> PreparedPhotos:
    """Read, group and split the photos.

    options: where they are, which sources train, how they are split.
    work: folder in which fingerprints of photos are kept.
    progress: told once. Raises what it raises, and InvalidInput where there are no photos.
    """
    from core.systems.waste.data import duplicates  # needs a package of the training extra

    photos = read_photos(options.data)
    learnable = [photo for photo in photos if photo.source not in options.exclude]
    unseen = [photo for photo in photos if photo.source in options.exclude]
    progress(
        Progress(0.01, Stage.TRAINING, detail=f"{len(learnable)} photos to learn from, looking for near-duplicates")
    )
    manifest = manifest_hash(learnable)
    prints = duplicates.stored_fingerprints(learnable, work / f"prints-{manifest[:16]}.npz")
    contradictory = duplicates.contradictory(learnable, prints)
    if options.split == "grouped":  # photos that never test need no group, and must not pull others along
        free = [index for index, photo in enumerate(learnable) if photo.source not in options.only_train]
        added = [photo for photo in learnable if photo.source in options.only_train]
        units = duplicates.grouped([learnable[index] for index in free], [prints[index] for index in free]) + added
    else:
        units = learnable
    shares = (options.train_share, options.validation_share, 1 - options.train_share - options.validation_share)
    parts = split(units, [options.seed, int(options.split == "random")], shares, options.leave_out, options.only_train)
    train, validation = (
        [photo for photo in part if photo.key not in contradictory] for part in (parts.train, parts.validation)
    )
    return PreparedPhotos(learnable, unseen, PhotoSplit(train, validation, parts.test), sorted(contradictory), manifest)


def run_name(options: WasteTrainingOptions, manifest: str) -> str:
    """Name of a run's files: the same for the same options on the same photos, wherever these lie."""
    chosen = options.model_dump(mode="json", exclude={"data", "work", "resume", "backbone", "unseen", "scenes"})
    chosen |= {"backbone": Path(options.backbone).name}
    return f"run-{hashlib.sha256(json.dumps([chosen, manifest], sort_keys=True).encode()).hexdigest()[:16]}"


def logits_name(options: WasteTrainingOptions, manifest: str) -> str:
    """Name of the file, in the folder for work, that holds a finished run's logits of its test photos."""
    return f"{run_name(options, manifest)}.test.npz"
