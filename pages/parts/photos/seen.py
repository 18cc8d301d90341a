"""What the network sees in a batch's photos, looked at once for each version and kept with the batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.contract import Embedding
from core.errors import LookoutError
from core.inference.taught import site_versions
from core.progress import Progress, ProgressListener, Stage
from core.work import find
from pages.parts.photos.batch import SYSTEM, AnsweredPhoto, PhotoBatch

MAX_PHOTOS = 300
"""Of a larger batch, so many photos drawn at random: labels are asked for a few of them."""


@dataclass(frozen=True)
class SeenPhotos:
    """Photos of a batch as a version sees them. indices: their numbers in the batch, int, shape (n,)."""

    indices: np.ndarray
    embedding: Embedding

    def rows_of(self, photos: Sequence[int]) -> list[int]:
        """The rows of these photos; those that were not looked at have none."""
        row_of = {int(index): row for row, index in enumerate(self.indices)}
        return [row_of[photo] for photo in photos if photo in row_of]

    def pick(self, rows: Sequence[int]) -> Embedding:
        """What is seen in some of them."""
        return Embedding(self.embedding.features[rows], self.embedding.logits[rows])


def seen_by(batch: PhotoBatch, items: Sequence[AnsweredPhoto], version: str, progress: ProgressListener) -> SeenPhotos:
    """The answered photos, up to MAX_PHOTOS, as a version sees them; from the batch's folder after the first time.

    progress: told how many are looked at. Raises LookoutError.
    """
    path = find(batch.id).folder / f"seen-{version}.npz"
    if path.is_file():
        return _read(path)
    answered = [item.index for item in items if item.prediction.answer]
    if len(answered) > MAX_PHOTOS:
        random = np.random.default_rng(len(answered))
        answered = sorted(random.choice(answered, MAX_PHOTOS, replace=False).tolist())
    readable, parts = [], []
    first: LookoutError | None = None
    for done, index in enumerate(answered):
        progress(Progress(done / len(answered), Stage.ANSWERING, done=done, total=len(answered)))
        try:
            parts.append(site_versions.embed(SYSTEM, [{"image": batch.read(index)}], version))
        except LookoutError as problem:  # a photo that can no longer be read teaches nothing
            first = first or problem
            continue
        readable.append(index)
    if not parts:
        raise first or LookoutError(expected="answered photos", received="none", advice="Drop some more.")
    features = np.concatenate([part.features for part in parts])
    logits = np.concatenate([part.logits for part in parts])
    fresh = path.with_suffix(".part.npz")
    np.savez(fresh, indices=np.array(readable, dtype=int), features=features, logits=logits)
    fresh.replace(path)
    return _read(path)


def _read(path: Path) -> SeenPhotos:
    with np.load(path) as arrays:
        return SeenPhotos(arrays["indices"], Embedding(arrays["features"], arrays["logits"]))
