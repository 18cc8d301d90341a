"""Which features of a sample drift: a relevant effect that is no chance, over all features together.

A feature drifts where its effect reaches a floor AND its p value passes Benjamini and Hochberg's procedure over the
features of the sample. Without drift in any feature, the chance of an alarm on any is then at most FALSE_DISCOVERIES
(Benjamini and Hochberg, J. R. Statist. Soc. B 57 (1995) 289; under positive dependence, Ann. Statist. 29 (2001) 1165).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from core.evaluation.shares import Z_95
from core.monitoring.drift.effect import effect_size, mean_shift
from core.monitoring.drift.histograms import CategoryHistogram, NumericHistogram
from core.monitoring.drift.reference import Reference
from core.monitoring.drift.significance import permutation_test

FALSE_DISCOVERIES = 0.02
"""Level of the false discovery rate: without drift one day in fifty alarms, and few more where the reference's own
error, the same every day, is great. `make bench-monitoring.drift` measures it."""
MIN_ANSWERS = 50
"""Answers of the sample, and of the reference, below which nothing is said."""
MIN_SHIFT = 0.1  # floor of a number's effect [SD]; the field's default threshold too (Evidently)
MIN_CHANGED_SHARE = 0.05  # floor of a category's effect: the share of answers that changed theirs
MAX_NAMED = 3  # categories that rose, and that fell


class DriftVerdict(StrEnum):
    """What is said of one feature."""

    DRIFTS = "drifts"
    HOLDS = "holds"
    NOT_ENOUGH_DATA = "not enough data"


@dataclass(frozen=True)
class FeatureDrift:
    """One feature of a sample against its reference.

    n, reference_n: answers of both, those that lack the feature too.
    effect: distance, in SD of the reference if the feature is a number, else the share of answers that changed their
    category. by_chance: effect that 95 % of samples of this size stay below without drift. p_value: not adjusted;
    adjusted_p_value: by Benjamini and Hochberg for all features of the sample, what FALSE_DISCOVERIES is held against.
    shift, shift_interval: of a number's mean [SD], with its 95 % interval.
    rose, fell: the bins or categories whose shares changed most, as (label, change of share), largest first.
    """

    feature: str
    n: int
    reference_n: int
    verdict: DriftVerdict
    is_number: bool
    effect: float | None = None
    by_chance: float | None = None
    p_value: float | None = None
    adjusted_p_value: float | None = None
    shift: float | None = None
    shift_interval: tuple[float, float] | None = None
    rose: tuple[tuple[str, float], ...] = ()
    fell: tuple[tuple[str, float], ...] = ()

    @property
    def floor(self) -> float:
        """The effect below which a change does not matter."""
        return MIN_SHIFT if self.is_number else MIN_CHANGED_SHARE


def detect(
    reference: Reference, counts: Mapping[str, Sequence[int]], seed: int | None = None
) -> tuple[FeatureDrift, ...]:
    """Every feature of the reference, judged by a sample, in the reference's order.

    counts: of the sample, as `count_features` and `add_counts` give them; a feature that it lacks has no answers.
    seed: of the draws; by default it follows from the counts, so that the same sample is judged in the same way.
    ValueError where counts do not fit the reference's bins.
    """
    judged = []
    for name, histogram in reference.features.items():
        sample = np.asarray(counts.get(name, np.zeros(len(histogram.counts))), dtype=np.int64)
        if sample.shape != (len(histogram.counts),) or (sample < 0).any():
            raise ValueError(f"Expected {len(histogram.counts)} counts of {name}. Received {sample.tolist()}.")
        own_seed = zlib.crc32(name.encode() + sample.tobytes()) if seed is None else seed
        judged.append(_measure(name, histogram, sample, np.random.default_rng(own_seed)))
    return _control_false_discoveries(judged)


def alarms(judged: Sequence[FeatureDrift]) -> tuple[FeatureDrift, ...]:
    """Those that drift, the largest multiple of its floor first."""
    drifting = [feature for feature in judged if feature.verdict is DriftVerdict.DRIFTS]
    return tuple(sorted(drifting, key=lambda feature: -(feature.effect or 0) / feature.floor))


def _measure(
    name: str, histogram: NumericHistogram | CategoryHistogram, sample: np.ndarray, random: np.random.Generator
) -> FeatureDrift:
    """Effect and p value of one feature; the verdict stands when all are known."""
    n, reference_n = int(sample.sum()), sum(histogram.counts)
    is_number = isinstance(histogram, NumericHistogram)
    if min(n, reference_n) < MIN_ANSWERS:
        return FeatureDrift(name, n, reference_n, DriftVerdict.NOT_ENOUGH_DATA, is_number)
    test = permutation_test(histogram, sample, random)
    shift = mean_shift(histogram, sample, Z_95) if isinstance(histogram, NumericHistogram) else None
    change = sample / n - np.asarray(histogram.counts) / reference_n
    order, labels = np.argsort(change, kind="stable"), histogram.labels
    return FeatureDrift(
        feature=name,
        n=n,
        reference_n=reference_n,
        verdict=DriftVerdict.HOLDS,
        is_number=is_number,
        effect=float(effect_size(histogram, np.asarray(histogram.counts), sample)),
        by_chance=test.by_chance,
        p_value=test.p_value,
        shift=shift[0] if shift else None,
        shift_interval=shift[1:] if shift else None,
        rose=tuple((labels[index], float(change[index])) for index in order[::-1][:MAX_NAMED] if change[index] > 0),
        fell=tuple((labels[index], float(change[index])) for index in order[:MAX_NAMED] if change[index] < 0),
    )


def _control_false_discoveries(judged: Sequence[FeatureDrift]) -> tuple[FeatureDrift, ...]:
    """The features with their verdicts: those drift whose adjusted p value and effect both pass."""
    from scipy.stats import false_discovery_control  # slow to import, and not needed where there is no data

    p_values = {feature.feature: feature.p_value for feature in judged if feature.p_value is not None}
    if not p_values:
        return tuple(judged)
    adjusted = dict(zip(p_values, false_discovery_control(list(p_values.values())), strict=True))
    return tuple(_concluded(feature, adjusted.get(feature.feature)) for feature in judged)


def _concluded(feature: FeatureDrift, adjusted: float | None) -> FeatureDrift:
    """The feature with its adjusted p value, None where it was not tested, and the verdict that follows."""
    if adjusted is None or feature.effect is None:
        return feature
    drifts = feature.effect >= feature.floor and adjusted <= FALSE_DISCOVERIES
    verdict = DriftVerdict.DRIFTS if drifts else feature.verdict
    return replace(feature, adjusted_p_value=float(adjusted), verdict=verdict)
