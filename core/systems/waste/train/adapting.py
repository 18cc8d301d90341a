"""How good answers are at a place that taught a few photos: some teach, drawn by group, all others judge."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t as student

from core.errors import InvalidInput
from core.systems.waste.calibration import OTHER_INDICES, PLASTIC_INDICES, at_site, calibrated, general_logits
from core.systems.waste.data.photos import LabelledPhoto
from core.systems.waste.engine import WasteEngine, WasteOutputs, without_features
from core.systems.waste.labels import MATERIALS
from core.systems.waste.train import metrics
from core.systems.waste.train.labelled_logits import LabelledLogits
from core.teaching import checking, site_head

TAUGHT_WITH, TAUGHT_SEEDS = (5, 10, 20), 5  # labels of each kind that teach a place; how often they are drawn
FEWEST = 50  # photos of a place by which teaching it is measured
KEPT_SHARE = 0.5
"""Of the groups of a label, this share judges at least, however many photos were to teach."""

Kind = Callable[[LabelledPhoto], str | None]
"""What photos are drawn apart by; None of a photo that does not teach."""


@dataclass(frozen=True)
class TaughtFigures:
    """One drawing: how many photos taught, whether the head was used, and the figures of the others."""

    taught: int
    used: bool
    figures: metrics.WasteFigures


def by_label(photo: LabelledPhoto) -> str | None:
    """The label of a photo; of one that is known to be plastic or not alone, that; None without any."""
    if photo.material or photo.plastic is None:
        return photo.material
    return f"plastic {photo.plastic}"


def by_side(photo: LabelledPhoto) -> str | None:
    """Whether a photo shows plastic; None where that is not known."""
    return None if photo.plastic is None else str(photo.plastic)


def figures(
    engine: WasteEngine,
    photos: Sequence[LabelledPhoto],
    outputs: WasteOutputs,
    adapt: int,
    seeds: int,
    kind: Kind = by_label,
) -> dict[str, Any]:
    """Means over the seeds, with 95 % intervals of those means by name, and `n_taught`, `used_share`.

    outputs: what the network says of the photos, n of them. adapt: photos of each kind that teach.
    InvalidInput where the version gives no features, or where no photo would judge.
    """
    labelled = LabelledLogits.of(photos, outputs.logits)
    trials = [
        _trial(engine, photos, labelled, outputs, drawn(photos, adapt, seed, kind), seed) for seed in range(seeds)
    ]
    rows = [metrics.flat(trial.figures) for trial in trials]
    values = {name: np.array([row[name] for row in rows]) for name in rows[0] if all(name in row for row in rows)}
    return {
        "n": float(np.mean([trial.figures["n"] for trial in trials])),
        **metrics.nested({name: float(column.mean()) for name, column in values.items()}),
        "n_taught": float(np.mean([trial.taught for trial in trials])),
        "used_share": float(np.mean([trial.used for trial in trials])),
        "seeds": seeds,
        "intervals": {name: _interval(column) for name, column in values.items()} if seeds > 1 else {},
    }


def taught(
    engine: WasteEngine, photos: Sequence[LabelledPhoto], outputs: WasteOutputs, sources: Collection[str]
) -> dict[str, dict[str, Any]]:
    """How good answers become at places that teach a few labels, by source and number of labels of each material.

    photos, outputs: all test photos, and what the network says of them. sources: never trained on; of those that show
    one label alone, few photos or one group of each label nothing is measured.
    """
    figures_by_source: dict[str, dict[str, Any]] = {}
    for source in sorted(sources):
        rows = np.array([photo.in_scope and photo.source == source for photo in photos])
        own = [photo for photo, chosen in zip(photos, rows, strict=True) if chosen]
        shows_both = len({photo.plastic for photo in own}) > 1
        if not shows_both or len(own) < FEWEST or not drawn(own, 1, 0).any():
            continue
        figures_by_source[source] = {
            str(count): figures(engine, own, outputs.pick(rows), count, TAUGHT_SEEDS) for count in TAUGHT_WITH
        }
    return figures_by_source


def drawn(photos: Sequence[LabelledPhoto], adapt: int, seed: int, kind: Kind = by_label) -> np.ndarray:
    """Which photos teach: whole groups of each kind until it has `adapt` photos; bool, shape (n,).

    The last group gives only as many as are wanted; its other photos neither teach nor judge: see `judges`.
    """
    random = np.random.default_rng(seed)
    teach = np.zeros(len(photos), dtype=bool)
    for indices in _by_kind(photos, kind):
        groups: dict[str, list[int]] = {}
        for index in indices:
            groups.setdefault(_group(photos[index]), []).append(index)
        left = adapt
        for name in random.permutation(sorted(groups))[: int(len(groups) * (1 - KEPT_SHARE))]:
            chosen = groups[name][:left]
            teach[chosen] = True
            left -= len(chosen)
            if not left:
                break
    return teach


def judges(photos: Sequence[LabelledPhoto], teach: np.ndarray) -> np.ndarray:
    """Which photos judge: those of groups of which none taught; bool, shape (n,)."""
    taught = {_group(photo) for photo, chosen in zip(photos, teach, strict=True) if chosen}
    return np.array([_group(photo) not in taught for photo in photos], dtype=bool)


def possible(photos: Sequence[LabelledPhoto]) -> np.ndarray:
    """The materials that each label leaves open, bool, shape (n, 6)."""
    left_open = np.ones((len(photos), len(MATERIALS)), dtype=bool)
    for row, photo in zip(left_open, photos, strict=True):
        if photo.material:
            row[:] = [material == photo.material for material in MATERIALS]
        elif photo.plastic is not None:
            row[OTHER_INDICES if photo.plastic else PLASTIC_INDICES] = False
    return left_open


def _trial(
    engine: WasteEngine,
    photos: Sequence[LabelledPhoto],
    labelled: LabelledLogits,
    outputs: WasteOutputs,
    teach: np.ndarray,
    seed: int,
) -> TaughtFigures:
    if outputs.features is None:
        raise without_features()
    judge = judges(photos, teach)
    if not judge.any() or not teach.any():
        raise InvalidInput(
            expected="photos of at least two groups for each label: some teach, the others judge",
            received=f"{len(photos)} photos, of which {int(teach.sum())} would teach and {int(judge.sum())} judge",
            advice="Give more photos.",
        )
    general = calibrated(labelled.logits, engine.calibration)
    logits = general_logits(general)
    lesson = outputs.features[teach], logits[teach], possible(photos)[teach]
    check = checking.check(*lesson, seed)
    used = check is not None and check.is_better
    scores, calibration = general, engine.calibration
    if used:
        head = site_head.fit(*lesson)
        scores = at_site(general, head.logits(outputs.features, logits))
        calibration = engine.at_site(head.logits).calibration
    judged = metrics.judge_scores(labelled, metrics.units(photos), scores, calibration)
    return TaughtFigures(int(teach.sum()), used, metrics.figures(judged.pick(judge)))


def _group(photo: LabelledPhoto) -> str:
    return photo.group or photo.key


def _by_kind(photos: Sequence[LabelledPhoto], kind: Kind) -> Iterator[list[int]]:
    """The indices of the photos of each kind, kinds in the order of their names."""
    indices: dict[str, list[int]] = {}
    for index, photo in enumerate(photos):
        if (name := kind(photo)) is not None:
            indices.setdefault(name, []).append(index)
    yield from (indices[name] for name in sorted(indices))


def _interval(values: np.ndarray) -> list[float]:
    """95 % interval of a mean over seeds, by Student's distribution."""
    half = float(student.ppf(0.975, len(values) - 1)) * float(values.std(ddof=1)) / np.sqrt(len(values))
    return [float(values.mean() - half), float(values.mean() + half)]
