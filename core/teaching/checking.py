"""Whether a site's head helps: cross-validation on the very labels that taught it, beside the general answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.special import log_softmax, logsumexp
from scipy.stats import t as student

from core.evaluation.shares import Share
from core.teaching import site_head

FOLDS = 10
LEAST = 4
"""Labels below which nothing is compared."""
CONFIDENCE = 0.8
"""How sure the gain must be, one-sided, before the head is used."""
ALIKE = 0.7
"""Cosine from which two inputs count as views of one thing, of their features less the mean of those labelled: all
inputs of a place share its ground and light, and would look alike by that alone."""
LEAST_OF_LINKAGE = 2
LEAST_GAIN = 0.02
"""What it must be at least [nats]: a gain that nobody would notice is no reason to answer otherwise."""


@dataclass(frozen=True)
class SiteCheck:
    """General and taught answers on the same labelled inputs, each answered by a head that did not see its label.

    general, taught: right answers of those labelled. gain: mean fall of the log-loss [nats]; least_gain: what it is at
    least, with CONFIDENCE.
    """

    general: Share
    taught: Share
    gain: float
    least_gain: float

    def as_dict(self) -> dict[str, float]:
        """What a record keeps of the check, plain JSON."""
        counts = {"n": self.general.n, "general": self.general.hits, "taught": self.taught.hits}
        return {**counts, "gain": self.gain, "least_gain": self.least_gain}

    @staticmethod
    def of_dict(values: Mapping[str, float]) -> SiteCheck:
        """What `as_dict` wrote."""
        n = int(values["n"])
        general, taught = (Share(int(values[name]), n) for name in ("general", "taught"))
        return SiteCheck(general, taught, float(values["gain"]), float(values["least_gain"]))

    @property
    def is_better(self) -> bool:
        """Whether the head is to be used: the log-loss falls with CONFIDENCE, and no fewer answers are right."""
        return self.least_gain > 0 and self.gain > LEAST_GAIN and self.taught.hits >= self.general.hits


def check(features: np.ndarray, general: np.ndarray, possible: np.ndarray, seed: int = 0) -> SiteCheck | None:
    """Compare; None where there are fewer than LEAST labels. The arguments are those of `site_head.fit`."""
    if len(features) < LEAST:
        return None
    taught = cross_validated(features, general, possible, seed)
    gains = log_loss(general, possible) - log_loss(taught, possible)
    gains = np.minimum(gains, np.log(len(gains) + 1))  # one label that the general answer excluded proves nothing
    error = float(gains.std(ddof=1) / np.sqrt(len(gains)))
    least = float(gains.mean()) - float(student.ppf(CONFIDENCE, len(gains) - 1)) * error
    shares = [Share(int(right(logits, possible).sum()), len(possible)) for logits in (general, taught)]
    return SiteCheck(shares[0], shares[1], float(gains.mean()), least)


def cross_validated(features: np.ndarray, general: np.ndarray, possible: np.ndarray, seed: int = 0) -> np.ndarray:
    """Logits (n, classes), each row by a head fitted to the other folds.

    Labels are dealt evenly to the folds; inputs that look alike (several photos of one thing) stay in one fold, for one
    of them would give away the others.
    """
    random = np.random.default_rng(seed)
    kind = kinds(features)
    first = np.unique(kind, return_index=True)[1]  # one input of each kind stands for it
    order = np.lexsort([random.random(len(first)), *possible[first].T])
    fold_of_kind = np.empty(len(first), dtype=int)
    fold_of_kind[order] = np.arange(len(first)) % min(FOLDS, len(first))
    fold_of = fold_of_kind[kind]
    logits = np.array(general, dtype=np.float64)
    for fold in range(fold_of.max() + 1):
        held = fold_of == fold
        head = site_head.fit(features[~held], general[~held], possible[~held])
        logits[held] = head.logits(features[held], general[held])
    return logits


def kinds(features: np.ndarray) -> np.ndarray:
    """A number for each group of inputs that look alike, int from 0 on, shape (n,): single linkage by cosine."""
    if len(features) < LEAST_OF_LINKAGE:
        return np.arange(len(features))
    apart = features - features.mean(axis=0)
    lengths = np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9)
    tree = linkage(apart / lengths, "single", "euclidean")
    clusters = fcluster(tree, np.sqrt(2 - 2 * ALIKE), "distance")
    return np.asarray(np.unique(clusters, return_inverse=True)[1])


def log_loss(logits: np.ndarray, possible: np.ndarray) -> np.ndarray:
    """Minus the logarithm of the probability of what a label leaves open, shape (n,)."""
    return np.asarray(-logsumexp(log_softmax(logits, axis=1) + np.where(possible, 0.0, -np.inf), axis=1))


def right(logits: np.ndarray, possible: np.ndarray) -> np.ndarray:
    """Whether the likeliest class is one that the label leaves open, bool, shape (n,)."""
    return np.asarray(possible[np.arange(len(logits)), logits.argmax(axis=1)])
