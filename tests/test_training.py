"""Training of any system, shown with the toy: fit, write, register."""

from __future__ import annotations

import json

import pytest

from core import inference, registry, training
from core.errors import Cancelled, DamagedArtefact, InvalidInput, MissingPart
from core.progress import sentence
from core.store import Query
from tests.support import toys

WORDS = "word,label\ncup,short\nbag,short\ncarton,long\nbottle,long\n"


@pytest.fixture(autouse=True)
def toy(tmp_path, monkeypatch):
    toys.known(monkeypatch, toys.install(tmp_path / "toy", versions=()))
    (tmp_path / "words.csv").write_text(WORDS)


def ignore(_progress):
    pass


def train(tmp_path, version="7", progress=ignore):
    chosen = training.options("toy")(data=tmp_path / "words.csv")
    return training.train("toy", chosen, tmp_path / "toy" / "models" / "toy" / version, progress)


def test_a_trained_version_is_registered_and_answers(tmp_path, store):
    metadata = train(tmp_path)
    assert metadata["metrics"] == {"accuracy": 1.0, "threshold": 3}
    made = inference.predict("toy", [{"word": "cup"}, {"word": "bottle"}], version="7")
    assert [prediction.answer.value for prediction in made] == ["short", "long"]


def test_the_first_version_of_a_system_becomes_its_champion_and_later_ones_do_not(tmp_path):
    train(tmp_path, "7")
    train(tmp_path, "8")
    assert registry.registry().aliases("toy") == {"champion": "7"}
    assert [found.version for found in registry.registry().versions("toy")] == ["7", "8"]


def test_progress_is_told(tmp_path):
    told = []
    train(tmp_path, progress=lambda progress: told.append((progress.share, sentence(progress))))
    assert told == [(0.0, "4 words"), (1.0, "done")]


def test_a_cancelled_training_registers_nothing(tmp_path):
    def stop(progress):
        if progress.share == 0:
            raise Cancelled("Stopped as asked.")

    with pytest.raises(Cancelled):
        train(tmp_path, progress=stop)
    assert registry.registry().versions("toy") == []


def test_a_folder_outside_the_registry_is_written_and_not_registered(tmp_path):
    chosen = training.options("toy")(data=tmp_path / "words.csv")
    training.train("toy", chosen, tmp_path / "elsewhere" / "7", ignore)
    assert json.loads((tmp_path / "elsewhere" / "7" / "model.json").read_text()) == {"threshold": 3}
    assert (tmp_path / "elsewhere" / "7" / "card.md").is_file()
    assert registry.registry().aliases("toy") == {}


def test_artefacts_that_do_not_match_their_metadata_are_not_registered(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "sha256_of", lambda path: "0" * 64)
    with pytest.raises(DamagedArtefact):
        train(tmp_path)
    assert registry.registry().aliases("toy") == {}


def test_training_data_that_is_not_there_is_told(tmp_path):
    chosen = training.options("toy")(data=tmp_path / "absent.csv")
    with pytest.raises(InvalidInput, match="does not exist"):
        training.train("toy", chosen, tmp_path / "out", ignore)


@pytest.mark.parametrize(
    ("absent", "expected"), [("tensorflow", MissingPart), ("a_module_of_ours", ModuleNotFoundError)]
)
def test_packages_that_are_missing_for_training_are_told_and_our_own_faults_are_not_hidden(
    tmp_path, monkeypatch, absent, expected
):
    import core.systems.toy.train as trainer

    def fit(*_):
        raise ModuleNotFoundError(f"No module named {absent!r}", name=absent)

    monkeypatch.setattr(trainer, "fit", fit)
    with pytest.raises(expected):
        train(tmp_path)


def test_figures_of_a_version_are_measured_and_nothing_is_logged(tmp_path, store):
    train(tmp_path)
    chosen = training.evaluate_options("toy")(data=tmp_path / "words.csv")
    assert training.evaluate("toy", chosen, None, ignore) == {"n": 4, "accuracy": 1.0, "model_version": "7"}
    assert store.count(Query()) == 0
