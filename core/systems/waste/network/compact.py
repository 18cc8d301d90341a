"""A released network at half its size: batch normalisation folded in, weights that half precision holds exactly.

Weights are rounded once, before anything is measured, so that HDF5, LiteRT and the figures in the card speak of the
same numbers; computing stays in float32. Repositories keep every version for ever, which is why size matters here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.systems.waste.network.lite2 import FEATURE_MEANS, batch_norms

if TYPE_CHECKING:  # Keras takes seconds to import and is there for training alone
    import keras


def fold(network: keras.Model) -> None:
    """Move each batch normalisation's scale into the convolution before it, in place; no output changes.

    With y = scale x + shift measured once, normalising by mean 0 and variance 1 with gamma = sqrt(1 + eps) changes
    nothing but adds the shift; the layers stay, so that the file is still a plain EfficientNet-Lite2.
    """
    import keras

    for layer in batch_norms(network):
        convolution = layer.input._keras_history.operation
        gamma, beta, mean, variance = (np.asarray(values, dtype=np.float64) for values in layer.get_weights())
        scale = gamma / np.sqrt(variance + layer.epsilon)
        along = scale[:, None] if isinstance(convolution, keras.layers.DepthwiseConv2D) else scale
        convolution.set_weights([convolution.get_weights()[0] * along])
        unit = np.ones_like(scale)
        layer.set_weights([unit * np.sqrt(1 + layer.epsilon), beta - mean * scale, 0 * unit, unit])


def to_half_precision(network: keras.Model) -> None:
    """Round a folded network's weights in place to what half precision holds, except for the unit scales."""
    folded = batch_norms(network)
    for layer in network.layers:
        if layer.name == FEATURE_MEANS:
            mean, variance = layer.get_weights()
            layer.set_weights(_scaling(mean, variance, layer.epsilon))
        elif layer in folded:
            scale, shift, mean, variance = layer.get_weights()
            layer.set_weights([scale, _rounded(shift), mean, variance])
        else:
            layer.set_weights([_rounded(values) for values in layer.get_weights()])


def _scaling(mean: np.ndarray, variance: np.ndarray, epsilon: float) -> list[np.ndarray]:
    """Mean and variance of a normalisation near these, whose factor and addend half precision holds exactly.

    Those are what a LiteRT file keeps of it; rounding mean and variance themselves would leave the two files apart.
    """
    factor = _rounded(1 / np.sqrt(variance.astype(np.float64) + epsilon)).astype(np.float64)
    return [_rounded(mean * factor) / factor, 1 / factor**2 - epsilon]


def _rounded(values: np.ndarray) -> np.ndarray:
    """The values as half precision holds them, float32."""
    return values.astype(np.float16).astype(np.float32)
