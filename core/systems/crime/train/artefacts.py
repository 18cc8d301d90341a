"""What a trained version leaves: model.h5, the arrays that serve, metadata.json and the card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.artefacts import keras_files, version_records
from core.systems.crime.engine import SERVING_FILE
from core.systems.crime.train import card
from core.systems.crime.train.coding_model import TrainedCoding
from core.systems.crime.train.context_model import TrainedContext
from core.systems.crime.train.dataset import LabelledRecords
from core.systems.crime.train.network import KerasNetwork, join_networks
from core.systems.crime.train.options import CrimeTrainingOptions
from core.systems.crime.train.serving_arrays import coding_arrays

H5_FILE = "model.h5"


@dataclass(frozen=True)
class CrimeVersion:
    """A version before it is written.

    network: Keras model of all networks.
    arrays: what serves, by name.
    metadata: what is needed beside them, and what is known about the version.
    """

    network: KerasNetwork
    arrays: Mapping[str, np.ndarray]
    metadata: dict[str, Any]


def assemble_version(
    context: TrainedContext, coding: TrainedCoding | None, dataset: LabelledRecords, options: CrimeTrainingOptions
) -> CrimeVersion:
    """A version of the context network and, if there is one, the coding network."""
    networks, arrays = {"context": context.network}, dict(context.arrays)
    calibrations = {situation: calibration.as_dict() for situation, calibration in context.calibrations.items()}
    if coding:
        networks["coding"] = coding.fitted.network
        arrays |= coding_arrays(coding.fitted.network, coding.fitted.rarity)
        calibrations["coding"] = coding.calibration.as_dict()
    everything = np.ones(len(dataset.labels), dtype=bool)
    columns, findings = dataset.records.columns, dataset.records.findings
    metadata = {
        "city": options.city or options.data.stem,
        "labels": list(dataset.names),
        "timezone": options.timezone,
        "inputs": context.serving.vocabulary.as_record(),
        "prior": [float(share) for share in context.prior],
        "calibration": calibrations,
        "known_texts": coding.keys if coding else [],
        "columns": dict(columns.chosen),
        "refused": dict(columns.refused),
        "left_out": dict(columns.left_out),
        "problems": findings.counts(),
        "rejected": findings.rejected,
        "trained_on": dataset.period(everything) if options.refit else None,
        "options": options.model_dump(mode="json", exclude={"data"}),
    }
    return CrimeVersion(join_networks(networks), arrays, metadata)


def write_version(folder: Path, version: CrimeVersion) -> dict[str, Any]:
    """Write all files of a version; returns the metadata with its date, code and the files' sha256."""
    folder.mkdir(parents=True, exist_ok=True)
    keras_files.save(version.network, folder / H5_FILE)
    np.savez_compressed(folder / SERVING_FILE, **version.arrays)  # type: ignore[arg-type]
    return version_records.write_records(folder, "crime", (H5_FILE, SERVING_FILE), version.metadata, card.card)
