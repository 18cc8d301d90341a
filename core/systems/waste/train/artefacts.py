"""What a trained version leaves: the network's files and its records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.artefacts import keras_files, version_records
from core.systems.waste.calibration import WasteCalibration
from core.systems.waste.engine import NETWORK_FILE
from core.systems.waste.familiarity import FILE as CHECKED_FILE
from core.systems.waste.labels import MATERIALS, PLASTIC_MATERIALS
from core.systems.waste.network import compact
from core.systems.waste.train.card import card
from core.systems.waste.train.options import WasteTrainingOptions
from core.systems.waste.train.preparing import PreparedPhotos

if TYPE_CHECKING:  # Keras takes seconds to import and is there for training alone
    import keras

H5_FILE = "model.h5"
CALIBRATED_ON_RUNS = "photos of places that other runs left out, and of familiar sources that this run does not test"


def write_network(network: keras.Model, folder: Path) -> None:
    """Write the network as HDF5 and as LiteRT, at half its size; it is rounded in place, so that both hold the same."""
    folder.mkdir(parents=True, exist_ok=True)
    compact.fold(network)
    compact.to_half_precision(network)
    keras_files.save(network, folder / H5_FILE)
    (folder / NETWORK_FILE).write_bytes(keras_files.to_litert(network))


@dataclass(frozen=True)
class Measurements:
    """What was measured of a version.

    results: figures by test set. taught: of places that taught a few labels, by source and number.
    several: of scenes of several things; None where it did not learn to find them.
    latency: time of a photo by name of the statistic [ms].
    seconds: since training was started, or taken up again [s].
    reference: record of what its answers are held against for drift; None without validation photos of waste.
    """

    results: Mapping[str, Mapping[str, object]]
    taught: Mapping[str, Mapping[str, object]]
    several: Mapping[str, float] | None
    latency: Mapping[str, float]
    seconds: float
    reference: Mapping[str, object] | None = None


def write_records(
    folder: Path,
    options: WasteTrainingOptions,
    prepared: PreparedPhotos,
    calibration: WasteCalibration,
    measured: Measurements,
) -> dict[str, Any]:
    """Write metadata.json and card.md; returns the metadata.

    folder: that of the version; its network's files are there already.
    options, prepared: what was trained, on what.
    calibration: what was set on photos that did not train.
    """
    parts = prepared.parts
    metadata: dict[str, object] = {
        "labels": list(MATERIALS),
        "plastic_materials": list(PLASTIC_MATERIALS),
        "image_size": options.image_size,
        "gives_features": True,
        "calibration": calibration.as_dict(),
        "calibrated_on": CALIBRATED_ON_RUNS if options.unseen else "validation photos",
        "data": {
            "manifest_sha256": prepared.manifest,
            "photos": dict(sorted(Counter(photo.source for photo in prepared.learnable).items())),
            "parts": {"train": len(parts.train), "validation": len(parts.validation), "test": len(parts.test)},
            "never_trained": prepared.never_trained(options.leave_out),
            "contradictory": prepared.contradictory,
        },
        "split": options.split,
        "seed": options.seed,
        "options": options.model_dump(mode="json", exclude={"data", "work", "resume", "unseen"})
        | {"backbone": Path(options.backbone).name},
        "metrics": measured.results,
        "taught": measured.taught,
        "several_things": measured.several,
        "latency": measured.latency,
        "seconds_since_last_start": round(measured.seconds),
    }
    if measured.reference is not None:
        metadata[version_records.REFERENCE] = measured.reference
    names = (H5_FILE, NETWORK_FILE, CHECKED_FILE)
    return version_records.write_records(folder, "waste", names, metadata, card)
