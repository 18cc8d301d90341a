"""The whole way with an invented town: train, write, load, answer, explain, evaluate; and parity with the network."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("keras", reason="needs the training packages")

from core.artefacts import keras_files
from core.errors import InvalidInput
from core.progress import Progress
from core.systems import crime
from core.systems.crime import train
from core.systems.crime.engine import CrimeEngine
from core.systems.crime.features.context_features import encode_numbers, encode_slots
from core.systems.crime.features.offence_text import ngram_matrix, ngram_weights
from tests.systems.crime.conftest import CHECKOUT, MAP, town

AGREE = 1e-3
ONE = {
    "datetime": "2020-05-05 03:30",
    "latitude": 50.0,
    "longitude": 8.0,
    "district": "NORTH",
    "address": "100 Block of ASH ST",
}


def quiet(_progress: Progress) -> None:
    pass


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A version of the town, with a few texts of one's own spelling so that there are enough to learn."""
    folder = tmp_path_factory.mktemp("town")
    table = town(3000)
    table["Details"] += np.where(
        np.arange(len(table)) % 3 == 0, "", np.where(np.arange(len(table)) % 3 == 1, " A", " B")
    )
    table.to_csv(folder / "town.csv", index=False)
    options = train.CrimeTrainingOptions(data=folder / "town.csv", map=MAP, epochs=12, text_epochs=25)
    train.fit(options, folder / "1", quiet)
    return folder / "1"


@pytest.fixture(scope="module")
def engine(trained) -> CrimeEngine:
    return crime.load(trained)


def answer(engine, **record):
    [found] = crime.predict(engine, [crime.CrimeInput.model_validate(record)])
    return found


def test_what_was_learnt_beats_the_last_years_shares_and_the_records_are_complete(trained):
    metadata = json.loads((trained / "metadata.json").read_text())
    results = metadata["metrics"]
    assert results["together"]["log_loss"] < results["prior_log_loss"] - 0.1
    assert results["coding"]["top1_by_text"] > 0.6
    assert metadata["labels"] == ["BIKES", "NOISE", "PAINT"]
    assert metadata["trained_on"]["rows"] + metadata["rejected"] == 3000
    assert "Disposition" in metadata["refused"]
    assert "Victim Name" in metadata["left_out"]
    assert metadata["reference"]["n"] == metadata["parts"]["validation"]["rows"]
    assert {"set_size", "hour", "predicted class"} < set(metadata["reference"]["features"])
    card = (trained / "card.md").read_text()
    assert "category of a reported incident" in card
    assert "Not meant for" in card


def test_a_record_with_a_text_is_coded_and_one_without_is_answered_from_its_context(engine):
    coded = answer(engine, **ONE, description="Wall paint")
    assert coded.details["mode"] == "coding"
    assert coded.value == "PAINT"
    placed = answer(engine, **ONE)
    assert placed.details["mode"] == "context"
    assert placed.value == "NOISE"
    for one in (coded, placed):
        assert one.details["about"] == "category of a reported incident"
        assert one.value in one.details["set90"]
        assert sum(other.score for other in one.alternatives) == pytest.approx(1, abs=0.02)


def test_a_misspelt_text_is_still_understood(engine):
    assert answer(engine, description="LOUD MUSSIC AT NIHGT").value == "NOISE"


def test_missing_fields_are_fine_and_do_not_narrow_the_answer(engine):
    day = {**ONE, "datetime": "2020-05-05 15:30"}
    full, bare = answer(engine, **day), answer(engine, datetime=day["datetime"])
    assert full.value == "BIKES"
    assert bare.score < full.score
    assert len(bare.details["set90"]) >= len(full.details["set90"])


def test_an_explanation_names_the_inputs_that_were_given(engine):
    found = crime.explain(engine, crime.CrimeInput.model_validate(ONE)).contributions
    assert set(found) == {"address", "place", "district", "datetime"}
    assert found["datetime"] > 0  # the hour says noise
    words = crime.explain(engine, crime.CrimeInput.model_validate({"description": "loud wall"})).contributions
    assert set(words) == {"description: loud", "description: wall"}


