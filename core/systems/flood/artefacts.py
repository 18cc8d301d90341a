"""What a trained version leaves: model.h5, model.tflite, metadata.json and the card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core import networks
from core.systems.flood import card
from core.systems.flood.residual import NETWORK_FILE

H5_FILE = "model.h5"


def write_network(made: Any, folder: Path) -> None:
    """The network as HDF5 and as LiteRT, its weights at half precision in both."""
    from core.systems.flood import network

    folder.mkdir(parents=True, exist_ok=True)
    networks.to_half_precision(made)
    networks.save(made, folder / H5_FILE)
    (folder / NETWORK_FILE).write_bytes(network.to_litert(made))


def write_records(folder: Path, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """metadata.json and card.md beside the network's files."""
    return networks.write_records(folder, "flood", (H5_FILE, NETWORK_FILE), metadata, card.card)
