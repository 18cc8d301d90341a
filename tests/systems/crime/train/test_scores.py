"""Calibration, sets and figures of invented probabilities; texts and their groups."""

from __future__ import annotations

import numpy as np
import pytest

from core.systems.crime import calibration, groups
from core.systems.crime.features import text
from core.systems.crime.train import calibrating, metrics


def overconfident(rows=4000, classes=5, seed=0):
    """Logits three times too large for the labels drawn from them."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1, (rows, classes))
    shares = calibration.softmax(logits)
    labels = (shares.cumsum(axis=1) > random.random((rows, 1))).argmax(axis=1)
    return 3 * logits, labels


def test_the_temperature_undoes_overconfidence():
    logits, labels = overconfident()
    fitted = calibrating.fit(logits, labels, correct_prior=False)
    assert fitted.temperature == pytest.approx(3, rel=0.1)
    assert np.allclose(fitted.bias, 0)


def test_the_bias_follows_shares_that_have_moved():
    logits, labels = overconfident(seed=1)
    keep = (labels != 0) | (np.arange(len(labels)) % 4 == 0)
    fitted = calibrating.fit(logits[keep], labels[keep])
    assert fitted.bias[0] < fitted.bias[1:].min()
    seen = np.bincount(labels[keep], minlength=5) / keep.sum()
    assert fitted.probabilities(logits[keep]).mean(axis=0) == pytest.approx(seen, abs=0.02)


def test_sets_hold_the_truth_nine_times_in_ten_on_new_rows():
    logits, labels = overconfident(seed=2)
    fitted = calibrating.fit(logits, labels)
    fresh, truth = overconfident(seed=3)
    held = calibration.sets(fitted.probabilities(fresh), fitted.set_from)[np.arange(len(truth)), truth]
    assert 0.88 < held.mean() < 0.92


def test_small_sets_hold_the_truth_as_often_and_are_smaller():
    logits, labels = overconfident(seed=2)
    fitted = calibrating.fit(logits, labels, small_sets=True)
    fresh, truth = overconfident(seed=3)
    probabilities = fitted.probabilities(fresh)
    held = calibration.sets(probabilities, fitted.bounds(probabilities))
    assert 0.88 < held[np.arange(len(truth)), truth].mean() < 0.92
    assert held.sum() < calibration.sets(probabilities, calibrating.fit(logits, labels).set_from).sum()
    assert calibration.Calibration.from_dict(fitted.as_dict()).least == fitted.least


def test_a_set_is_never_empty_and_grows_with_doubt():
    probabilities = np.array([[0.97, 0.02, 0.01], [0.4, 0.35, 0.25]])
    assert calibration.sets(probabilities, 0.8).sum(axis=1).tolist() == [1, 2]


def test_a_calibration_comes_back_from_its_record():
    logits, labels = overconfident()
    fitted = calibrating.fit(logits, labels)
    again = calibration.Calibration.from_dict(fitted.as_dict())
    assert np.allclose(again.probabilities(logits), fitted.probabilities(logits), atol=1e-6)


def test_figures_worked_by_hand():
    probabilities = np.array([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]])
    found = metrics.figures(probabilities, np.array([0, 1, -1]), 0.9)
    assert found["top1"] == pytest.approx(2 / 3)
    assert found["coverage90"] == pytest.approx(2 / 3)
    assert found["log_loss"] == pytest.approx((-np.log(0.5) - np.log(0.8) - np.log(1e-15)) / 3)


def test_the_worst_group_is_the_one_with_the_highest_loss_and_unknown_groups_do_not_count():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    groups_ = np.array(["NORTH", "SOUTH", None], dtype=object)
    assert metrics.worst_group(probabilities, np.array([0, 0, 0]), groups_) == {
        "district": "SOUTH",
        "log_loss": pytest.approx(-np.log(0.2)),
    }
    assert metrics.worst_group(probabilities, np.array([0, 0, 0]), np.array([None] * 3, dtype=object)) is None


def test_the_last_years_shares():
    moments = np.array(["2018-01-01", "2020-06-01", "2020-12-31"], dtype="datetime64[s]")
    assert metrics.recent_shares(np.array([0, 1, 1]), moments, 2).tolist() == [0.5 / 3, 2.5 / 3]


@pytest.mark.parametrize(
    ("written", "expected"), [("Loud  Music!", "loud music"), ("BIKE/TAKEN", "bike taken"), ("", "")]
)
def test_case_and_punctuation_do_not_make_another_text(written, expected):
    assert text.normalise(written) == expected


def test_pieces_are_the_same_on_every_machine_and_alike_for_alike_words():
    assert text.pieces("loud") == [text.pieces("loud")[0], *text.pieces("loud")[1:]]
    assert all(0 < piece < text.BUCKETS for piece in text.pieces("loud music at night"))
    shared = set(text.pieces("burglary")) & set(text.pieces("burglery"))
    assert len(shared) > len(set(text.pieces("burglary")) & set(text.pieces("music")))
    assert text.pieces("") == []


def test_rare_pieces_weigh_more_and_weights_have_one_length():
    numbers = text.matrix(["loud music", "loud party"])
    rare = text.rarity(numbers)
    assert rare[0] == 0
    weights = text.weights(numbers, rare)
    assert np.square(weights).sum(axis=1) == pytest.approx([1, 1])
    assert weights[0, 1] > weights[0, 0]  # music against loud


def test_disturbing_changes_about_the_share_asked_for_and_never_the_number_of_words_much():
    random = np.random.default_rng(0)
    words = "possession of stolen property"
    changed = [text.disturbed(words, 0.1, random) for _ in range(200)]
    assert 0.5 < np.mean([one != words for one in changed]) <= 1
    assert text.disturbed(words, 0.0, random) == words
    assert all(text.varied(words, random) for _ in range(200))


def test_the_roll_up_names_a_group_for_every_category_of_both_cities():
    table = groups.table()
    assert {city: len(known) for city, known in table.items()} == {"San Francisco": 39, "Chicago": 36}
    assert groups.group_of("larceny/theft") == groups.group_of("THEFT") == "Larceny/Theft Offenses"
    assert groups.group_of("BIKES") is None
