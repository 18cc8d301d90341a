"""What the frozen first layers make of every view and photo: computed once, kept on disk, the same for all runs.

These layers take most of a step's time and learn little: edges and textures are those of ImageNet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.progress import Progress, ProgressListener, Stage
from core.systems.waste.data.photos import LabelledPhoto
from core.systems.waste.data.views import Views
from core.systems.waste.network import lite2

if TYPE_CHECKING:  # Keras and TensorFlow take seconds to import and are there for training alone
    import keras

HALF = np.float16  # of these features it loses a thousandth, and halves the file


@dataclass(frozen=True)
class KeptFeatures:
    """Features of n views and then of m photos as they are, half precision, shape (n + m, rows, cols, channels)."""

    rows: np.ndarray
    row_of: dict[str, int]
    """The row of each photo by its key."""

    def of_drawn(self, photos: Sequence[LabelledPhoto], drawn: np.ndarray) -> np.ndarray:
        """Features of what `Samples.draw` drew from `photos`: views by index, photos by -1 - their index; float32."""
        return np.stack(
            [self.rows[index if index >= 0 else self.row_of[photos[-1 - index].key]] for index in drawn],
            dtype=np.float32,
        )


def keep(
    network: keras.Model,
    views: Views,
    photos: Sequence[LabelledPhoto],
    size: int,
    folder: Path,
    progress: ProgressListener,
) -> KeptFeatures:
    """The features at an input of `size` [px], read from `folder` if they were computed before.

    network: with the frozen layers as they came; their weights are part of the file's name.
    progress: told the share that is done. Raises what it raises.
    """
    lower = lite2.frozen_part(network)
    shape = (len(views) + len(photos), *lower.compute_output_shape((1, size, size, 3))[1:])
    path = folder / f"features-{_name(lower, views, photos, size)}.npy"
    if not path.is_file():
        unfinished = path.with_suffix(".part")
        written = np.lib.format.open_memmap(unfinished, mode="w+", dtype=HALF, shape=shape)
        _compute(lower, _pictures(views, photos), size, written, progress)
        written.flush()
        unfinished.replace(path)  # atomic: a reader sees a whole file or none
    rows = np.load(path, mmap_mode="r")
    return KeptFeatures(rows, {photo.key: len(views) + index for index, photo in enumerate(photos)})


def _name(lower: keras.Model, views: Views, photos: Sequence[LabelledPhoto], size: int) -> str:
    digest = hashlib.sha256(json.dumps([size, views.starts.tolist(), [photo.key for photo in photos]]).encode())
    for values in lower.get_weights():
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:16]


def _compute(
    lower: keras.Model, pictures: Iterable[Image.Image], size: int, into: np.ndarray, progress: ProgressListener
) -> None:
    done = 0
    for batch in lite2.run(lower, pictures, size):
        into[done : done + len(batch)] = batch
        done += len(batch)
        detail = f"features of views and photos: {done} of {len(into)}"
        progress(Progress(done / len(into), Stage.TRAINING, detail=detail))


def _pictures(views: Views, photos: Sequence[LabelledPhoto]) -> Iterator[Image.Image]:
    for index in range(len(views)):
        yield Image.fromarray(views.pixels(index))
    for photo in photos:
        yield photo.decode()
