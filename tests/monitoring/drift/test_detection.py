"""Which features drift: relevant and no chance, over all features together."""

from __future__ import annotations

import numpy as np
import pytest

from core.monitoring import drift
from core.monitoring.drift import PREDICTED_CLASS, DriftVerdict
from core.monitoring.drift.detection import MIN_ANSWERS

CLASSES = np.array(["glass", "paper", "metal"])


def columns(random: np.random.Generator, n: int, shift: float = 0.0, glass: float = 0.5) -> dict[str, np.ndarray]:
    """A photo's features, of which brightness may be moved by so many SD, and its class."""
    return {
        "brightness": random.standard_normal(n) + shift,
        "sharpness": np.exp(random.standard_normal(n)),
        "address_known": (random.random(n) < 0.9).astype(float),
        PREDICTED_CLASS: random.choice(CLASSES, n, p=[glass, 0.9 - glass, 0.1]),
    }


@pytest.fixture(scope="module")
def reference() -> drift.Reference:
    return drift.reference_of_columns(columns(np.random.default_rng(1), 3500))


def judged(reference: drift.Reference, table: dict[str, np.ndarray]) -> dict[str, drift.FeatureDrift]:
    return {each.feature: each for each in drift.detect(reference, drift.count_columns(reference, table))}


def test_a_darker_lens_is_found_and_nothing_else(reference: drift.Reference) -> None:
    features = judged(reference, columns(np.random.default_rng(2), 200, shift=-0.5))
    assert [name for name, each in features.items() if each.verdict is DriftVerdict.DRIFTS] == ["brightness"]
    found = features["brightness"]
    assert found.effect == pytest.approx(0.5, abs=0.15)
    assert found.shift is not None
    assert found.shift < -0.3
    assert found.shift_interval is not None
    assert found.shift_interval[0] < -0.5 < found.shift_interval[1]
    assert found.by_chance is not None
    assert found.by_chance < 0.2
    assert (found.n, found.reference_n) == (200, 3500)
    assert [name for name, _ in found.rose] != [name for name, _ in found.fell]


def test_categories_that_rose_and_fell_are_named(reference: drift.Reference) -> None:
    found = judged(reference, columns(np.random.default_rng(3), 500, glass=0.8))[PREDICTED_CLASS]
    assert found.verdict is DriftVerdict.DRIFTS
    assert found.rose[0] == ("glass", pytest.approx(0.3, abs=0.05))
    assert found.fell[0] == ("paper", pytest.approx(-0.3, abs=0.05))
    assert found.shift is None
    assert found.effect == pytest.approx(0.3, abs=0.05)


def test_a_harmless_shift_is_no_drift_however_significant(reference: drift.Reference) -> None:
    found = judged(reference, columns(np.random.default_rng(4), 100_000, shift=0.07))["brightness"]
    assert found.p_value is not None
    assert found.p_value < 0.01
    assert found.verdict is DriftVerdict.HOLDS


def test_few_answers_are_not_enough_data_and_no_error(reference: drift.Reference) -> None:
    features = judged(reference, columns(np.random.default_rng(5), MIN_ANSWERS - 1, shift=9))
    assert {each.verdict for each in features.values()} == {DriftVerdict.NOT_ENOUGH_DATA}
    assert features["brightness"].effect is None
    assert features["brightness"].n == MIN_ANSWERS - 1
    assert judged(reference, columns(np.random.default_rng(5), MIN_ANSWERS, shift=9))["brightness"].p_value is not None


def test_a_small_reference_is_not_enough_data_either() -> None:
    small = drift.reference_of_columns(columns(np.random.default_rng(6), MIN_ANSWERS - 1))
    features = judged(small, columns(np.random.default_rng(7), 500, shift=9))
    assert {each.verdict for each in features.values()} == {DriftVerdict.NOT_ENOUGH_DATA}


def test_a_feature_that_was_not_counted_has_no_answers(reference: drift.Reference) -> None:
    features = {each.feature: each for each in drift.detect(reference, {})}
    assert {each.n for each in features.values()} == {0}
    assert drift.alarms(tuple(features.values())) == ()


def test_a_feature_that_went_missing_drifts(reference: drift.Reference) -> None:
    table = columns(np.random.default_rng(8), 200)
    table["sharpness"][:60] = np.nan
    found = judged(reference, table)["sharpness"]
    assert found.verdict is DriftVerdict.DRIFTS
    assert found.rose[0] == ("missing", pytest.approx(0.3))


def test_a_constant_that_changes_drifts() -> None:
    constant = drift.reference_of_columns({"cell_size_m": np.full(100, 30.0)})
    found = judged(constant, {"cell_size_m": np.full(60, 10.0)})["cell_size_m"]
    assert (found.verdict, found.effect) == (DriftVerdict.DRIFTS, pytest.approx(1.0))
    assert judged(constant, {"cell_size_m": np.full(60, 30.0)})["cell_size_m"].verdict is DriftVerdict.HOLDS


def test_the_same_sample_is_judged_in_the_same_way(reference: drift.Reference) -> None:
    counts = drift.count_columns(reference, columns(np.random.default_rng(9), 300, shift=0.2))
    assert drift.detect(reference, counts) == drift.detect(reference, counts)
    assert drift.detect(reference, counts, seed=1) == drift.detect(reference, counts, seed=1)


def test_alarms_come_by_how_far_they_pass_their_floor(reference: drift.Reference) -> None:
    table = columns(np.random.default_rng(10), 1000, shift=0.4, glass=0.85)
    names = [each.feature for each in drift.alarms(drift.detect(reference, drift.count_columns(reference, table)))]
    assert names == [PREDICTED_CLASS, "brightness"]  # 0.35 / 0.05 before 0.4 / 0.1


def test_counts_that_do_not_fit_the_bins_are_refused(reference: drift.Reference) -> None:
    with pytest.raises(ValueError, match="counts of brightness"):
        drift.detect(reference, {"brightness": [1, 2, 3]})


def test_days_without_drift_hardly_ever_alarm(reference: drift.Reference) -> None:
    random = np.random.default_rng(11)
    days = [drift.count_columns(reference, columns(random, 100)) for _ in range(150)]
    assert sum(bool(drift.alarms(drift.detect(reference, day))) for day in days) <= 9  # 3 expected
