"""What an epoch draws: which photos how often, in which view, and what is expected of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.systems.waste.data.photos import BOARD, LabelledPhoto
from core.systems.waste.data.views import INVENTED, Views
from core.systems.waste.labels import MATERIALS

LABEL_SMOOTHING = 0.05


@dataclass(frozen=True)
class TrainingSchedule:
    """Epochs, learning rate and batch size; repeats per epoch of rarer photos.

    blend_*: the first epochs, whose examples are blended.
    polish_*: the last ones, on photos half of which are as they came.
    rate: the highest learning rate; it falls along a cosine over all epochs.
    batch: examples of one step.
    rare: how often an epoch draws a photo of `trash` from TrashNet's board; of another material it is once.
    wild: how often it draws a photo from other people's cameras; of a source that shows one material it is once.
    out_of_scope: how often it draws a photo of no waste.
    invented: how many bare invented grounds it draws.
    """

    blend_epochs: int = 8
    polish_epochs: int = 4
    rate: float = 3e-4
    batch: int = 32
    rare: int = 2
    wild: int = 2
    out_of_scope: int = 1
    invented: int = 60

    @property
    def epochs(self) -> int:
        """How many epochs a training has, blended and polished ones together."""
        return self.blend_epochs + self.polish_epochs


@dataclass(frozen=True)
class Samples:
    """Views that may be drawn, by photo."""

    views: list[np.ndarray]
    """Indices of the views of each photo."""
    repeats: np.ndarray
    """How often an epoch draws a view of it; int, one per photo."""
    materials: np.ndarray
    """Index in MATERIALS, or -1 where the photo does not say; one per photo."""
    in_scope: np.ndarray
    """1.0 or 0.0, one per photo."""
    photos: list[LabelledPhoto]
    """The photos themselves; shorter than `views` if bare invented grounds come last."""

    def draw(self, random: np.random.Generator, plain_share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One epoch in random order: view indices (n,), material targets (n, 6; zeros where unknown), scope (n,).

        random: draws views and order.
        plain_share: share of draws that give the photo itself, as -1 - its index, instead of the index of a view.
        """
        which = random.permutation(np.repeat(np.arange(len(self.views)), self.repeats))
        chosen = np.array([self.views[photo][random.integers(len(self.views[photo]))] for photo in which])
        if plain_share:
            plain = (random.random(len(which)) < plain_share) & (which < len(self.photos))
            chosen = np.where(plain, -1 - which, chosen)
        return chosen, _targets(self.materials[which]), self.in_scope[which].astype(np.float32)


def collect(photos: Sequence[LabelledPhoto], views: Views, schedule: TrainingSchedule) -> Samples:
    """What a run may draw: views of its training photos whose ground, too, is a training photo."""
    allowed = {photo.key for photo in photos} | {""}
    by_owner: dict[str, list[int]] = {}
    for index, (owner, ground) in enumerate(zip(views.owners, views.grounds, strict=True)):
        if ground in allowed:
            by_owner.setdefault(owner, []).append(index)
    drawn = [photo for photo in photos if photo.key in by_owner]
    indices = [np.array(by_owner[photo.key]) for photo in drawn]
    shown: dict[str, set[str | None]] = {}
    for photo in drawn:
        shown.setdefault(photo.source, set()).add(photo.material)
    repeats = [_repeats(photo, schedule, len(shown[photo.source]) == 1) for photo in drawn]
    materials = [MATERIALS.index(photo.material) if photo.material else -1 for photo in drawn]
    scope = [float(photo.in_scope) for photo in drawn]
    if bare := by_owner.get(INVENTED, []):
        indices.append(np.array(bare))
        repeats.append(schedule.invented)
        materials.append(-1)
        scope.append(0.0)
    return Samples(indices, np.array(repeats), np.array(materials), np.array(scope), drawn)


def _repeats(photo: LabelledPhoto, schedule: TrainingSchedule, of_one_material: bool) -> int:
    """How often an epoch draws a view of the photo; `of_one_material`: all photos of its source are alike in that."""
    if not photo.in_scope:
        return schedule.out_of_scope
    if photo.source != BOARD:
        return 1 if of_one_material else schedule.wild
    return schedule.rare if photo.material == "trash" else 1


def _targets(materials: np.ndarray) -> np.ndarray:
    """Smoothed one-hot targets, float32, shape (n, 6); rows of zeros where the material is -1."""
    count = len(MATERIALS)
    labelled = (materials >= 0)[:, None]
    hot = np.eye(count)[np.maximum(materials, 0)]
    targets = labelled * (hot * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / count)
    return np.asarray(targets, dtype=np.float32)
