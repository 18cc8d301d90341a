"""Trained networks in files: HDF5 without optimizer or loss, compressed, never run as code; LiteRT."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # Keras takes seconds to import and is there for training alone
    import h5py
    import keras

MIN_PACKED_VALUES = 64  # of a dataset; a smaller one is no smaller when it is compressed


def save(network: keras.Model, path: Path) -> None:
    """Write a Keras network as HDF5, its datasets compressed: repositories keep every version for ever."""
    with writing():
        network.save(path, include_optimizer=False)
    _pack(path)


@contextmanager
def writing() -> Iterator[None]:
    """Around what writes weights: silences Keras 3.15, which converts variables in an old way and warns of HDF5."""
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


def load(path: Path) -> keras.Model:
    """Read a network back; never compiled, so that no stored string is looked up as code."""
    import keras

    return keras.models.load_model(path, compile=False)


def to_litert(network: keras.Model) -> bytes:
    """The network as a LiteRT (TensorFlow Lite) flatbuffer whose weights are stored in half precision."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return bytes(converter.convert())


def to_half_precision(network: keras.Model) -> None:
    """Round a network's weights in place to what half precision holds; computing stays in float32."""
    network.set_weights([values.astype(np.float16).astype(np.float32) for values in network.get_weights()])


def _pack(path: Path) -> None:
    """Rewrite an HDF5 file with its datasets compressed; what is read from it stays the same."""
    import h5py

    packed = path.with_suffix(".packed.h5")
    with h5py.File(path) as source, h5py.File(packed, "w") as target:
        target.attrs.update(source.attrs)

        def copy(name: str, item: h5py.Dataset | h5py.Group) -> None:
            if isinstance(item, h5py.Dataset):
                large = item.size >= MIN_PACKED_VALUES
                packing = {"compression": "gzip", "compression_opts": 9, "shuffle": True} if large else {}
                copied = target.create_dataset(name, data=item[()], **packing)
            else:
                copied = target.require_group(name)
            copied.attrs.update(item.attrs)

        source.visititems(copy)
    packed.replace(path)
