"""The head that a few labels of a site give, and whether it is used: on invented sites whose truth is known."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.optimize import check_grad

from core.teaching import checking, site_head
from core.teaching.site_head import SiteHead

CLASSES, DIMENSIONS = 3, 40


def site(n: int, seed: int = 0, shifted: float = 2.0):
    """Features, general logits that miss what is particular to the site, and the true classes."""
    random = np.random.default_rng(seed)
    directions = np.random.default_rng(100).normal(size=(DIMENSIONS, CLASSES)) / np.sqrt(DIMENSIONS)
    particular = np.random.default_rng(101).normal(size=(DIMENSIONS, CLASSES)) / np.sqrt(DIMENSIONS)
    features = random.normal(size=(n, DIMENSIONS))
    truth = (features @ (directions + shifted * particular) * 4).argmax(axis=1)
    return features, features @ directions * 2, truth


def only(truth: np.ndarray) -> np.ndarray:
    """Labels that leave one class open."""
    return np.eye(CLASSES, dtype=bool)[truth]


def accuracy(logits: np.ndarray, truth: np.ndarray) -> float:
    return float((logits.argmax(axis=1) == truth).mean())


def test_without_labels_the_answers_stay_the_general_ones():
    features, general, _ = site(20)
    head = site_head.fit(features[:0], general[:0], np.zeros((0, CLASSES), bool))
    assert head.logits(features, general) == pytest.approx(general)


def test_labels_of_a_site_make_its_other_answers_better():
    features, general, truth = site(400)
    head = site_head.fit(features[:60], general[:60], only(truth[:60]))
    after = accuracy(head.logits(features[60:], general[60:]), truth[60:])
    assert after > accuracy(general[60:], truth[60:]) + 0.05


def test_a_stiff_head_stays_near_the_general_answers():
    features, general, truth = site(60)
    soft, stiff = (site_head.fit(features, general, only(truth), spread) for spread in (8.0, 1e-3))
    assert np.abs(stiff.weights).max() < 1e-3 < np.abs(soft.weights).max()


def test_a_label_that_leaves_several_classes_open_moves_the_answer_away_from_the_other():
    features, general, _ = site(30)
    possible = np.ones((30, CLASSES), bool)
    possible[:, 0] = False
    head = site_head.fit(features, general, possible)
    assert (head.logits(features, general)[:, 0] - general[:, 0] < 0).all()
    all_open = site_head.fit(features, general, np.ones((30, CLASSES), bool))
    assert all_open.logits(features, general) == pytest.approx(general)


def test_the_fit_is_where_its_loss_is_lowest(monkeypatch):
    features, general, truth = site(25)
    seen = {}

    def minimize(loss, start, **options):
        seen["loss"], seen["start"] = loss, start
        return real(loss, start, **options)

    real = site_head.minimize
    monkeypatch.setattr(site_head, "minimize", minimize)
    site_head.fit(features, general, only(truth))
    at = np.random.default_rng(3).normal(size=seen["start"].size) * 0.1
    assert check_grad(lambda x: seen["loss"](x)[0], lambda x: seen["loss"](x)[1], at) < 1e-3


def test_a_head_goes_through_a_file(tmp_path):
    features, general, truth = site(30)
    head = site_head.fit(features, general, only(truth))
    np.savez(tmp_path / "head.npz", **head.arrays())
    with np.load(tmp_path / "head.npz") as arrays:
        again = SiteHead.of_arrays(arrays)
    assert again.logits(features, general) == pytest.approx(head.logits(features, general), abs=1e-4)


def test_the_check_judges_each_label_by_a_head_that_did_not_see_it():
    features, general, _ = site(60)
    noise = np.random.default_rng(5).integers(0, CLASSES, 60)  # nothing to learn: labels have no relation to features
    check = checking.check(features, general, only(noise))
    assert check is not None
    assert check.taught.value < 0.6  # the head itself knows these labels by heart
    assert accuracy(site_head.fit(features, general, only(noise), 100.0).logits(features, general), noise) > 0.9
    assert not check.is_better


def test_a_head_that_helps_is_used_and_its_share_is_near_the_truth():
    features, general, truth = site(500)
    check = checking.check(features[:100], general[:100], only(truth[:100]))
    assert check is not None
    assert check.is_better
    head = site_head.fit(features[:100], general[:100], only(truth[:100]))
    low, high = check.taught.interval
    assert low <= accuracy(head.logits(features[100:], general[100:]), truth[100:]) <= high
    assert check.general.hits == (general[:100].argmax(axis=1) == truth[:100]).sum()


@pytest.mark.parametrize("seed", range(6))
def test_where_the_general_answers_are_right_no_head_is_used(seed):
    features, general, truth = site(24, seed, shifted=0.0)
    general = 20 * general
    check = checking.check(features, general, only(truth))
    assert check is not None
    assert not check.is_better


def test_too_few_labels_are_not_compared():
    features, general, truth = site(checking.LEAST - 1)
    assert checking.check(features, general, only(truth)) is None


def test_forty_labels_of_a_large_network_are_fitted_and_checked_within_two_seconds():
    random = np.random.default_rng(0)
    features, general = random.normal(size=(40, 1280)), random.normal(size=(40, 6))
    possible = np.eye(6, dtype=bool)[random.integers(0, 6, 40)]
    started = time.process_time()
    site_head.fit(features, general, possible)
    checking.check(features, general, possible)
    assert time.process_time() - started < 20  # a loose bound: the figure itself is in the benchmark


def test_views_of_one_thing_do_not_give_one_another_away():
    random = np.random.default_rng(8)
    things, views = 8, 6
    centres = random.normal(size=(things, DIMENSIONS))
    features = np.repeat(centres, views, axis=0) + random.normal(0, 0.1, (things * views, DIMENSIONS))
    truth = np.repeat(random.integers(0, CLASSES, things), views)  # says nothing of things that were not labelled
    general = random.normal(0, 0.1, (things * views, CLASSES))
    assert len(set(checking.kinds(features).tolist())) == things
    assert (np.diff(checking.kinds(features).reshape(things, views)) == 0).all()
    check = checking.check(features, general, only(truth))
    assert check.taught.value < 0.7
    assert not check.is_better


def test_inputs_that_differ_are_each_a_kind_of_their_own():
    features, _, _ = site(30)
    assert len(set(checking.kinds(features).tolist())) == 30
    assert checking.kinds(features[:1]).tolist() == [0]
    assert checking.kinds(np.zeros((3, 4))).tolist() in ([0, 0, 0], [0, 1, 2])
