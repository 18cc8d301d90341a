"""Which inputs are asked about: typical ones first, then doubtful ones unlike those before."""

from __future__ import annotations

import numpy as np

from core.teaching import choosing


def clustered(sizes=(40, 30, 20, 10, 8), dimensions=12, seed=0):
    """Features in clusters around far centres, the cluster of each, and logits that are sure of everything."""
    random = np.random.default_rng(seed)
    centres = 6 * np.eye(dimensions)[: len(sizes)]
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    features = centres[cluster] + random.normal(size=(len(cluster), dimensions)) * 0.3
    return features, cluster, np.tile([8.0, 0.0], (len(cluster), 1))


def test_the_first_ones_are_one_of_each_kind_the_largest_kind_first():
    features, cluster, logits = clustered()
    asked: list[int] = []
    for _ in range(choosing.TYPICAL_FIRST):
        asked.append(choosing.choose(features, logits, asked))
    assert sorted(cluster[asked]) == [0, 1, 2, 3, 4]
    assert cluster[asked[0]] == 0


def test_afterwards_doubt_counts_and_what_is_like_an_earlier_one_counts_less():
    features, _, logits = clustered()
    asked = [0, 40, 70, 90, 100]
    doubtful = logits.copy()
    doubtful[55] = [0.1, 0.0]
    assert choosing.choose(features, doubtful, asked) == 55
    features[56] = features[55] + 4  # as doubtful, and like nothing that was asked
    doubtful[56] = [0.1, 0.0]
    assert choosing.choose(features, doubtful, asked) == 56


def test_nothing_is_asked_twice_and_the_end_is_told():
    features, _, logits = clustered(sizes=(3, 2, 1))
    asked: list[int] = []
    while (index := choosing.choose(features, logits, asked)) is not None:
        assert index not in asked
        asked.append(index)
    assert sorted(asked) == list(range(6))
    assert choosing.choose(features[:0], logits[:0], []) is None


def test_alike_photos_and_features_of_zero_are_no_problem():
    logits = np.zeros((8, 2))
    for features in (np.ones((8, 4)), np.zeros((8, 4))):
        asked: list[int] = []
        for _ in range(8):
            asked.append(choosing.choose(features, logits, asked))
        assert sorted(asked) == list(range(8))
