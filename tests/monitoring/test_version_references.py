"""References that trainings write, and those of the versions that ship."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.artefacts.hashing import sha256_of
from core.artefacts.version_records import (
    CARD_FILE,
    METADATA_FILE,
    REFERENCE,
    REFERENCE_FILE,
    reference_section,
    write_records,
)
from core.monitoring.drift import PREDICTED_CLASS, NumericHistogram, Reference, alarms, count_columns, detect
from core.monitoring.references import MIN_ANSWERS, write_reference
from core.settings import CHECKOUT

MAX_BYTES = 100_000
MODELS = CHECKOUT / "models"
CHAMPIONS = {
    system: MODELS / system / names["champion"]
    for system, names in json.loads((MODELS / "aliases.json").read_text()).items()
}


def test_a_training_writes_a_reference_that_its_records_name(tmp_path: Path) -> None:
    values = np.array(["long", "short"] * 30)
    record = write_reference(tmp_path, {"letters": np.arange(60.0)}, values, "60 invented words")
    (tmp_path / "model.json").write_text("{}")
    write_records(tmp_path, "toy", ["model.json"], {REFERENCE: record}, lambda _: "# Toy\n")
    metadata = json.loads((tmp_path / METADATA_FILE).read_text())
    assert metadata["files"].keys() == {"model.json"}  # a damaged reference must not keep the version from answering
    assert metadata[REFERENCE]["sha256"] == sha256_of(tmp_path / REFERENCE_FILE)
    reference = Reference.from_json((tmp_path / REFERENCE_FILE).read_bytes())
    assert (reference.n, reference.origin) == (60, "validation")
    letters = reference.features["letters"]
    assert isinstance(letters, NumericHistogram)
    assert letters.mean == pytest.approx(29.5)
    assert (
        (tmp_path / CARD_FILE)
        .read_text()
        .endswith(
            "compares this version's answers with 60 of its answers to 60 invented words. "
            "Features: letters, predicted class.\n"
        )
    )


@pytest.fixture(params=sorted(CHAMPIONS))
def shipped(request: pytest.FixtureRequest) -> Path:
    return CHAMPIONS[str(request.param)]


def record_of(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / METADATA_FILE).read_text())[REFERENCE]
    return record


def test_each_shipped_version_has_a_small_reference_as_its_records_and_its_card_say(shipped: Path) -> None:
    record = record_of(shipped)
    path = shipped / REFERENCE_FILE
    assert path.stat().st_size <= MAX_BYTES
    assert sha256_of(path) == record["sha256"]
    reference = Reference.from_json(path.read_bytes())
    assert (reference.n, list(reference.features)) == (record["n"], record["features"])
    assert reference.n >= MIN_ANSWERS
    assert PREDICTED_CLASS in reference.features
    assert (shipped / CARD_FILE).read_text().endswith(reference_section(record))


def test_answers_like_a_shipped_reference_do_not_alarm_and_moved_ones_do(shipped: Path) -> None:
    reference = Reference.from_json((shipped / REFERENCE_FILE).read_bytes())
    own = {name: list(histogram.counts) for name, histogram in reference.features.items()}
    assert not alarms(detect(reference, own))
    far = count_columns(reference, {name: np.full(200, 1e9) for name in reference.features})
    assert {drift.feature for drift in alarms(detect(reference, far))} == set(reference.features)
