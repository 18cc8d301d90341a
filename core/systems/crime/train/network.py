"""The two networks in Keras, joined in one file: `context` from place and time, `coding` from the offence text.

context: a learnt vector per categorical input (Guo and Berkhahn 2016), joined with the past of the place and with
time, through two dense layers. coding: the vectors of a text's n-grams (Bojanowski et al. 2017), rare ones weighing
more, then one layer. Serving reads the same weights without TensorFlow (`engine`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.systems.crime.features.offence_text import BUCKETS, MAX_NGRAMS

VECTOR = 16  # numbers per code of the context network
HIDDEN = (384, 192)  # outputs of the hidden layers
GRID = 127  # steps on either side of 0 that embeddings are rounded to


class KerasLayer(Protocol):
    """What is used of a layer of Keras."""

    name: str
    weights: Sequence[object]

    def get_weights(self) -> list[np.ndarray]:
        """Copies of its weights."""

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Put others in their place, of the same shapes."""


class KerasNetwork(Protocol):
    """What is used of a model of Keras, which is imported for training alone."""

    inputs: Sequence[object]
    outputs: Sequence[object]
    layers: Sequence[KerasLayer]
    trainable_variables: Sequence[object]

    def get_layer(self, name: str) -> KerasLayer:
        """Its layer of that name."""

    def __call__(self, inputs: Sequence[object], *, training: bool) -> object:
        """Its outputs, as tensors."""


@dataclass(frozen=True)
class ContextShape:
    """What the context network is built for.

    sizes: number of codes of each slot.
    history: numbers that say a record's past.
    numbers: numbers of time and place.
    classes: number of categories.
    """

    sizes: Sequence[int]
    history: int
    numbers: int
    classes: int

    @property
    def offsets(self) -> np.ndarray:
        """First row of each slot in the one table of vectors; int32, shape (slots,)."""
        return np.asarray(np.r_[0, np.cumsum(self.sizes)[:-1]], dtype=np.int32)


def keras_context_network(shape: ContextShape, dropout: float, vector_dropout: float) -> KerasNetwork:
    """The context network as a Keras model.

    Inputs: codes, already offset (n, slots); history (n, history); numbers (n, numbers). Output: logits (n, classes).

    shape: what it is built for.
    dropout: of the first hidden layer; later ones drop less.
    vector_dropout: of the vectors.
    """
    import keras

    codes = keras.Input((len(shape.sizes),), dtype="int32", name="codes")
    history = keras.Input((shape.history,), name="history")
    numbers = keras.Input((shape.numbers,), name="numbers")
    small = keras.initializers.RandomNormal(stddev=0.05)
    vectors = keras.layers.Embedding(int(sum(shape.sizes)), VECTOR, embeddings_initializer=small, name="vectors")
    flat = keras.layers.Flatten()(vectors(codes))
    values = keras.layers.Concatenate()([keras.layers.Dropout(vector_dropout)(flat), history, numbers])
    for index, width in enumerate(HIDDEN):
        values = keras.layers.Dense(width, activation="relu", name=f"hidden_{index}")(values)
        values = keras.layers.Dropout(dropout / (index + 1))(values)
    logits = keras.layers.Dense(shape.classes, name="context")(values)
    network: KerasNetwork = keras.Model([codes, history, numbers], logits)
    return network


def keras_coding_network(classes: int) -> KerasNetwork:
    """The coding network as a Keras model.

    Inputs: n-grams as table rows, 0 for none (n, MAX_NGRAMS); their weights (n, MAX_NGRAMS). Output: logits
    (n, classes). An n-gram's vector has one number per class, and the layer above it starts as what passes them on.
    """
    import keras

    ngrams = keras.Input((MAX_NGRAMS,), dtype="int32", name="pieces")
    weights = keras.Input((MAX_NGRAMS,), name="weights")
    # from zero: an n-gram that no training text has must say nothing
    table = keras.layers.Embedding(BUCKETS, classes, embeddings_initializer="zeros", name="pieces_vectors")
    total = keras.layers.Dot(axes=(1, 1))([table(ngrams), weights])
    logits = keras.layers.Dense(classes, kernel_initializer="identity", name="coding")(total)
    network: KerasNetwork = keras.Model([ngrams, weights], logits)
    return network


def join_networks(networks: Mapping[str, KerasNetwork]) -> KerasNetwork:
    """One Keras model of several, {name of its output: Keras model}."""
    import keras

    inputs = [keras_input for network in networks.values() for keras_input in network.inputs]
    joined: KerasNetwork = keras.Model(inputs, {name: network.outputs[0] for name, network in networks.items()})
    return joined


def round_weights(network: KerasNetwork) -> None:
    """Round a Keras model's weights in place, so that all files of a version hold the same numbers.

    Vectors are rounded to 8 bits, all else to half precision. The step of a vector's grid is a power of two, which half
    precision holds exactly.
    """
    for layer in network.layers:
        values = layer.get_weights()
        if layer.name.endswith("vectors"):
            values = [_round_to_grid(values[0])]
        layer.set_weights([weights.astype(np.float16).astype(np.float32) for weights in values])


def _round_to_grid(values: np.ndarray) -> np.ndarray:
    """The nearest multiples of a power of two that spans all but one in 10,000 values with GRID steps."""
    largest = max(float(np.quantile(np.abs(values), 0.9999)), 1e-6)
    step = 2.0 ** np.ceil(np.log2(largest / GRID))
    return np.asarray(np.clip(np.round(values / step), -GRID, GRID) * step, dtype=np.float32)
