"""The residual network in Keras: what the physics' depth lacks on the fine grid, and how far it may be off.

A U-Net (Ronneberger et al. 2015) of plain convolutions, so that it takes a grid of any shape and a tile's answer
depends on nothing farther than residual.REACH cells.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

from core.artefacts import keras_files
from core.systems.flood.correction.features import NAMES

WIDTHS = (24, 32, 48, 64)  # channels on each grid, every one half as fine as the one before
ANY = 64  # a side to convert with; what serves takes every other multiple of STEP


class Finer(layers.Layer):  # type: ignore[misc]
    """UpSampling2D, but it remembers no shape when it is converted; files hold the former."""

    def call(self, given: Any) -> Any:
        """given: shape (n, rows, cols, channels)."""
        import tensorflow as tf

        return tf.nn.depth_to_space(tf.concat([given] * 4, axis=-1), 2)

    def compute_output_shape(self, shape: Any) -> Any:
        """Twice the rows and columns."""
        rows, cols = (None if side is None else 2 * side for side in shape[1:3])
        return (shape[0], rows, cols, shape[3])


def build(side: int | None = None, residual: bool = True) -> Any:
    """Input (n, rows, cols, inputs), output (n, rows, cols, 3).

    The output is the depth as `inputs.scaled` has it, negative for dry, and how far the bounds of its 80 % interval lie
    below and above, not negative. side: of its input, a multiple of STEP, for
    what is to be converted; any if not said. residual: it starts from the physics' depth. The convolutions compute
    as Keras' policy says, the output always in float32.
    """
    given = keras.Input((side, side, len(NAMES)), name="inputs")
    here, kept = given, []
    for place, width in enumerate(WIDTHS):
        here = _twice(here, width)
        if place < len(WIDTHS) - 1:
            kept.append(here)
            here = layers.MaxPooling2D()(here)
    for width, beside in zip(WIDTHS[-2::-1], kept[::-1], strict=True):
        here = layers.Conv2D(width, 1)(here)
        here = layers.Concatenate()([(Finer if side else layers.UpSampling2D)()(here), beside])
        here = _twice(here, width)
    change = layers.Conv2D(1, 1, kernel_initializer="zeros", name="change", dtype="float32")(here)
    narrow = keras.initializers.Constant(-1.0)
    apart = layers.Conv2D(2, 1, activation="softplus", bias_initializer=narrow, dtype="float32")(here)
    if not residual:
        return keras.Model(given, layers.Concatenate(dtype="float32")([change, apart]))
    first = layers.Conv2D(1, 1, use_bias=False, trainable=False, name="physics", dtype="float32")
    depth = layers.Add(dtype="float32")([first(given), change])
    made = keras.Model(given, layers.Concatenate(dtype="float32")([depth, apart]))
    first.set_weights([np.eye(1, len(NAMES)).reshape(1, 1, len(NAMES), 1)])
    return made


def _twice(here: Any, width: int) -> Any:
    for _ in range(2):
        here = layers.Conv2D(width, 3, padding="same", activation="relu", kernel_initializer="he_normal")(here)
    return here


def to_litert(network: Any) -> bytes:
    """What serves: a network converted with a known shape, which its interpreter may change."""
    fixed = build(ANY)
    fixed.set_weights(network.get_weights())
    return keras_files.to_litert(fixed)
