"""Calibration and prediction sets of invented probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from core.systems.crime.categories.calibration import ClassCalibration, softmax
from core.systems.crime.categories.prediction_sets import set_members
from core.systems.crime.train.calibrating import fit_calibration


def overconfident(rows=4000, classes=5, seed=0):
    """Logits three times too large for the labels drawn from them."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1, (rows, classes))
    shares = softmax(logits)
    labels = (shares.cumsum(axis=1) > random.random((rows, 1))).argmax(axis=1)
    return 3 * logits, labels


def test_the_temperature_undoes_overconfidence():
    logits, labels = overconfident()
    fitted = fit_calibration(logits, labels, correct_prior=False)
    assert fitted.temperature == pytest.approx(3, rel=0.1)
    assert np.allclose(fitted.bias, 0)


def test_the_bias_follows_shares_that_have_moved():
    logits, labels = overconfident(seed=1)
    keep = (labels != 0) | (np.arange(len(labels)) % 4 == 0)
    fitted = fit_calibration(logits[keep], labels[keep])
    assert fitted.bias[0] < fitted.bias[1:].min()
    seen = np.bincount(labels[keep], minlength=5) / keep.sum()
    assert fitted.probabilities(logits[keep]).mean(axis=0) == pytest.approx(seen, abs=0.02)


def test_sets_hold_the_truth_nine_times_in_ten_on_new_rows():
    logits, labels = overconfident(seed=2)
    fitted = fit_calibration(logits, labels)
    fresh, truth = overconfident(seed=3)
    covered = set_members(fitted.probabilities(fresh), fitted.set_from)[np.arange(len(truth)), truth]
    assert 0.88 < covered.mean() < 0.92


def test_small_sets_hold_the_truth_as_often_and_are_smaller():
    logits, labels = overconfident(seed=2)
    fitted = fit_calibration(logits, labels, small_sets=True)
    fresh, truth = overconfident(seed=3)
    probabilities = fitted.probabilities(fresh)
    covered = set_members(probabilities, fitted.set_bounds(probabilities))
    assert 0.88 < covered[np.arange(len(truth)), truth].mean() < 0.92
    assert covered.sum() < set_members(probabilities, fit_calibration(logits, labels).set_from).sum()
    assert ClassCalibration.from_dict(fitted.as_dict()).least == fitted.least


def test_a_set_is_never_empty_and_grows_with_doubt():
    probabilities = np.array([[0.97, 0.02, 0.01], [0.4, 0.35, 0.25]])
    assert set_members(probabilities, 0.8).sum(axis=1).tolist() == [1, 2]


def test_a_calibration_comes_back_from_its_record():
    logits, labels = overconfident()
    fitted = fit_calibration(logits, labels)
    again = ClassCalibration.from_dict(fitted.as_dict())
    assert np.allclose(again.probabilities(logits), fitted.probabilities(logits), atol=1e-6)
