"""What a trained version leaves: model.h5, model.tflite, metadata.json and the card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.artefacts import keras_files, version_records
from core.systems.flood.correction.residual import NETWORK_FILE
from core.systems.flood.train import card

H5_FILE = "model.h5"


def write_network(trained: object, folder: Path) -> None:
    """Write a Keras network as HDF5 and as LiteRT, its weights at half precision in both; they are rounded in place."""
    from core.systems.flood.train import network

    folder.mkdir(parents=True, exist_ok=True)
    keras_files.to_half_precision(trained)
    keras_files.save(trained, folder / H5_FILE)
    (folder / NETWORK_FILE).write_bytes(network.to_litert(trained))


def write_records(folder: Path, metadata: Mapping[str, object]) -> dict[str, object]:
    """Write metadata.json and card.md beside the network's files; returns what metadata.json holds."""
    return version_records.write_records(folder, "flood", (H5_FILE, NETWORK_FILE), metadata, card.card)
