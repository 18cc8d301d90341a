"""The shipped version: small, complete, the same as its network, and fair to what its card says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.systems import crime
from core.systems.crime.features.context_features import encode_numbers, encode_slots
from core.systems.crime.features.offence_text import ngram_matrix, ngram_weights
from tests.systems.crime.conftest import CHECKOUT

MAX_BYTES = 6_000_000  # bytes of all files
AGREE = 1e-3
RECORD = {
    "datetime": "2014-09-30 23:51",
    "latitude": 37.7749,
    "longitude": -122.4194,
    "district": "MISSION",
    "address": "1200 Block of MARKET ST",
}


@pytest.fixture(scope="module")
def shipped() -> Path:
    champion = json.loads((CHECKOUT / "models" / "aliases.json").read_text()).get("crime", {}).get("champion")
    if champion is None:
        pytest.skip("no version of crime is shipped here")
    return CHECKOUT / "models" / "crime" / champion


@pytest.fixture(scope="module")
def engine(shipped):
    return crime.load(shipped)


def test_its_files_are_small_and_its_records_complete(shipped):
    metadata = json.loads((shipped / "metadata.json").read_text())
    assert metadata["files"].keys() == {"model.h5", "serving.npz"}
    assert sum(path.stat().st_size for path in shipped.iterdir()) <= MAX_BYTES
    assert len(metadata["labels"]) == 39
    assert metadata["metrics"]["together"]["log_loss"] < metadata["metrics"]["prior_log_loss"]
    assert "Not meant for" in (shipped / "card.md").read_text()


def test_both_questions_are_answered_and_never_mixed(engine):
    placed, coded = crime.predict(
        engine,
        [
            crime.CrimeInput.model_validate(RECORD),
            crime.CrimeInput.model_validate({"description": "GRAND THEFT FROM LOCKED AUTO"}),
        ],
    )
    assert (placed.details["mode"], coded.details["mode"]) == ("context", "coding")
    assert coded.value == "LARCENY/THEFT"
    assert len(coded.details["set90"]) < len(placed.details["set90"])


def test_numpy_and_tensorflow_agree(shipped, engine):
    pytest.importorskip("keras", reason="needs the training packages")
    from core.artefacts import keras_files

    moments = pd.date_range("2014-05-01", periods=200, freq="5h")
    frame = pd.DataFrame({"datetime": moments}).assign(
        latitude=37.77,
        longitude=-122.42,
        district="SOUTHERN",
        address="800 Block of BRYANT ST",
        location_type=None,
        domestic=-1,
    )
    codes = encode_slots(frame, engine.context.vocabulary, np.arange(200) % 4)
    numbers = encode_numbers(frame, engine.context.vocabulary)
    words = ["petty theft from a building", "stolen automobile"] * 100
    ngrams = ngram_matrix(words, len(engine.coding.vectors))
    reference = keras_files.load(shipped / "model.h5")(
        {
            "codes": codes + engine.context.offsets,
            "history": engine.context.past.look_up(codes),
            "numbers": numbers,
            "pieces": ngrams,
            "weights": ngram_weights(ngrams, engine.coding.rarity),
        }
    )
    assert np.abs(np.asarray(reference["context"]) - engine.context.logits(codes, numbers)).max() < AGREE
    assert np.abs(np.asarray(reference["coding"]) - engine.coding.logits(words)).max() < AGREE
