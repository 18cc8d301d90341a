"""The networks as they serve: tables and matrix products in NumPy, so that a million records take seconds (ADR 8).

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

from core.systems.crime.categories.calibration import ClassCalibration
from core.systems.crime.features.context_features import encode_numbers, encode_slots
from core.systems.crime.features.offence_text import ngram_rows, ngram_weights, normalise
from core.systems.crime.features.place_history import SOURCES, HistoryTables
from core.systems.crime.features.vocabulary import PLACES, Vocabulary

SERVING_FILE = "serving.npz"
METADATA_FILE = "metadata.json"
CHUNK = 4096  # rows that go through together: their inputs stay in the cache
SITUATIONS = ("together", "alone")
"""Calibrations of the context network: with the sibling count of a table, and of a record that came alone."""

VersionMetadata = Mapping[str, Any]
"""What metadata.json says of a version; here: labels, timezone, inputs, prior, calibration and known_texts."""


@dataclass(frozen=True)
class DenseLayer:
    """A layer of weights, shape (inputs, outputs), and bias, shape (outputs,), both float32."""

    weights: np.ndarray
    bias: np.ndarray

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Outputs, shape (n, outputs), of inputs, shape (n, inputs)."""
        return np.asarray(values @ self.weights + self.bias)


@dataclass(frozen=True)
class ContextNetwork:
    """Categories from place and time.

    vectors: embeddings of the codes of all slots, one below the other, float32, shape (codes, vector).
    offsets: first row of each slot in `vectors`, int32, shape (slots,).
    layers: dense layers, rectified but for the last.
    past: what was reported at each place.
    vocabulary: what training knew of places and words.
    calibrations: {one of SITUATIONS: calibration}.
    """

    vectors: np.ndarray
    offsets: np.ndarray
    layers: tuple[DenseLayer, ...]
    past: HistoryTables
    vocabulary: Vocabulary
    calibrations: Mapping[str, ClassCalibration]

    def logits(self, codes: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Raw logits of records.

        codes: `encode_slots`, int32, shape (n, slots).
        numbers: `encode_numbers`, float32, shape (n, numbers).

        Returns float32, shape (n, classes).
        """
        return self.forward(codes, self.past.look_up(codes), numbers)

    def forward(self, codes: np.ndarray, history: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Raw logits, as of `logits`, where the past is at hand too, or where some inputs were made missing.

        history: `HistoryTables.look_up`, float32, shape (n, `history_width`).
        """
        flat = self.vectors[codes + self.offsets].reshape(len(codes), -1)
        values = np.concatenate([flat, history, numbers], axis=1)
        for layer in self.layers[:-1]:
            values = np.maximum(layer(values), 0.0)
        return self.layers[-1](values)

    def probabilities(self, frame: pd.DataFrame, siblings: np.ndarray, codes: np.ndarray | None = None) -> np.ndarray:
        """Calibrated probabilities of records, chunk by chunk.

        frame: as `IncidentRecords.frame`.
        siblings: records of the same incident, 0 where that is not known, int, shape (n,).
        codes: `encode_slots` of the records if they are at hand.

        Returns float32, shape (n, classes).
        """
        codes = encode_slots(frame, self.vocabulary, siblings) if codes is None else codes
        numbers = encode_numbers(frame, self.vocabulary)
        parts = []
        for start in range(0, len(codes), CHUNK):
            rows = slice(start, start + CHUNK)
            parts.append(self.calibrate(self.logits(codes[rows], numbers[rows]), codes[rows, -1] > 0))
        return np.concatenate(parts) if parts else np.zeros((0, len(self.layers[-1].bias)), dtype=np.float32)

    def calibrate(self, logits: np.ndarray, together: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of raw logits, both of shape (n, classes).

        together: which records have a sibling count, boolean, shape (n,).
        """
        with_count, alone = (self.calibrations[situation].probabilities(logits) for situation in SITUATIONS)
        return np.where(together[:, None], with_count, alone).astype(np.float32)

    def set_bounds(self, together: np.ndarray) -> np.ndarray:
        """Cumulative probability at which each record's prediction set ends, shape (n, 1); `together` as above."""
        bounds = [self.calibrations[situation].set_from for situation in SITUATIONS]
        return np.where(together, *bounds)[:, None]


@dataclass(frozen=True)
class CodingNetwork:
    """Categories from the offence text.

    vectors: one number per class of each n-gram, float32, shape (buckets, classes).
    rarity: inverse document frequency of each n-gram, float32, shape (buckets,).
    layer: from the weighted sum of a text's vectors to logits.
    calibration: of those logits.
    """

    vectors: np.ndarray
    rarity: np.ndarray
    layer: DenseLayer
    calibration: ClassCalibration

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """Raw logits of normalised texts; float32, shape (n, classes)."""
        sums = np.zeros((len(texts), self.vectors.shape[1]), dtype=np.float32)
        for index, text in enumerate(texts):
            rows = np.array(ngram_rows(text, len(self.vectors)), dtype=np.int64)
            sums[index] = ngram_weights(rows, self.rarity) @ self.vectors[rows]
        return self.layer(sums)

    def probabilities(self, texts: pd.Series) -> np.ndarray:
        """Calibrated probabilities of offence texts as written; each distinct one is read once.

        Returns float32, shape (n, classes).
        """
        codes, distinct = pd.factorize(texts.astype("string").fillna(""))
        probabilities = self.calibration.probabilities(self.logits([normalise(text) for text in distinct]))
        return np.asarray(probabilities[codes], dtype=np.float32)


@dataclass(frozen=True)
class CrimeEngine:
    """One version: its categories, its metadata, and the networks that it has."""

    labels: tuple[str, ...]
    metadata: VersionMetadata
    context: ContextNetwork | None
    coding: CodingNetwork | None

    @staticmethod
    def load(folder: Path) -> CrimeEngine:
        """The engine of the artefacts in `folder`."""
        metadata = json.loads((folder / METADATA_FILE).read_text(encoding="utf-8"))
        with np.load(folder / SERVING_FILE, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        return CrimeEngine(
            labels=tuple(metadata["labels"]),
            metadata=metadata,
            context=build_context_network(arrays, metadata) if "context_vectors" in arrays else None,
            coding=build_coding_network(arrays, metadata) if "coding_vectors" in arrays else None,
        )


def build_context_network(arrays: Mapping[str, np.ndarray], metadata: VersionMetadata) -> ContextNetwork:
    """The context network of `serving_arrays.context_arrays` and a version's metadata."""
    keys = {name: arrays[f"keys_{name}"].astype(np.int64) for name in PLACES}
    vocabulary = Vocabulary.from_record(metadata["inputs"], keys)
    sizes = vocabulary.sizes()
    depth = sum(name.startswith("context_") and name.endswith("_weights") for name in arrays)
    return ContextNetwork(
        vectors=_dequantised(arrays, "context_vectors"),
        offsets=np.r_[0, np.cumsum(sizes)[:-1]].astype(np.int32),
        layers=tuple(_dense_layer(arrays, f"context_{index}") for index in range(depth)),
        past=HistoryTables(tuple(_dequantised(arrays, f"past_{index}") for index in range(len(SOURCES)))),
        vocabulary=vocabulary,
        calibrations={
            situation: ClassCalibration.from_dict(metadata["calibration"][situation]) for situation in SITUATIONS
        },
    )


def build_coding_network(arrays: Mapping[str, np.ndarray], metadata: VersionMetadata) -> CodingNetwork:
    """The coding network of `serving_arrays.coding_arrays` and a version's metadata."""
    return CodingNetwork(
        _dequantised(arrays, "coding_vectors"),
        arrays["coding_rarity"].astype(np.float32),
        _dense_layer(arrays, "coding_0"),
        ClassCalibration.from_dict(metadata["calibration"]["coding"]),
    )


def _dense_layer(arrays: Mapping[str, np.ndarray], name: str) -> DenseLayer:
    """A layer that is stored in half precision."""
    return DenseLayer(arrays[f"{name}_weights"].astype(np.float32), arrays[f"{name}_bias"].astype(np.float32))


def _dequantised(arrays: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """A table that is stored as 8-bit steps and the size of a step per column."""
    return np.asarray(arrays[name].astype(np.float32) * arrays[f"{name}_step"].astype(np.float32))
