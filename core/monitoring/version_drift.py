"""The drift of one version over a period: every feature judged, since when it moved, and its effect step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from core.monitoring.drift import DriftVerdict, FeatureDrift, Reference, detect, start_of_change
from core.monitoring.drift.detection import MIN_ANSWERS
from core.monitoring.drift.effect import effect_size
from core.monitoring.feature_drift import step_counts
from core.monitoring.rates import MAX_STEPS, WIDTHS

if TYPE_CHECKING:  # of the same line of layers
    from core.store import DetailedStep
    from core.store.rollups.references import ReferenceBinning

ORDER = {DriftVerdict.DRIFTS: 0, DriftVerdict.HOLDS: 1, DriftVerdict.NOT_ENOUGH_DATA: 2}


@dataclass(frozen=True)
class VersionDrift:
    """The features of one version's answers in a period, held against its reference.

    judged: every feature of the reference; those that drift first, by how many times their effect is the floor.
    starts: of the steps with answers, rising [s since 1970], shape (steps,). counts: by feature, answers of each step
    in the reference's bins, the last one missing, shape (steps, bins + 1).
    """

    system: str
    version: str
    reference: Reference
    judged: tuple[FeatureDrift, ...]
    starts: np.ndarray
    counts: Mapping[str, np.ndarray]

    @property
    def n(self) -> int:
        """Answers of the period that were counted."""
        return max((feature.n for feature in self.judged), default=0)

    @property
    def n_by_step(self) -> np.ndarray:
        """Answers of each step, int, shape (steps,)."""
        by_feature = [table.sum(axis=1) for table in self.counts.values()]
        n: np.ndarray = np.max(by_feature, axis=0)
        return n

    def of(self, feature: str) -> FeatureDrift:
        """What is said of one feature. KeyError of one that the reference lacks."""
        return {each.feature: each for each in self.judged}[feature]

    def began(self, feature: str) -> int | None:
        """The start of the first step of a feature's change [s since 1970]; None where it does not drift.

        The first step's start stands for "in this step, or before the period". So it does where fewer than MIN_ANSWERS
        answers of the period came before the change: they cannot tell that it began later.
        """
        if self.of(feature).verdict is not DriftVerdict.DRIFTS:
            return None
        index = start_of_change(self.reference.features[feature], self.counts[feature]) or 0
        is_later = self.counts[feature][:index].sum() >= MIN_ANSWERS
        return int(self.starts[index if is_later else 0])


@dataclass(frozen=True)
class EffectSteps:
    """A feature's effect in each step of time, shape (steps,).

    starts: rising [s since 1970]. n: answers. effect: NaN where fewer than MIN_ANSWERS say nothing. by_chance: the
    effect that about 95 % of samples of this size stay below without drift. width: of a step.
    """

    starts: np.ndarray
    n: np.ndarray
    effect: np.ndarray
    by_chance: np.ndarray
    width: timedelta


def drift_of_versions(steps: Iterable[DetailedStep], references: Mapping[str, ReferenceBinning]) -> list[VersionDrift]:
    """Every version of one system that answered in a period and has a reference, in the order of their names.

    steps: `AnswerDetails` of the system. references: by version.
    """
    counted: dict[str, dict[int, list[Mapping[str, Sequence[int]]]]] = {}
    system = ""
    for step in steps:
        binning, system = references.get(step.version), step.system
        sample = None if binning is None else step_counts(step, binning)
        if sample:
            counted.setdefault(step.version, {}).setdefault(step.start, []).append(sample)
    return [_judged(system, version, references[version].reference, counted[version]) for version in sorted(counted)]


def effect_over_time(drift: VersionDrift, feature: str, width: timedelta) -> EffectSteps:
    """A feature's effect by steps of `width`, at least that of the counted steps; steps without answers are left out.

    The effect by chance follows from that of the whole period: for samples of n answers of a feature against N of its
    reference, both distances spread as sqrt(1 / n + 1 / N) (del Barrio, Gine and Matran 1999, Ann. Probab. 27:1009,
    for W1; the central limit theorem for shares).
    """
    histogram = drift.reference.features[feature]
    starts, counts = _widened(drift.starts, drift.counts[feature], int(width.total_seconds()))
    n = counts.sum(axis=1)
    starts, counts, n = starts[n > 0], counts[n > 0], n[n > 0]
    effect = np.where(n >= MIN_ANSWERS, effect_size(histogram, np.asarray(histogram.counts), counts), np.nan)
    judged = drift.of(feature)
    if judged.by_chance is None:
        return EffectSteps(starts, n, effect, np.full(len(n), np.nan), width)
    spread = sqrt(1 / judged.n + 1 / judged.reference_n)
    return EffectSteps(starts, n, effect, judged.by_chance * np.sqrt(1 / n + 1 / judged.reference_n) / spread, width)


def width_that_tells(starts: np.ndarray, n: np.ndarray, narrowest: timedelta) -> timedelta:
    """The shortest readable width of a step in which half of the steps hold the answers that a verdict needs.

    starts: of the counted steps, rising [s since 1970], shape (steps,). n: their answers. narrowest: their width.
    """
    widths = [width for width in WIDTHS if width >= narrowest]
    for width in widths:
        widened = _widened(starts, n[:, None], int(width.total_seconds()))[1]
        span = timedelta(seconds=int(starts[-1] - starts[0])) if len(starts) else timedelta(0)
        if span <= MAX_STEPS * width and np.median(widened) >= MIN_ANSWERS:
            return width
    return widths[-1]


def risen_bin(drift: VersionDrift, feature: str) -> int | None:
    """The index of the bin whose share rose most above the reference's; None without answers, or where none rose."""
    sample, reference = drift.counts[feature].sum(axis=0), np.asarray(drift.reference.features[feature].counts)
    if not sample.sum():
        return None
    change = sample / sample.sum() - reference / reference.sum()
    return int(change.argmax()) if change.max() > 0 else None


