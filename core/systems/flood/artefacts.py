"""What a trained version leaves: model.h5, model.tflite, metadata.json and the card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core import networks
from core.security import sha256_of
from core.systems.flood import card
from core.systems.flood.residual import METADATA_FILE, NETWORK_FILE

H5_FILE = "model.h5"
CARD_FILE = "card.md"


def write_network(made: Any, folder: Path) -> None:
    """The network as HDF5 and as LiteRT, its weights at half precision in both."""
    from core.systems.flood import network

    folder.mkdir(parents=True, exist_ok=True)
    networks.to_half_precision(made)
    networks.save(made, folder / H5_FILE)
    (folder / NETWORK_FILE).write_bytes(network.to_litert(made))


def write_records(folder: Path, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """metadata.json and card.md beside the network's files."""
    told = {
        "system": "flood",
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code_version": networks.code_version(),
        **metadata,
        "files": {name: sha256_of(folder / name) for name in (H5_FILE, NETWORK_FILE)},
    }
    (folder / METADATA_FILE).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (folder / CARD_FILE).write_text(card.card(told), encoding="utf-8")
    return told
