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
from core.systems.waste.data.photos import Photo

RECIPE = 1  # raise it when the look of views changes: old files are then not used any more
SHORT_SIDE = 256  # px; photos are shrunk to this before they are cropped
GROUND_SHARE = 0.5  # of pasted objects that lie on a photographed ground, the others on an invented one
WORKERS = 2
INVENTED = "invented"
"""Key of the views that show an invented ground and nothing else."""


@dataclass(frozen=True)
class Plan:
    """How many views: of photos from a plain board, of other waste, of what is no waste, of bare invented grounds."""

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
    """Encoded views: view i shows the photo with key owners[i] on that of grounds[i] ("" for none).

    Its JPEG is data[starts[i] : starts[i + 1]].
    """

    owners: list[str]
    grounds: list[str]
    starts: np.ndarray
    data: np.ndarray

    def __len__(self) -> int:
        return len(self.owners)

    def pixels(self, place: int) -> np.ndarray:
        """View number `place`, uint8, (size, size, 3)."""
        encoded = self.data[self.starts[place] : self.starts[place + 1]].tobytes()
        return np.asarray(Image.open(io.BytesIO(encoded)))


def make(
    photos: Sequence[Photo], manifest: str, plan: Plan, folder: Path, progress: ProgressListener, workers: int = WORKERS
) -> Views:
    """The views of all photos: read from `folder` if they were made before, else made and kept there."""
    name = hashlib.sha256(json.dumps([RECIPE, manifest, plan.__dict__], sort_keys=True).encode()).hexdigest()[:16]
    path = folder / f"views-{name}"
    if not path.with_suffix(".json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        _write(photos, plan, path, progress, workers)
    index = json.loads(path.with_suffix(".json").read_text())
    data = np.memmap(path.with_suffix(".bin"), dtype=np.uint8, mode="r")
    return Views(index["owners"], index["grounds"], np.array(index["starts"]), data)


def _write(photos: Sequence[Photo], plan: Plan, path: Path, progress: ProgressListener, workers: int) -> None:
    grounds = [photo for photo in photos if is_ground(photo)]
    tasks = [(photo, plan, grounds) for photo in photos] + [(None, plan, grounds)]
    owners, used, starts = [], [], [0]
    with path.with_suffix(".bin").open("wb") as file, ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        waiting = iter(tasks)
        done = 0
        while batch := list(islice(waiting, 64 * workers)):  # small batches, so that cancelling takes effect soon
            for key, made in pool.map(_views_of, batch, chunksize=16):
                for encoded, ground in made:
                    file.write(encoded)
                    owners.append(key)
                    used.append(ground)
                    starts.append(starts[-1] + len(encoded))
            done += len(batch)
            progress(Progress(done / len(tasks), Stage.TRAINING, detail=f"views of photos: {done} of {len(tasks)}"))
    index = {"owners": owners, "grounds": used, "starts": starts}
    path.with_suffix(".json").write_text(json.dumps(index))  # last: the file counts as complete only with its index


def is_ground(photo: Photo) -> bool:
    """Whether the photo shows empty ground or a scene on which waste could lie."""
    return not photo.in_scope and photo.source in ("aqua_background", "azure_misc")


def count(photo: Photo, plan: Plan) -> int:
    """Views of a photo: rare kinds get more, for they are drawn more often."""
    if not photo.in_scope:
        return plan.out_of_scope
    if photo.source != "trashnet":
        return plan.wild
    return plan.rare if photo.material == "trash" else plan.board


def _views_of(task: tuple[Photo | None, Plan, list[Photo]]) -> tuple[str, list[tuple[bytes, str]]]:
    photo, plan, grounds = task
    if photo is None:
        random = np.random.default_rng(RECIPE)
        return INVENTED, [(as_jpeg(invent(plan.size, random), random), "") for _ in range(plan.invented)]
    random = np.random.default_rng(int.from_bytes(hashlib.sha256(photo.key.encode()).digest()[:8]))
    picture = shrunk(photo.decode())
    cutout = cut_out(picture) if photo.in_scope else None
    made = []
    for _ in range(count(photo, plan)):
        if cutout is None or random.random() >= plan.pasted_share:
            made.append((as_jpeg(view(picture, plan.size, random), random), ""))
            continue
        ground = grounds[random.integers(len(grounds))] if grounds and random.random() < GROUND_SHARE else None
        under = shrunk(ground.decode()) if ground else None
        seen = view_on_ground(cutout, photo.material, under, plan.size, random)
        made.append((as_jpeg(seen, random), ground.key if ground else ""))
    return photo.key, made


def shrunk(picture: Image.Image) -> Image.Image:
    """The picture with its short side at SHORT_SIDE px at most."""
    scale = SHORT_SIDE / min(picture.size)
    if scale >= 1:
        return picture
    size = (round(picture.width * scale), round(picture.height * scale))
    return picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
