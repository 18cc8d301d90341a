"""The arrays of `serving.npz`: a network's weights in half precision, its vectors and the past as 8-bit steps."""

from __future__ import annotations

import numpy as np

from core.systems.crime.features.place_history import HistoryTables
from core.systems.crime.features.vocabulary import PLACES, Vocabulary
from core.systems.crime.train.network import GRID, HIDDEN, KerasLayer, KerasNetwork

MIN_LARGEST = 1e-6  # largest value of a column of zeros


def context_arrays(network: KerasNetwork, vocabulary: Vocabulary, past: HistoryTables) -> dict[str, np.ndarray]:
    """What serves of a context network.

    network: Keras model whose weights are rounded (`network.round_weights`).
    vocabulary: what training knew.
    past: what was reported at each place.
    """
    arrays = {f"keys_{name}": vocabulary.keys[name] for name in PLACES}
    arrays |= _quantised("context_vectors", network.get_layer("vectors").get_weights()[0], rounded=True)
    hidden = [f"hidden_{index}" for index in range(len(HIDDEN))]
    for index, name in enumerate([*hidden, "context"]):
        arrays |= _layer_arrays(f"context_{index}", network.get_layer(name))
    for index, table in enumerate(past.values):
        arrays |= _quantised(f"past_{index}", table, rounded=False)
    return arrays


def coding_arrays(network: KerasNetwork, rarity: np.ndarray) -> dict[str, np.ndarray]:
    """What serves of a coding network.

    network: Keras model whose weights are rounded (`network.round_weights`).
    rarity: `inverse_document_frequency` of the texts that trained it, shape (BUCKETS,).
    """
    vectors = network.get_layer("pieces_vectors").get_weights()[0]
    arrays = {"coding_rarity": rarity.astype(np.float16)}
    return (
        arrays
        | _quantised("coding_vectors", vectors, rounded=True)
        | _layer_arrays("coding_0", network.get_layer("coding"))
    )


def _layer_arrays(name: str, layer: KerasLayer) -> dict[str, np.ndarray]:
    weights, bias = layer.get_weights()
    return {f"{name}_weights": weights.astype(np.float16), f"{name}_bias": bias.astype(np.float16)}


def _quantised(name: str, values: np.ndarray, *, rounded: bool) -> dict[str, np.ndarray]:
    """A table as 8-bit steps: on the grid that it was rounded to, or on one of its own per column."""
    if rounded:
        smallest = np.abs(values[values != 0]).min() if values.any() else 1.0
        step = np.full(values.shape[1], _grid_step(values, float(smallest)), dtype=np.float32)
    else:
        step = np.maximum(np.abs(values).max(axis=0), MIN_LARGEST).astype(np.float32) / GRID
    return {name: np.round(values / step).astype(np.int8), f"{name}_step": step}


def _grid_step(values: np.ndarray, smallest: float) -> float:
    """The power of two that `network.round_weights` used: the largest that divides every value."""
    step = 2.0 ** np.floor(np.log2(smallest))
    while not np.allclose(values / step, np.round(values / step), atol=1e-6):
        step /= 2
    return float(step)
