"""Which input to label next: first what is typical of the site, then what is doubtful and unlike all that was labelled.

The first few are the members nearest to the centres of clusters of the features (Hacohen et al. 2022, active learning
on a budget: typical first); afterwards doubt times distance, with the head fitted again after each label.
"""

from __future__ import annotations

from collections.abc import Sequence
from warnings import catch_warnings, simplefilter

import numpy as np
from scipy.cluster.vq import kmeans2
from scipy.special import softmax

TYPICAL_FIRST = 5
CLUSTER_ROUNDS = 20


def choose(features: np.ndarray, logits: np.ndarray, asked_about: Sequence[int], seed: int = 0) -> int | None:
    """The index of the input to ask about next; None if all were asked about.

    features: shape (n, d). logits: as far as is known so far, shape (n, classes). asked_about: indices of those before,
    whether the person could tell or not. seed: of the clusters.
    """
    left = np.setdiff1d(np.arange(len(features)), np.asarray(asked_about, dtype=int))
    if not len(left):
        return None
    directions = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-9)
    typical = _typical(directions, seed)
    if len(asked_about) < len(typical) and (waiting := [index for index in typical if index not in set(asked_about)]):
        return waiting[0]
    apart = 2 - 2 * directions[left] @ directions[np.asarray(asked_about, dtype=int)].T
    doubt = 1 - softmax(logits[left], axis=1).max(axis=1)
    return int(left[np.argmax((doubt + 1e-9) * np.maximum(apart.min(axis=1), 1e-9))])


def _typical(directions: np.ndarray, seed: int) -> list[int]:
    """Indices of the members nearest to the centres of TYPICAL_FIRST clusters, the largest cluster's first."""
    clusters = min(TYPICAL_FIRST, len(directions))
    with catch_warnings():  # fewer kinds than clusters: some stay empty, and the first start among them divides by zero
        simplefilter("ignore")
        centres, member_of = kmeans2(directions, clusters, iter=CLUSTER_ROUNDS, minit="points", seed=seed)
    sizes = np.bincount(member_of, minlength=clusters)
    typical = []
    for cluster in np.argsort(-sizes, kind="stable"):
        members = np.flatnonzero(member_of == cluster)
        if len(members):
            typical.append(int(members[np.argmin(((directions[members] - centres[cluster]) ** 2).sum(axis=1))]))
    return typical
