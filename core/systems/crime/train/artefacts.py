"""What a trained version leaves: model.h5, the arrays that serve, metadata.json and the card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.artefacts import keras_files, version_records
from core.systems.crime.engine import SERVING_FILE
from core.systems.crime.features import context, histories
from core.systems.crime.train import card, network

H5_FILE = "model.h5"


def context_arrays(made: Any, known: context.Vocabulary, past: histories.Tables) -> dict[str, np.ndarray]:
    """What serves of a context network whose weights are rounded (`network.round_weights`)."""
    arrays = {f"keys_{name}": known.keys[name] for name in context.PLACES}
    arrays |= _table("context_vectors", made.get_layer("vectors").get_weights()[0], grid=True)
    names = [f"hidden_{place}" for place in range(len(network.HIDDEN))]
    for place, name in enumerate([*names, "context"]):
        arrays |= _layer(f"context_{place}", made.get_layer(name))
    for place, table in enumerate(past.values):
        arrays |= _table(f"past_{place}", table, grid=False)
    return arrays


def coding_arrays(made: Any, rare: np.ndarray) -> dict[str, np.ndarray]:
    """What serves of a coding network whose weights are rounded; rare: `text.rarity` of what trained."""
    vectors = made.get_layer("pieces_vectors").get_weights()[0]
    kept = {"coding_rarity": rare.astype(np.float16)}
    return kept | _table("coding_vectors", vectors, grid=True) | _layer("coding_0", made.get_layer("coding"))


def _layer(name: str, layer: Any) -> dict[str, np.ndarray]:
    weights, bias = layer.get_weights()
    return {f"{name}_weights": weights.astype(np.float16), f"{name}_bias": bias.astype(np.float16)}


def _table(name: str, values: np.ndarray, grid: bool) -> dict[str, np.ndarray]:
    """A table as 8-bit steps: on the grid that it was rounded to, or on one of its own per column."""
    if grid:
        smallest = np.abs(values[values != 0]).min() if values.any() else 1.0
        step = np.full(values.shape[1], _grid_step(values, float(smallest)), dtype=np.float32)
    else:
        step = np.maximum(np.abs(values).max(axis=0), 1e-6).astype(np.float32) / network.GRID
    return {name: np.round(values / step).astype(np.int8), f"{name}_step": step}


def _grid_step(values: np.ndarray, smallest: float) -> float:
    """The power of two that `network.round_weights` used: the largest that divides every value."""
    step = 2.0 ** np.floor(np.log2(smallest))
    while not np.allclose(values / step, np.round(values / step), atol=1e-6):
        step /= 2
    return float(step)


def inputs(known: context.Vocabulary) -> dict[str, Any]:
    """The part of the vocabulary that is no array."""
    return {
        "words": {name: list(words) for name, words in known.words.items()},
        "origin": known.origin,
        "first": known.first,
        "last": known.last,
    }


def write(folder: Path, made: Any, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """All files of a version; returns the metadata with its date, code and the files' sha256."""
    folder.mkdir(parents=True, exist_ok=True)
    keras_files.save(made, folder / H5_FILE)
    np.savez_compressed(folder / SERVING_FILE, **arrays)  # type: ignore[arg-type]
    return version_records.write_records(folder, "crime", (H5_FILE, SERVING_FILE), metadata, card.card)