def test_numpy_and_tensorflow_agree(trained, engine):
    frame = pd.DataFrame({"datetime": pd.date_range("2020-02-01", periods=50, freq="7h")}).assign(
        latitude=50.004, longitude=8.0, district="NORTH", address="200 CEDAR AV", location_type=None, domestic=-1
    )
    context, coding = engine.context, engine.coding
    codes = encode_slots(frame, context.vocabulary, np.ones(50, dtype=np.int32))
    numbers = encode_numbers(frame, context.vocabulary)
    ngrams = ngram_matrix(["loud music", "wall painted twice"] * 25)
    reference = keras_files.load(trained / "model.h5")(
        {
            "codes": codes + context.offsets,
            "history": context.past.look_up(codes),
            "numbers": numbers,
            "pieces": ngrams,
            "weights": ngram_weights(ngrams, coding.rarity),
        }
    )
    assert np.abs(np.asarray(reference["context"]) - context.logits(codes, numbers)).max() < AGREE
    served = coding.logits(["loud music", "wall painted twice"] * 25)
    assert np.abs(np.asarray(reference["coding"]) - served).max() < AGREE


@pytest.mark.parametrize("mode", ["context", "coding"])
def test_an_evaluation_has_the_figures_and_counts_what_it_rejected(engine, tmp_path, mode):
    table = pd.concat([town(300, seed=9), town(1, seed=9)]).astype({"Occurred On": str})
    table.iloc[3, table.columns.get_loc("Occurred On")] = "soon"
    table.to_csv(tmp_path / "later.csv", index=False)
    found = train.evaluate(engine, train.CrimeEvaluationOptions(data=tmp_path / "later.csv", map=MAP, mode=mode), quiet)
    assert (found["n"], found["rejected"]) == ((300, 1) if mode == "context" else (301, 0))
    keys = "log_loss prior_log_loss top1 top3 macro_f1 ece coverage90 mean_set_size log_loss_single_record worst_group"
    assert set(keys.split()) <= set(found)
    assert set(found["worst_group"]) == {"district", "log_loss"}
    assert found["log_loss"] < found["prior_log_loss"]
    json.dumps(found, allow_nan=False)


def test_a_category_that_the_version_does_not_know_is_counted_not_lost(engine, tmp_path):
    town(50, seed=9).assign(Category="SMELL").to_csv(tmp_path / "odd.csv", index=False)
    found = train.evaluate(engine, train.CrimeEvaluationOptions(data=tmp_path / "odd.csv", map=MAP), quiet)
    assert found["unknown_categories"] == found["n"]
    assert found["top1"] == 0


def test_a_table_with_one_category_or_too_few_rows_is_refused(tmp_path):
    town(50).assign(Category="SAME").to_csv(tmp_path / "one.csv", index=False)
    with pytest.raises(InvalidInput, match="at least two categories"):
        train.fit(train.CrimeTrainingOptions(data=tmp_path / "one.csv", map=MAP), tmp_path / "out", quiet)
    town(50).to_csv(tmp_path / "few.csv", index=False)
    with pytest.raises(InvalidInput, match="Expected at least 20 rows"):
        train.fit(train.CrimeTrainingOptions(data=tmp_path / "few.csv", map=MAP), tmp_path / "out", quiet)


def test_serving_imports_neither_tensorflow_nor_what_only_training_needs(trained):
    code = f"""
import sys
from pathlib import Path
from core.systems import crime
from core.systems.crime import train
engine = crime.load(Path({str(trained)!r}))
record = crime.CrimeInput.model_validate({ONE!r})
assert crime.predict(engine, [record])[0].value
assert crime.explain(engine, record).contributions
heavy = {{"tensorflow", "keras", "sklearn", "lightgbm", "h5py"}}
print(sorted({{name.partition(".")[0] for name in sys.modules}} & heavy))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
