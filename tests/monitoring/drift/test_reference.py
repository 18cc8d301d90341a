"""The reference of a version: from its answers, to JSON and back, and what is counted into its bins."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.errors import DamagedArtefact
from core.monitoring.drift import (
    PREDICTED_CLASS,
    Reference,
    add_counts,
    count_columns,
    count_features,
    reference_of,
    reference_of_columns,
)

ANSWERS = [{"brightness": 0.1 * number, PREDICTED_CLASS: "glass" if number % 3 else "paper"} for number in range(60)]


def test_a_reference_reads_what_it_wrote() -> None:
    reference = reference_of(ANSWERS)
    assert Reference.from_json(reference.to_json()) == reference
    assert reference.n == 60
    assert list(reference.features) == ["brightness", PREDICTED_CLASS]


def test_a_feature_that_some_answers_lack_is_missing_there() -> None:
    reference = reference_of([*ANSWERS, {"brightness": 1.0, "sharpness": 3.0}])
    assert reference.features["sharpness"].counts[-1] == 60
    assert reference.features[PREDICTED_CLASS].counts == (40, 20, 0, 1)


def test_columns_give_the_same_reference_and_the_same_counts() -> None:
    columns = {
        "brightness": np.array([features["brightness"] for features in ANSWERS]),
        PREDICTED_CLASS: np.array([features[PREDICTED_CLASS] for features in ANSWERS]),
    }
    reference = reference_of(ANSWERS)
    assert reference_of_columns(columns) == reference
    assert count_columns(reference, columns) == count_features(reference, ANSWERS)


def test_features_that_the_reference_lacks_are_left_out_and_answers_without_features_are_missing() -> None:
    reference = reference_of(ANSWERS)
    counts = count_features(reference, [{"brightness": 2.0, "loudness": 1.0}, None])
    assert set(counts) == {"brightness", PREDICTED_CLASS}
    assert (sum(counts["brightness"]), counts["brightness"][-1]) == (2, 1)
    assert counts[PREDICTED_CLASS] == [0, 0, 0, 2]


def test_counts_of_hours_add_up_to_the_counts_of_all() -> None:
    reference = reference_of(ANSWERS)
    first, second = count_features(reference, ANSWERS[:25]), count_features(reference, ANSWERS[25:])
    assert add_counts(first, second) == count_features(reference, ANSWERS)
    assert add_counts({}, first) == first


def test_counts_in_other_bins_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="shorter"):
        add_counts({"brightness": [1, 2, 3]}, {"brightness": [1, 2]})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "the file is wrong"),
        ('{"form": 2, "n": 1, "features": {}}', "form is wrong"),
        ('{"form": 1, "n": 1, "features": {}}', "features is wrong"),
        ('{"form": 1, "n": 0, "features": {}}', "n is wrong"),
    ],
)
def test_what_is_no_reference_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(DamagedArtefact, match=reason):
        Reference.from_json(text)


def test_counts_that_do_not_add_up_to_n_are_refused() -> None:
    stored = json.loads(reference_of(ANSWERS).to_json())
    stored["features"]["brightness"]["counts"][3] += 1
    with pytest.raises(DamagedArtefact, match="counts of brightness must add up to n = 60"):
        Reference.from_json(json.dumps(stored))
