"""What a site adds to a system's logits: a linear head on the network's features, fitted to a few labels.

The general answer is its prior: the head is the maximum a posteriori estimate of a softmax regression whose logits
start at the system's own, with independent normal priors on its weights. Without labels it adds nothing; it needs none
of the data that the network was trained on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp

SPREAD = 16.0
"""How far a site's head moves a logit beforehand: one standard deviation, over inputs and the prior of its weights."""
SHIFT_SPREAD = 2.2
"""The same of the shifts, by which a class may be more frequent at a site than elsewhere."""
MAX_STEPS = 200


@dataclass(frozen=True)
class SiteHead:
    """Weights (d, classes) on the features and a shift (classes,), added to the general logits."""

    weights: np.ndarray
    shift: np.ndarray

    def logits(self, features: np.ndarray, general: np.ndarray) -> np.ndarray:
        """Logits at the site, shape (n, classes). features: (n, d); general: the system's own logits (n, classes)."""
        return np.asarray(general + features @ self.weights + self.shift)

    def arrays(self) -> dict[str, np.ndarray]:
        """What a file keeps of it."""
        return {"weights": self.weights.astype(np.float32), "shift": self.shift.astype(np.float32)}

    @staticmethod
    def of_arrays(arrays: Mapping[str, np.ndarray]) -> SiteHead:
        """The head that `arrays` came from."""
        return SiteHead(np.asarray(arrays["weights"]), np.asarray(arrays["shift"]))


def fit(features: np.ndarray, general: np.ndarray, possible: np.ndarray, spread: float = SPREAD) -> SiteHead:
    """The head of some labelled inputs of one site.

    features: about unit variance, shape (n, d). general: the system's logits, shape (n, classes). possible: the classes
    that a label leaves open, bool, shape (n, classes): one for "glass", all but one for "not plastic".
    spread: how far the head moves a logit beforehand; the smaller, the closer the answers stay to the general ones.
    """
    inputs = np.column_stack([features, np.ones(len(features))]).astype(np.float64)
    start = np.zeros((inputs.shape[1], general.shape[1]))
    penalty = np.full((inputs.shape[1], 1), features.shape[1] / spread**2)
    penalty[-1] = 1 / SHIFT_SPREAD**2
    closed = np.where(possible, 0.0, -np.inf)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        """Minus the log posterior and its gradient."""
        weights = flat.reshape(start.shape)
        log_shares = log_softmax(general + inputs @ weights, axis=1)
        within = logsumexp(log_shares + closed, axis=1, keepdims=True)
        responsible = np.exp(log_shares + closed - within)
        gradient = inputs.T @ (np.exp(log_shares) - responsible) + penalty * weights
        return float(-within.sum() + 0.5 * (penalty * weights**2).sum()), gradient.ravel()

    fitted = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": MAX_STEPS})
    weights = fitted.x.reshape(start.shape)
    return SiteHead(weights[:-1], weights[-1])
