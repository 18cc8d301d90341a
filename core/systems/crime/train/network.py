"""The two networks in Keras, joined in one file: `context` from place and time, `coding` from the offence text.

context: a learnt vector per categorical input (Guo and Berkhahn 2016), joined with the past of the place and with
time, through two dense layers. coding: the vectors of a text's pieces (Bojanowski et al. 2017), rare ones weighing
more, then one layer. Serving reads the same weights without TensorFlow (`engine`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.systems.crime.features.text import BUCKETS, MOST_PIECES

VECTOR = 16  # numbers per code of the context network
HIDDEN = (384, 192)
GRID = 127  # steps on either side of 0 that embeddings are rounded to


@dataclass(frozen=True)
class Shape:
    """What the context network is built for: sizes of its slots, widths of past and numbers, and the classes."""

    sizes: Sequence[int]
    history: int
    numbers: int
    classes: int

    @property
    def offsets(self) -> np.ndarray:
        """First row of each slot in the one table; int32, shape (slots,)."""
        return np.asarray(np.r_[0, np.cumsum(self.sizes)[:-1]], dtype=np.int32)


def context(shape: Shape, dropout: float, vector_dropout: float) -> Any:
    """Inputs codes (n, slots) already offset, history, numbers; output logits (n, classes)."""
    import keras

    codes = keras.Input((len(shape.sizes),), dtype="int32", name="codes")
    history = keras.Input((shape.history,), name="history")
    numbers = keras.Input((shape.numbers,), name="numbers")
    small = keras.initializers.RandomNormal(stddev=0.05)
    vectors = keras.layers.Embedding(int(sum(shape.sizes)), VECTOR, embeddings_initializer=small, name="vectors")
    flat = keras.layers.Flatten()(vectors(codes))
    joined = keras.layers.Concatenate()([keras.layers.Dropout(vector_dropout)(flat), history, numbers])
    for place, width in enumerate(HIDDEN):
        joined = keras.layers.Dense(width, activation="relu", name=f"hidden_{place}")(joined)
        joined = keras.layers.Dropout(dropout / (place + 1))(joined)
    logits = keras.layers.Dense(shape.classes, name="context")(joined)
    return keras.Model([codes, history, numbers], logits)


def coding(classes: int) -> Any:
    """Inputs pieces (n, MOST_PIECES), 0 for none, and their weights (n, MOST_PIECES); output logits (n, classes).

    A piece's vector has one number per class, and the layer above it starts as what passes them on.
    """
    import keras

    pieces = keras.Input((MOST_PIECES,), dtype="int32", name="pieces")
    weights = keras.Input((MOST_PIECES,), name="weights")
    # from zero: a piece that no training text has must say nothing
    table = keras.layers.Embedding(BUCKETS, classes, embeddings_initializer="zeros", name="pieces_vectors")
    whole = keras.layers.Dot(axes=(1, 1))([table(pieces), weights])
    logits = keras.layers.Dense(classes, kernel_initializer="identity", name="coding")(whole)
    return keras.Model([pieces, weights], logits)


def joined(parts: dict[str, Any]) -> Any:
    """One network of those that there are, by the names of their outputs."""
    import keras

    inputs = [one for part in parts.values() for one in part.inputs]
    return keras.Model(inputs, {name: part.outputs[0] for name, part in parts.items()})


def round_weights(network: Any) -> None:
    """Round in place, so that all files hold the same numbers: vectors to 8 bits, all else to half precision.

    The step of a vector's grid is a power of two, which half precision holds exactly.
    """
    for layer in network.layers:
        values = layer.get_weights()
        if layer.name.endswith("vectors"):
            values = [_on_grid(values[0])]
        layer.set_weights([one.astype(np.float16).astype(np.float32) for one in values])


def _on_grid(values: np.ndarray) -> np.ndarray:
    """The nearest multiples of a power of two that spans all but one in 10,000 values with GRID steps."""
    largest = max(float(np.quantile(np.abs(values), 0.9999)), 1e-6)
    step = 2.0 ** np.ceil(np.log2(largest / GRID))
    return np.asarray(np.clip(np.round(values / step), -GRID, GRID) * step, dtype=np.float32)
