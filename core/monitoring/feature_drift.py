"""The features of answers in the log against the references of the versions that gave them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from core.monitoring.drift import PREDICTED_CLASS, CategoryHistogram, FeatureDrift, Reference, add_counts, detect

if TYPE_CHECKING:  # of the same line of layers
    from core.store import DetailedStep
    from core.store.rollups.references import ReferenceBinning


def drift_by_version(
    steps: Iterable[DetailedStep], references: Mapping[str, ReferenceBinning]
) -> dict[str, tuple[FeatureDrift, ...]]:
    """Each feature of each version that has a reference, judged by the answers of a period.

    steps: `AnswerDetails` of one system. references: by version. Steps that were counted by the bins of another
    reference are left out until they are counted again.
    """
    counts: dict[str, dict[str, list[int]]] = defaultdict(dict)
    for step in steps:
        binning = references.get(step.version)
        sample = None if binning is None else step_counts(step, binning)
        if sample is not None:
            counts[step.version] = add_counts(counts[step.version], sample)
    return {version: detect(references[version].reference, sample) for version, sample in counts.items()}


def step_counts(step: DetailedStep, binning: ReferenceBinning) -> dict[str, list[int]] | None:
    """By feature, how many answers of a step fall into each bin of the reference, the predicted class included.

    step: of `AnswerDetails`. None of a step that was counted by the bins of another reference.
    """
    if set(step.details.get("reference", {})) - {binning.fingerprint}:
        return None
    return {**step.details.get("features", {}), **_classes(binning.reference, step.details["values"])}


def _classes(reference: Reference, values: Mapping[str, int]) -> dict[str, list[int]]:
    """Counts of the answers by class, in the reference's bins; empty where it has none."""
    histogram = reference.features.get(PREDICTED_CLASS)
    if not isinstance(histogram, CategoryHistogram) or not values:
        return {}
    return {PREDICTED_CLASS: histogram.count_tallied(values).tolist()}
