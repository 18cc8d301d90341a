"""The last layer: linear heads on the features of the training photos, each as stiff as it carries over best.

Materials are told apart by what the board teaches; plastic is asked of places that no photo came from, and is fitted
much stiffer, every source weighing alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.systems.waste.data.photos import BOARD, LabelledPhoto
from core.systems.waste.labels import MATERIALS
from core.systems.waste.network import lite2

if TYPE_CHECKING:  # Keras takes seconds to import and is there for training alone
    import keras

STRENGTHS = {"materials": 3e-3, "scope": 1e-3, "plastic": 1e-3}
"""Inverse of the penalty of each head's squared weights, on features of unit variance."""
MOST_OF_A_SOURCE = 200.0
"""Weight that the photos of one source have together at most, but for the board's."""
EMPHASIS = 2.0
"""How much further than the last features the shallower ones spread: a site learns more from them than from as many."""
LEAST_DEVIATION = 1e-3
ROUNDS = 400


def fit(network: keras.Model, features: np.ndarray, photos: Sequence[LabelledPhoto]) -> None:
    """Set the class maps' weights and the scale of the features that come out.

    features: of `fitting.features`, shape (n, channels). photos: n of them; several rows may be of one photo.
    """
    last = features[:, -network.get_layer(lite2.MAPS).input.shape[-1] :]
    _scale(network, features[[photo.in_scope for photo in photos]], shallower=features.shape[1] - last.shape[1])
    mean, deviation = _mean_and_deviation(last)
    unit = (last - mean) / deviation
    weights = _weights_by_source([photo.source for photo in photos])
    named = np.array([photo.material is not None and photo.in_scope for photo in photos])
    has_plastic = np.array([photo.plastic is not None and photo.in_scope for photo in photos])
    materials = np.array([MATERIALS.index(photo.material) if photo.material else -1 for photo in photos])
    scope = np.array([int(photo.in_scope) for photo in photos])
    plastic = np.array([int(bool(photo.plastic)) for photo in photos])
    columns = np.concatenate(
        [
            _linear(unit[named], materials[named], weights[named], STRENGTHS["materials"], len(MATERIALS)),
            _linear(unit, scope, np.ones(len(unit)), STRENGTHS["scope"], 1),
            _linear(unit[has_plastic], plastic[has_plastic], weights[has_plastic], STRENGTHS["plastic"], 1),
        ],
        axis=1,
    )
    kernel = columns[:-1] / deviation[:, None]
    network.get_layer(lite2.MAPS).set_weights([kernel[None, None], columns[-1] - mean @ kernel])


def _scale(network: keras.Model, features: np.ndarray, shallower: int) -> None:
    """Let the features of waste come out with unit variance, those of `shallower` first channels with more."""
    mean, deviation = _mean_and_deviation(features)
    deviation[:shallower] /= EMPHASIS
    network.get_layer(lite2.FEATURE_MEANS).set_weights([mean, deviation**2])


def _mean_and_deviation(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return features.mean(axis=0), np.maximum(features.std(axis=0), LEAST_DEVIATION)


def _weights_by_source(sources: Sequence[str]) -> np.ndarray:
    """The weight of each photo, shape (n,)."""
    names, index = np.unique(np.asarray(sources), return_inverse=True)
    counts = np.bincount(index)
    by_source = np.where(names == BOARD, 1.0, np.minimum(1.0, MOST_OF_A_SOURCE / counts))
    return np.asarray(by_source[index])


def _linear(unit: np.ndarray, truth: np.ndarray, weights: np.ndarray, strength: float, columns: int) -> np.ndarray:
    """Weights and, last, shift of a logistic regression, shape (d + 1, columns); zeros where there is nothing to tell.

    Of a class that no photo shows, the shift is far down.
    """
    from sklearn.linear_model import LogisticRegression

    result = np.zeros((unit.shape[1] + 1, columns))
    classes = np.unique(truth)
    if len(classes) < 2:
        return result
    model = LogisticRegression(C=strength, max_iter=ROUNDS).fit(unit, truth, sample_weight=weights)
    if columns == 1:
        result[:, 0] = [*model.coef_[0], model.intercept_[0]]
        return result
    result[-1] = NEVER
    coefficients, shifts = model.coef_, model.intercept_
    if len(classes) == 2:  # scikit-learn gives one row for two classes
        coefficients, shifts = np.concatenate([-coefficients, coefficients]) / 2, np.concatenate([-shifts, shifts]) / 2
    for row, material in enumerate(classes):
        result[:, material] = [*coefficients[row], shifts[row]]
    return result


NEVER = -10.0  # logit of a class without photos
