"""Trained networks in files: HDF5 without optimizer or loss, compressed, never run as code; LiteRT; their records."""

from __future__ import annotations

import json
import subprocess
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from core.artefacts.hashing import sha256_of

METADATA_FILE = "metadata.json"
CARD_FILE = "card.md"
SMALLEST_PACKED = 64  # values; below it a compressed dataset is no smaller


def save(network: Any, path: Path) -> None:
    """Write a Keras network as HDF5, its datasets compressed: repositories keep every version for ever."""
    with writing():
        network.save(path, include_optimizer=False)
    _pack(path)


@contextmanager
def writing() -> Iterator[None]:
    """Around what writes weights: Keras 3.15 hands its variables to NumPy 2 in the old way, and tells of HDF5."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@contextmanager
def precision(policy: str) -> Iterator[None]:
    """Around what builds a network that computes as Keras' policy says: float32 or mixed_bfloat16."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def load(path: Path) -> Any:
    """Read a network back; never compiled, so that no stored string is looked up as code."""
    import keras

    return keras.models.load_model(path, compile=False)


def to_litert(network: Any) -> bytes:
    """The network as a LiteRT (TensorFlow Lite) flatbuffer whose weights are stored in half precision."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return bytes(converter.convert())


def to_half_precision(network: Any) -> None:
    """Round a network's weights in place to what half precision holds; computing stays in float32."""
    network.set_weights([values.astype(np.float16).astype(np.float32) for values in network.get_weights()])


def _pack(path: Path) -> None:
    """Rewrite an HDF5 file with its datasets compressed; what is read from it stays the same."""
    import h5py

    packed = path.with_suffix(".packed.h5")
    with h5py.File(path) as source, h5py.File(packed, "w") as target:
        target.attrs.update(source.attrs)

        def copy(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset):
                large = {"compression": "gzip", "compression_opts": 9, "shuffle": True}
                made = target.create_dataset(name, data=item[()], **(large if item.size >= SMALLEST_PACKED else {}))
            else:
                made = target.require_group(name)
            made.attrs.update(item.attrs)

        source.visititems(copy)
    packed.replace(path)


def write_records(
    folder: Path, system: str, files: Sequence[str], metadata: Mapping[str, Any], card: Callable[[dict[str, Any]], str]
) -> dict[str, Any]:
    """metadata.json, with date, code and the sha256 of `files`, and card.md, what `card` makes of it; returns it."""
    told = {
        "system": system,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code_version": code_version(),
        **metadata,
        "files": {name: sha256_of(folder / name) for name in files},
    }
    (folder / METADATA_FILE).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (folder / CARD_FILE).write_text(card(told), encoding="utf-8")
    return told


def code_version() -> str:
    """The commit that trains, with + if files differ from it; unknown outside a checkout."""
    command = ["git", "describe", "--always", "--dirty=+"]
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()
