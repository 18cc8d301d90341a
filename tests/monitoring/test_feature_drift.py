"""Features of the log against the reference of the version that answered."""

from __future__ import annotations

import numpy as np

from core.monitoring.drift import DriftVerdict, FeatureDrift, reference_of
from core.monitoring.drift.reference import Features, count_features
from core.monitoring.feature_drift import drift_by_version
from core.store import DetailedStep
from core.store.rollups.references import ReferenceBinning

NAMES = ("glass", "metal")


def answers(n: int, brightness: float, seed: int, metal: float = 0.5) -> list[Features]:
    random = np.random.default_rng(seed)
    return [
        {"brightness": float(random.normal(brightness)), "predicted class": NAMES[int(random.random() < metal)]}
        for _ in range(n)
    ]


REFERENCE = reference_of(answers(2000, 0.0, 0))
BINNING = ReferenceBinning(REFERENCE, "first")


def step(version: str, rows: list[Features], fingerprint: str = "first") -> DetailedStep:
    """What the store counts of some answers: their features, and their values apart."""
    features = [{"brightness": row["brightness"]} for row in rows]
    counts = {"brightness": count_features(REFERENCE, features)["brightness"]}
    values = {name: sum(row["predicted class"] == name for row in rows) for name in NAMES}
    details = {"features": counts, "values": values, "reference": {fingerprint: len(rows)}}
    return DetailedStep(0, "waste", version, "api", details)


def verdicts(judged: tuple[FeatureDrift, ...]) -> dict[str, DriftVerdict]:
    return {feature.feature: feature.verdict for feature in judged}


def test_each_version_is_judged_by_all_of_its_steps_and_by_the_classes_it_answered() -> None:
    steps = [step("1", answers(200, 0.5, seed)) for seed in (1, 2)] + [step("2", answers(400, 0.0, 3, metal=0.8))]
    judged = drift_by_version(steps, {"1": BINNING, "2": BINNING})
    assert verdicts(judged["1"]) == {"brightness": DriftVerdict.DRIFTS, "predicted class": DriftVerdict.HOLDS}
    assert verdicts(judged["2"]) == {"brightness": DriftVerdict.HOLDS, "predicted class": DriftVerdict.DRIFTS}
    assert {feature.n for feature in judged["1"]} == {400}


def test_versions_without_a_reference_and_steps_of_another_one_are_left_out() -> None:
    steps = [
        step("1", answers(100, 0.0, 1)),
        step("1", answers(100, 5.0, 2), "before"),
        step("3", answers(100, 5.0, 4)),
    ]
    judged = drift_by_version(steps, {"1": BINNING})
    assert set(judged) == {"1"}
    assert {feature.n for feature in judged["1"]} == {100}
    assert set(verdicts(judged["1"]).values()) == {DriftVerdict.HOLDS}


def test_few_answers_say_nothing() -> None:
    (brightness, classes) = drift_by_version([step("1", answers(20, 3.0, 1))], {"1": BINNING})["1"]
    assert (brightness.verdict, classes.verdict) == (DriftVerdict.NOT_ENOUGH_DATA,) * 2
