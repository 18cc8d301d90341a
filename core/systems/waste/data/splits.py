"""Who trains, who calibrates, who tests: whole groups of photos, dealt out within each source and material."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from core.systems.waste.data.photos import LabelledPhoto

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class PhotoSplit:
    """Three disjoint lists of photos, each sorted by key."""

    train: list[LabelledPhoto]
    validation: list[LabelledPhoto]
    test: list[LabelledPhoto]


def split(
    photos: Sequence[LabelledPhoto],
    seed: int | Sequence[int],
    shares: tuple[float, float, float] = (0.7, 0.1, 0.2),
    leave_out: Collection[str] = (),
    only_train: Collection[str] = (),
) -> PhotoSplit:
    """Divide the photos so that no group is torn apart; a photo without a group is its own.

    The groups that came with the photos give a random stratified split (as published figures use for TrashNet);
    photos from `duplicates.grouped` give one that keeps near-duplicates together.

    photos: labelled photos, in any order.
    seed: of the random order in which groups are dealt out.
    shares: of train, validation and test, within each stratum (source and material).
    leave_out: sources whose every photo goes to test.
    only_train: sources of which no photo calibrates or tests.
    """
    random = np.random.default_rng(seed)
    parts: dict[str, list[LabelledPhoto]] = {part: [] for part in PARTS}
    strata: dict[tuple[str, str], list[list[LabelledPhoto]]] = defaultdict(list)
    for unit in _units(photos):
        if any(photo.source in leave_out for photo in unit):
            parts["test"] += unit
        elif any(photo.source in only_train for photo in unit):
            parts["train"] += unit
        else:
            strata[_stratum(unit)].append(unit)
    for stratum in sorted(strata):
        _deal(strata[stratum], parts, shares, random)
    return PhotoSplit(*(sorted(parts[part], key=lambda photo: photo.key) for part in PARTS))


def _units(photos: Sequence[LabelledPhoto]) -> list[list[LabelledPhoto]]:
    """What must not be torn apart, in a fixed order."""
    units: dict[str, list[LabelledPhoto]] = defaultdict(list)
    for photo in sorted(photos, key=lambda photo: photo.key):
        units[photo.group or photo.key].append(photo)
    return [units[name] for name in sorted(units)]


def _stratum(unit: Sequence[LabelledPhoto]) -> tuple[str, str]:
    """Source and most frequent material of photos that stay together."""
    material, _ = Counter(photo.material or "none" for photo in unit).most_common(1)[0]
    return unit[0].source, material


def _deal(
    units: list[list[LabelledPhoto]],
    parts: dict[str, list[LabelledPhoto]],
    shares: tuple[float, float, float],
    random: np.random.Generator,
) -> None:
    """Deal units out in random order, each to the part that is furthest below its share."""
    total = sum(len(unit) for unit in units)
    filled = [0, 0, 0]
    for index in random.permutation(len(units)):
        chosen = int(np.argmax([share * total - count for share, count in zip(shares, filled, strict=True)]))
        filled[chosen] += len(units[index])
        parts[PARTS[chosen]] += units[index]
