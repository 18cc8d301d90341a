"""Many random views of every photo, made once and kept as JPEG: augmentation costs more than a training step here.

The views of a photo depend only on its key and number, so that runs with different splits share one file. A view
remembers the photo that its ground came from: a run leaves out views whose ground it must not have seen.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

from core.progress import Progress, ProgressListener, Stage
from core.systems.waste.data.augmentation import as_jpeg, view, view_on_ground
from core.systems.waste.data.backgrounds import invent
from core.systems.waste.data.cutout import cut_out
from core.systems.waste.data.photos import BOARD, LabelledPhoto

RECIPE = 1  # raise it when the look of views changes: old files are then not used any more
SHORT_SIDE = 256  # px; photos are shrunk to this before they are cropped
GROUND_SHARE = 0.5  # of pasted objects that lie on a photographed ground, the others on an invented one
WORKERS = 2
INVENTED = "invented"
"""Key of the views that show an invented ground and nothing else."""


@dataclass(frozen=True)
class ViewPlan:
    """How many views are made of each photo, and of which size; its fields are part of the name of the views' file.

    size: side of a view [px].
    board: views of a photo from TrashNet's plain board.
    rare: views of one of those that shows `trash`.
    wild: views of a photo from other people's cameras.
    out_of_scope: views of a photo of no waste.
    invented: views of bare invented grounds, in all.
    """

    size: int = 192
    board: int = 8
    rare: int = 14
    wild: int = 14
    out_of_scope: int = 14
    invented: int = 400
    pasted_share: float = 0.5
    """Of a board photo's views, those that lay the object on another ground."""


@dataclass(frozen=True)
class Views:
    """Encoded views.

    owners: key of the photo that a view shows, one per view; INVENTED for a bare ground.
    grounds: key of the photo that its ground came from, one per view; "" for none.
    starts: view i is the JPEG data[starts[i] : starts[i + 1]]; int, one more than there are views.
    data: all JPEGs, one after the other, uint8.
    """

    owners: list[str]
    grounds: list[str]
    starts: np.ndarray
    data: np.ndarray

    def __len__(self) -> int:
        return len(self.owners)

    def pixels(self, index: int) -> np.ndarray:
        """One view, uint8, shape (size, size, 3)."""
        encoded = self.data[self.starts[index] : self.starts[index + 1]].tobytes()
        return np.asarray(Image.open(io.BytesIO(encoded)))


def make(
    photos: Sequence[LabelledPhoto],
    manifest: str,
    plan: ViewPlan,
    folder: Path,
    progress: ProgressListener,
    workers: int = WORKERS,
) -> Views:
    """The views of all photos: read from `folder` if they were made before, else made and kept there.

    photos: what is viewed; those of empty scenes also serve as grounds.
    manifest: `photos.manifest_hash` of them.
    plan: how many views, of which size.
    folder: where views are kept by the hash of manifest and plan.
    progress: told the share that is done. Raises what it raises.
    workers: processes that make views.
    """
    name = hashlib.sha256(json.dumps([RECIPE, manifest, plan.__dict__], sort_keys=True).encode()).hexdigest()[:16]
    path = folder / f"views-{name}"
    if not path.with_suffix(".json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        _write(photos, plan, path, progress, workers)
    index = json.loads(path.with_suffix(".json").read_text())
    data = np.memmap(path.with_suffix(".bin"), dtype=np.uint8, mode="r")
    return Views(index["owners"], index["grounds"], np.array(index["starts"]), data)


def _write(
    photos: Sequence[LabelledPhoto], plan: ViewPlan, path: Path, progress: ProgressListener, workers: int
) -> None:
    grounds = [photo for photo in photos if is_ground(photo)]
    tasks = [(photo, plan, grounds) for photo in photos] + [(None, plan, grounds)]
    owners, used, starts = [], [], [0]
    with path.with_suffix(".bin").open("wb") as file, ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        waiting = iter(tasks)
        done = 0
        while batch := list(islice(waiting, 64 * workers)):  # small batches, so that cancelling takes effect soon
            for key, views in pool.map(_views_of, batch, chunksize=16):
                for encoded, ground in views:
                    file.write(encoded)
                    owners.append(key)
                    used.append(ground)
                    starts.append(starts[-1] + len(encoded))
            done += len(batch)
            progress(Progress(done / len(tasks), Stage.TRAINING, detail=f"views of photos: {done} of {len(tasks)}"))
    index = {"owners": owners, "grounds": used, "starts": starts}
    path.with_suffix(".json").write_text(json.dumps(index))  # last: the file counts as complete only with its index


def is_ground(photo: LabelledPhoto) -> bool:
    """Whether the photo shows empty ground or a scene on which waste could lie."""
    return not photo.in_scope and photo.source in ("aqua_background", "azure_misc")


def count(photo: LabelledPhoto, plan: ViewPlan) -> int:
    """How many views are made of a photo: more of rare kinds, for they are drawn more often."""
    if not photo.in_scope:
        return plan.out_of_scope
    if photo.source != BOARD:
        return plan.wild
    return plan.rare if photo.material == "trash" else plan.board


def _views_of(task: tuple[LabelledPhoto | None, ViewPlan, list[LabelledPhoto]]) -> tuple[str, list[tuple[bytes, str]]]:
    """The key of a photo and its views, each a JPEG with the key of its ground.

    task: the photo, or None for bare invented grounds; the plan; photos that serve as grounds.
    """
    photo, plan, grounds = task
    if photo is None:
        random = np.random.default_rng(RECIPE)
        return INVENTED, [(as_jpeg(invent(plan.size, random), random), "") for _ in range(plan.invented)]
    random = np.random.default_rng(int.from_bytes(hashlib.sha256(photo.key.encode()).digest()[:8]))
    picture = shrunk(photo.decode())
    cutout = cut_out(picture) if photo.in_scope else None
    views = []
    for _ in range(count(photo, plan)):
        if cutout is None or random.random() >= plan.pasted_share:
            views.append((as_jpeg(view(picture, plan.size, random), random), ""))
            continue
        ground = grounds[random.integers(len(grounds))] if grounds and random.random() < GROUND_SHARE else None
        background = shrunk(ground.decode()) if ground else None
        picture_on_ground = view_on_ground(cutout, photo.material, background, plan.size, random)
        views.append((as_jpeg(picture_on_ground, random), ground.key if ground else ""))
    return photo.key, views


def shrunk(picture: Image.Image, short_side: float = SHORT_SIDE) -> Image.Image:
    """The picture with its short side at `short_side` px at most."""
    scale = short_side / min(picture.size)
    if scale >= 1:
        return picture
    size = (round(picture.width * scale), round(picture.height * scale))
    return picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
