"""The residual network in Keras: what the physics' depth lacks on the fine grid, and how far it may be off.

A U-Net (Ronneberger et al. 2015) of plain convolutions, so that it takes a grid of any shape and a tile's answer
depends on nothing farther than REACH cells.
"""

from __future__ import annotations

from typing import Any

from core.systems.flood.inputs import NAMES

WIDTHS = (24, 32, 48, 64)  # channels on each grid, every one half as fine as the one before
STEP = 2 ** (len(WIDTHS) - 1)  # a grid's sides must be multiples of it
REACH = 48  # cells: 2 convolutions of 3 x 3 down and 2 up on each grid make 44, rounded up to STEP


def build(residual: bool = True) -> Any:
    """Input (n, rows, cols, inputs), output (n, rows, cols, 3).

    The output is the depth as `inputs.scaled` has it, negative for dry, and how far the bounds of its 80 % interval lie
    below and above, not negative. residual: it starts from the physics' depth.
    """
    import keras

    layers = keras.layers
    given = keras.Input((None, None, len(NAMES)), name="inputs")
    here, kept = given, []
    for place, width in enumerate(WIDTHS):
        here = _twice(here, width)
        if place < len(WIDTHS) - 1:
            kept.append(here)
            here = layers.MaxPooling2D()(here)
    for width, beside in zip(WIDTHS[-2::-1], kept[::-1], strict=True):
        here = layers.Conv2D(width, 1)(here)
        here = layers.Concatenate()([layers.UpSampling2D()(here), beside])
        here = _twice(here, width)
    change = layers.Conv2D(1, 1, kernel_initializer="zeros", name="change")(here)
    apart = layers.Conv2D(2, 1, activation="softplus", bias_initializer=keras.initializers.Constant(-1.0))(here)
    depth = layers.Add()([given[..., :1], change]) if residual else change
    return keras.Model(given, layers.Concatenate()([depth, apart]))


def _twice(here: Any, width: int) -> Any:
    from keras import layers

    for _ in range(2):
        here = layers.Conv2D(width, 3, padding="same", activation="relu", kernel_initializer="he_normal")(here)
    return here
