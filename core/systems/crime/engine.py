"""The networks as they serve: tables and matrix products in NumPy, so that a million records take seconds.

The same weights as model.h5, read from `serving.npz`; a test holds the two against each other. Nothing is changed after
loading, so that any number of threads may ask.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.systems.crime.calibration import Calibration
from core.systems.crime.features import context as features
from core.systems.crime.features import histories, text

SERVING_FILE = "serving.npz"
METADATA_FILE = "metadata.json"
CHUNK = 4096  # rows that go through together: their inputs stay in the cache
WAYS = ("together", "alone")
"""Calibrations of the context network: with the sibling count of a table, and of a record that came alone."""


@dataclass(frozen=True)
class Dense:
    """One layer: shape (inputs, outputs) and (outputs,)."""

    weights: np.ndarray
    bias: np.ndarray

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Outputs of inputs (n, inputs)."""
        return np.asarray(values @ self.weights + self.bias)


@dataclass(frozen=True)
class Context:
    """Categories from place and time."""

    vectors: np.ndarray
    offsets: np.ndarray
    layers: tuple[Dense, ...]
    past: histories.Tables
    known: features.Vocabulary
    calibrations: Mapping[str, Calibration]

    def logits(self, codes: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Raw logits (n, classes) of codes (n, slots) and numbers (n, numbers)."""
        return self.run(codes, self.past.of(codes), numbers)

    def run(self, codes: np.ndarray, history: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """The network itself; also of inputs of which some were made missing."""
        flat = self.vectors[codes + self.offsets].reshape(len(codes), -1)
        values = np.concatenate([flat, history, numbers], axis=1)
        for layer in self.layers[:-1]:
            values = np.maximum(layer(values), 0.0)
        return self.layers[-1](values)

    def probabilities(self, frame: pd.DataFrame, siblings: np.ndarray, codes: np.ndarray | None = None) -> np.ndarray:
        """Calibrated probabilities (n, classes) of records (`cleaning.Records.frame`), chunk by chunk.

        siblings: rows of the same incident, 0 where that is not known; shape (n,). codes: the records' `features.codes`
        if they were made before.
        """
        codes = features.codes(frame, self.known, siblings) if codes is None else codes
        numbers = features.numbers(frame, self.known)
        parts = []
        for start in range(0, len(codes), CHUNK):
            here = slice(start, start + CHUNK)
            parts.append(self.calibrated(self.logits(codes[here], numbers[here]), codes[here, -1] > 0))
        return np.concatenate(parts) if parts else np.zeros((0, len(self.layers[-1].bias)), dtype=np.float32)

    def calibrated(self, logits: np.ndarray, together: np.ndarray) -> np.ndarray:
        """Probabilities; `together` (boolean, (n,)) says which rows have a sibling count."""
        with_count, alone = (self.calibrations[way].probabilities(logits) for way in WAYS)
        return np.where(together[:, None], with_count, alone).astype(np.float32)

    def set_from(self, together: np.ndarray) -> np.ndarray:
        """Where the sets of rows end; shape (n, 1)."""
        bounds = [self.calibrations[way].set_from for way in WAYS]
        return np.where(together, *bounds)[:, None]


@dataclass(frozen=True)
class Coding:
    """Categories from the offence text."""

    vectors: np.ndarray
    rare: np.ndarray
    layer: Dense
    calibration: Calibration

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """Raw logits (n, classes) of normalised texts."""
        rows = np.zeros((len(texts), self.vectors.shape[1]), dtype=np.float32)
        for place, one in enumerate(texts):
            found = np.array(text.pieces(one, len(self.vectors)), dtype=np.int64)
            rows[place] = text.weights(found, self.rare) @ self.vectors[found]
        return self.layer(rows)

    def probabilities(self, texts: pd.Series) -> np.ndarray:
        """Calibrated probabilities (n, classes) of offence texts as written; each distinct one is read once."""
        codes, known = pd.factorize(texts.astype("string").fillna(""))
        made = self.calibration.probabilities(self.logits([text.normalise(one) for one in known]))
        return np.asarray(made[codes], dtype=np.float32)


@dataclass(frozen=True)
class CrimeEngine:
    """One version: what it knows and what it answers with."""

    labels: tuple[str, ...]
    metadata: Mapping[str, Any]
    context: Context | None
    coding: Coding | None

    @staticmethod
    def load(folder: Path) -> CrimeEngine:
        """The engine of the artefacts in `folder`."""
        metadata = json.loads((folder / METADATA_FILE).read_text(encoding="utf-8"))
        with np.load(folder / SERVING_FILE, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        return CrimeEngine(
            labels=tuple(metadata["labels"]),
            metadata=metadata,
            context=context_of(arrays, metadata) if "context_vectors" in arrays else None,
            coding=coding_of(arrays, metadata) if "coding_vectors" in arrays else None,
        )


def context_of(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, Any]) -> Context:
    """The context network of what `artefacts.serving_arrays` made."""
    inputs = metadata["inputs"]
    known = features.Vocabulary(
        {name: arrays[f"keys_{name}"].astype(np.int64) for name in features.PLACES},
        inputs["words"],
        tuple(inputs["origin"]) if inputs["origin"] else None,
        inputs["first"],
        inputs["last"],
    )
    sizes = known.sizes()
    return Context(
        vectors=unpacked(arrays, "context_vectors"),
        offsets=np.r_[0, np.cumsum(sizes)[:-1]].astype(np.int32),
        layers=tuple(dense(arrays, f"context_{place}") for place in range(_count(arrays, "context_"))),
        past=histories.Tables(tuple(unpacked(arrays, f"past_{place}") for place in range(len(histories.SOURCES)))),
        known=known,
        calibrations={way: Calibration.from_dict(metadata["calibration"][way]) for way in WAYS},
    )


def coding_of(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, Any]) -> Coding:
    """The coding network of what `artefacts.serving_arrays` made."""
    return Coding(
        unpacked(arrays, "coding_vectors"),
        arrays["coding_rarity"].astype(np.float32),
        dense(arrays, "coding_0"),
        Calibration.from_dict(metadata["calibration"]["coding"]),
    )


def _count(arrays: Mapping[str, np.ndarray], name: str) -> int:
    return sum(key.startswith(name) and key.endswith("_weights") for key in arrays)


def dense(arrays: Mapping[str, np.ndarray], name: str) -> Dense:
    """A layer kept in half precision."""
    return Dense(arrays[f"{name}_weights"].astype(np.float32), arrays[f"{name}_bias"].astype(np.float32))


def unpacked(arrays: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """A table kept as 8-bit steps and the size of a step per column."""
    return np.asarray(arrays[name].astype(np.float32) * arrays[f"{name}_step"].astype(np.float32))
