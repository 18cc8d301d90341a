"""Scenes with several objects and their boxes: cut-outs of single photos pasted on photographed or invented grounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
from PIL import Image

from core.systems.waste.data.augmentation import any_angle, frame, is_see_through, light
from core.systems.waste.data.backgrounds import invent
from core.systems.waste.data.cutout import Cutout, Placement, cut_out, paste
from core.systems.waste.data.photos import BOARD, LabelledPhoto
from core.systems.waste.data.views import SHORT_SIDE, is_ground, shrunk

SIDE = 288  # px of a scene from which the network learns: it sees fewer
PHOTO_SIDE = 864  # px of a scene with as many pixels as a photo has: found objects are cropped from it
TRIES = 40  # places tried for one object before it is left out
MOST_COVERED = 0.2  # share of any object's outline that others may cover
PHOTO_GROUND_SHARE = 0.5
BOARD_SHARE = 0.2  # of scenes that lie on a plain light ground, as TrashNet's board is
LARGEST = {1: 0.9, 2: 0.6, 3: 0.5, 4: 0.45, 5: 0.4}
"""Longer side of the largest object by the number of objects, as a share of the scene's side."""
SMALLEST_SHARE = 0.45  # of the largest
OPAQUE = 127
CROPPED = (0.02, 0.02, 0.98, 0.98)  # box of the object in a photo that is cropped to it
COUNTS, SHARES = (0, 1, 2, 3, 4, 5), (0.05, 0.25, 0.2, 0.2, 0.15, 0.15)  # of objects, in scenes for training
AT_ONCE = 64  # scenes of one task
OBJECTS_OF_TASK, GROUNDS_OF_TASK = 160, 12  # photos that the scenes of a task are drawn from
WORKERS = 2


@dataclass(frozen=True)
class Scene:
    """A picture of several objects.

    picture: RGB, square. boxes: left, upper, right, lower edge of each object as shares of the sides, shape (n, 4).
    photos: of the n objects alone.
    """

    picture: Image.Image
    boxes: np.ndarray
    photos: tuple[LabelledPhoto, ...]


def draw(
    photos: Sequence[LabelledPhoto], count: int, seed: int, counts: Sequence[int] = COUNTS, side: int = SIDE
) -> Iterator[Scene]:
    """`count` scenes of the objects that can be cut out of the photos, on the empty grounds among these.

    seed: of everything that is drawn. counts: numbers of objects; COUNTS in their SHARES, any others alike.
    side: of the scenes [px].
    """
    objects = [photo for photo in photos if photo.in_scope and photo.source == BOARD]
    grounds = [photo for photo in photos if is_ground(photo)]
    tasks = []
    for start in range(0, count, AT_ONCE):
        random = np.random.default_rng([seed, start])
        chosen = [_some(objects, OBJECTS_OF_TASK, random), _some(grounds, GROUNDS_OF_TASK, random)]
        tasks.append((*chosen, tuple(counts), side, min(AT_ONCE, count - start), [seed, start, 1]))
    with ProcessPoolExecutor(WORKERS, get_context("spawn")) as pool:
        for scenes in pool.map(_scenes_of, tasks):
            yield from scenes


def singles(photos: Sequence[LabelledPhoto]) -> Iterator[tuple[Image.Image, np.ndarray]]:
    """Photos as they are, each with the boxes of what it shows, shape (0 or 1, 4), shares of the sides.

    The object on a plain board lies where it can be cut out; photos on which that fails are left out. Other people's
    photos of waste are cropped to the object.
    """
    for photo in photos:
        picture = shrunk(photo.decode())
        if not photo.in_scope:
            yield picture, np.zeros((0, 4))
        elif photo.source != BOARD:
            yield picture, np.array([CROPPED])
        elif cutout := cut_out(picture):
            yield picture, np.array([cutout.box]) / np.array([picture.width, picture.height] * 2)


def _some(photos: Sequence[LabelledPhoto], most: int, random: np.random.Generator) -> list[LabelledPhoto]:
    return [photos[index] for index in random.permutation(len(photos))[:most]]


def _scenes_of(
    task: tuple[Sequence[LabelledPhoto], Sequence[LabelledPhoto], tuple[int, ...], int, int, list[int]],
) -> list[Scene]:
    """Scenes of a task: photos of objects, of grounds, numbers of objects to draw from, side, how many, a seed."""
    photos, ground_photos, counts, side, many, seed = task
    short_side = SHORT_SIDE * side / SIDE
    cut = [(cut_out(shrunk(photo.decode(), short_side)), photo) for photo in photos]
    cutouts = [(cutout, photo) for cutout, photo in cut if cutout is not None]
    grounds = [shrunk(photo.decode(), short_side) for photo in ground_photos]
    random = np.random.default_rng(seed)
    scenes = []
    for _ in range(many):
        number = int(random.choice(counts, p=SHARES if counts == COUNTS else None))
        on_photo = grounds and random.random() < PHOTO_GROUND_SHARE
        ground = grounds[random.integers(len(grounds))] if on_photo else None
        scenes.append(compose(cutouts, number, ground, random, side))
    return scenes


def compose(
    cutouts: Sequence[tuple[Cutout, LabelledPhoto]],
    count: int,
    ground: Image.Image | None,
    random: np.random.Generator,
    side: int = SIDE,
) -> Scene:
    """A scene of some of the cut-outs, fewer than `count` where no room is left.

    cutouts: objects with their photos, from which `count` are drawn.
    ground: a photo of empty ground; without it, a plain light or an invented one.
    random: draws objects, places, sizes, angles and light.
    side: of the scene [px].
    """
    picture = _ground(ground, random, side)
    outlines: list[np.ndarray] = []
    photos: list[LabelledPhoto] = []
    largest = LARGEST.get(count, min(LARGEST.values())) * side
    for index in random.choice(len(cutouts), size=min(count, len(cutouts)), replace=False):
        cutout, photo = cutouts[index]
        see_through = is_see_through(photo.material, random)
        for _ in range(TRIES):
            longest = random.uniform(SMALLEST_SHARE, 1.0) * largest
            placement = Placement(any_angle(random), longest, random.uniform(), random.uniform(), see_through)
            pasted, alpha = paste(cutout, picture, placement)
            outline = np.asarray(alpha) > OPAQUE
            if not outline.any() or any((each & outline).sum() > MOST_COVERED * each.sum() for each in outlines):
                continue
            picture = pasted
            outlines.append(outline)
            photos.append(photo)
            break
    boxes = np.array([_box(outline) for outline in outlines]).reshape(-1, 4)
    return Scene(light(picture, random), boxes, tuple(photos))


def _ground(photo: Image.Image | None, random: np.random.Generator, side: int) -> Image.Image:
    if photo is not None:
        return light(frame(photo, side, random), random)
    if random.random() < BOARD_SHARE:
        shade = np.linspace(random.uniform(170, 245), random.uniform(170, 245), side)[:, None, None] * random.uniform(
            0.93, 1.0, 3
        )
        return Image.fromarray(np.broadcast_to(shade, (side, side, 3)).astype(np.uint8))
    return invent(side, random)


def _box(outline: np.ndarray) -> tuple[float, float, float, float]:
    """Left, upper, right and lower edge of the mask, as shares of its sides."""
    rows, columns = np.flatnonzero(outline.any(axis=1)), np.flatnonzero(outline.any(axis=0))
    return (
        columns[0] / outline.shape[1],
        rows[0] / outline.shape[0],
        (columns[-1] + 1) / outline.shape[1],
        (rows[-1] + 1) / outline.shape[0],
    )