def newest_steps_with(drift: VersionDrift, feature: str, index: int, wanted: int) -> tuple[int, int] | None:
    """First and last start of the newest steps in which at least `wanted` answers lie in a bin; None if none does.

    Whoever reads the rows behind a bin reads these steps alone, however long the period is.
    """
    counts = drift.counts[feature][:, index]
    present = np.flatnonzero(counts)[::-1]
    if not len(present):
        return None
    enough = np.flatnonzero(np.cumsum(counts[present]) >= wanted)
    first = present[enough[0]] if len(enough) else present[-1]
    return int(drift.starts[first]), int(drift.starts[present[0]])


def _judged(
    system: str, version: str, reference: Reference, samples: Mapping[int, Sequence[Mapping[str, Sequence[int]]]]
) -> VersionDrift:
    starts = sorted(samples)
    counts = {
        name: np.array([_added(samples[start], name, len(histogram.counts)) for start in starts])
        for name, histogram in reference.features.items()
    }
    judged = detect(reference, {name: table.sum(axis=0).tolist() for name, table in counts.items()})
    ordered = tuple(sorted(judged, key=lambda each: (ORDER[each.verdict], -(each.effect or 0) / each.floor)))
    return VersionDrift(system, version, reference, ordered, np.array(starts, dtype=np.int64), counts)


def _added(samples: Sequence[Mapping[str, Sequence[int]]], feature: str, bins: int) -> np.ndarray:
    """A feature's counts of several samples together, int64, shape (bins,); zeros where none has any."""
    total = np.zeros(bins, dtype=np.int64)
    for sample in samples:
        if feature in sample:
            total += np.asarray(sample[feature], dtype=np.int64)
    return total


def _widened(starts: np.ndarray, counts: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Starts and counts of steps of `width` seconds, from narrower ones in order of time."""
    wide, first = np.unique(starts - starts % width, return_index=True)
    return wide, np.add.reduceat(counts, first, axis=0) if len(first) else counts
