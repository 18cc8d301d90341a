"""The residual network in Keras: what the physics' depth lacks on the fine grid, and how far it may be off.

A U-Net (Ronneberger et al. 2015) of plain convolutions, so that it takes a grid of any shape and a tile's answer
depends on nothing farther than tiles.REACH cells.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from core.artefacts import keras_files
from core.systems.flood.correction.feature_names import NAMES

WIDTHS = (24, 32, 48, 64)  # channels on each grid, every one half as fine as the one before
CONVERTED_SIDE = 64  # of the input to convert with; what serves takes every other multiple of tiles.SIDE_MULTIPLE


class Finer(layers.Layer):  # type: ignore[misc]
    """UpSampling2D, but it remembers no shape when it is converted; files hold the former."""

    def call(self, values: keras.KerasTensor) -> keras.KerasTensor:
        """Each cell as 2 x 2 cells; values: shape (n, rows, cols, channels)."""
        import tensorflow as tf

        return tf.nn.depth_to_space(tf.concat([values] * 4, axis=-1), 2)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Twice the rows and columns; shape: (n, rows, cols, channels)."""
        rows, cols = (None if side is None else 2 * side for side in shape[1:3])
        return (shape[0], rows, cols, shape[3])


def build(side: int | None = None, residual: bool = True) -> keras.Model:
    """A network from features (n, rows, cols, len(NAMES)) to (n, rows, cols, 3).

    side: of the input, a multiple of tiles.SIDE_MULTIPLE, for what is to be converted; None for any.
    residual: whether it starts from the physics' depth.

    The output is the scaled depth, negative for dry, and how far the ends of its 80 % interval lie below and above,
    not negative. The convolutions compute as Keras' policy says, the output always in float32.
    """
    features = keras.Input((side, side, len(NAMES)), name="inputs")
    values, skipped = features, []
    for index, width in enumerate(WIDTHS):
        values = _convolve_twice(values, width)
        if index < len(WIDTHS) - 1:
            skipped.append(values)
            values = layers.MaxPooling2D()(values)
    for width, beside in zip(WIDTHS[-2::-1], skipped[::-1], strict=True):
        values = layers.Conv2D(width, 1)(values)
        values = layers.Concatenate()([(Finer if side else layers.UpSampling2D)()(values), beside])
        values = _convolve_twice(values, width)
    change = layers.Conv2D(1, 1, kernel_initializer="zeros", name="change", dtype="float32")(values)
    narrow = keras.initializers.Constant(-1.0)
    interval = layers.Conv2D(2, 1, activation="softplus", bias_initializer=narrow, dtype="float32")(values)
    if not residual:
        return keras.Model(features, layers.Concatenate(dtype="float32")([change, interval]))
    physics = layers.Conv2D(1, 1, use_bias=False, trainable=False, name="physics", dtype="float32")
    depth = layers.Add(dtype="float32")([physics(features), change])
    network = keras.Model(features, layers.Concatenate(dtype="float32")([depth, interval]))
    physics.set_weights([np.eye(1, len(NAMES)).reshape(1, 1, len(NAMES), 1)])  # the first feature is the depth
    return network


def _convolve_twice(values: keras.KerasTensor, width: int) -> keras.KerasTensor:
    """Two convolutions of 3 x 3 with ReLU to `width` channels."""
    for _ in range(2):
        values = layers.Conv2D(width, 3, padding="same", activation="relu", kernel_initializer="he_normal")(values)
    return values


def to_litert(network: keras.Model) -> bytes:
    """What serves: a network converted with a known shape, which its interpreter may change."""
    fixed = build(CONVERTED_SIDE)
    fixed.set_weights(network.get_weights())
    return keras_files.to_litert(fixed)
