"""The contract: the folder is the registration, and every system keeps what `core.contract.System` promises."""

from __future__ import annotations

import json
import math
import re
import sys
from typing import Protocol

import pytest
from pydantic import BaseModel

from core import registry, systems
from core.contract import System
from core.errors import InvalidInput, UnknownSystem
from core.settings import CHECKOUT
from tests.support import bad_photos, floods, toys

SHIPPED = sorted(path.parent.name for path in (CHECKOUT / "core" / "systems").glob("*/__init__.py"))
EXAMPLES = {
    "waste": {"image": bad_photos.jpeg()},
    "toy": {"word": "bottle"},
    "crime": {"datetime": "2014-09-30 23:51", "district": "MISSION"},
    "flood": floods.request(),
}
"""One good instance of each system."""


@pytest.fixture(params=[*SHIPPED, "toy"])
def system(request, tmp_path, monkeypatch):
    if request.param == "toy":
        toys.known(monkeypatch, toys.install(tmp_path / "toy"))
    return systems.get(request.param)


@pytest.fixture
def engine(system, tmp_path, monkeypatch):
    if system.NAME == "flood" and registry.CHAMPION not in registry.registry().aliases("flood"):
        toys.known(monkeypatch, floods.install(tmp_path / "flood"))  # none ships yet
    if registry.CHAMPION not in registry.registry().aliases(system.NAME):
        pytest.skip(f"{system.NAME} has no model here")
    return registry.registry().load(system.NAME, None, system.load).engine


def instance(system, **changes):
    return system.Input.model_validate({**EXAMPLES[system.NAME], **changes})


def test_every_folder_of_systems_is_a_system(system):
    assert isinstance(system, System)
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,39}", system.NAME)
    assert system.TITLE
    assert system.QUESTION.endswith("?")
    assert issubclass(system.Input, BaseModel)


def test_every_system_has_an_example_here(system):
    assert system.NAME in EXAMPLES, "add a good instance of the new system to EXAMPLES"


def test_a_schema_describes_the_input_for_forms_and_callers(system):
    schema = system.Input.model_json_schema()
    assert schema["type"] == "object"
    assert all(field.get("description") for field in schema["properties"].values())
    json.dumps(schema)


def test_training_and_evaluation_say_what_can_be_set(system):
    trainer = systems.trainer(system.NAME)
    for options in (trainer.Options, trainer.EvaluateOptions):
        assert issubclass(options, BaseModel)
        assert "data" in options.model_fields
        assert all(field.description for field in options.model_fields.values()), options
    assert callable(trainer.fit)
    assert callable(trainer.evaluate)


def test_each_instance_gets_one_answer_in_order_and_the_same_alone_as_among_others(system, engine):
    one = instance(system)
    [alone] = system.predict(engine, [one])
    among = system.predict(engine, [one, one, one])
    assert len(among) == 3
    for answer in among:
        assert answer.value == alone.value
        assert answer.score == pytest.approx(alone.score, abs=1e-4)
    assert system.predict(engine, []) == []


def test_an_answer_is_calibrated_ranked_and_plain(system, engine):
    [answer] = system.predict(engine, [instance(system)])
    scores = [other.score for other in answer.alternatives]
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) == pytest.approx(1, abs=0.02)
    assert answer.alternatives[0].value == answer.value
    assert answer.score == pytest.approx(scores[0])
    assert answer.abstained == (answer.reason is not None)
    json.dumps(answer.details, allow_nan=False)
    assert answer.features, "drift needs features"
    assert all(math.isfinite(number) for number in answer.features.values())
    labels = getattr(system, "LABELS", None)
    assert labels is None or {other.value for other in answer.alternatives} <= set(labels)


def test_an_explanation_is_a_map_or_contributions(system, engine):
    explanation = system.explain(engine, instance(system))
    assert (explanation.heat is not None) or explanation.contributions
    if explanation.heat is not None:
        assert explanation.heat.ndim == 2
        assert 0 <= explanation.heat.min() <= explanation.heat.max() <= 1


def test_the_command_line_may_send_a_files_bytes(system):
    data = {
        "waste": bad_photos.jpeg(),
        "toy": b"bottle\n",
        "crime": b'{"description": "LOUD MUSIC"}',
        "flood": json.dumps(floods.request()).encode(),
    }
    assert system.Input.model_validate(data[system.NAME])


def test_an_unknown_system_is_told_with_those_there_are():
    with pytest.raises(UnknownSystem, match=", ".join(SHIPPED)):
        systems.get("nobody")


def test_systems_are_sorted_and_found_once():
    assert list(systems.all_systems()) == SHIPPED
    assert systems.all_systems() is systems.all_systems()


def test_a_folder_of_systems_beside_the_checkout_is_found_too(tmp_path, monkeypatch):
    toys.known(monkeypatch, toys.install(tmp_path / "toy"))
    assert list(systems.all_systems()) == sorted([*SHIPPED, "toy"])
    assert "toy" not in SHIPPED


def broken(tmp_path, monkeypatch, name, source):
    monkeypatch.delitem(sys.modules, f"core.systems.{name}", raising=False)  # of a test before
    folder = tmp_path / "systems" / name
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(source)
    toys.known(monkeypatch, {"LOOKOUT_SYSTEMS_DIR": str(tmp_path / "systems")})


def test_a_system_that_lacks_a_part_fails_loudly(tmp_path, monkeypatch):
    broken(tmp_path, monkeypatch, "half", "NAME = 'half'\nTITLE = 'Half'\n")
    with pytest.raises(TypeError, match="QUESTION, Input, load, predict, explain"):
        systems.all_systems()


def test_a_system_that_calls_itself_otherwise_fails_loudly(tmp_path, monkeypatch):
    source = "NAME = TITLE = QUESTION = 'other'\nInput = load = predict = explain = None\n"
    broken(tmp_path, monkeypatch, "renamed", source)
    with pytest.raises(TypeError, match="NAME must be the folder's name"):
        systems.all_systems()


def test_a_system_that_cannot_be_imported_fails_loudly(tmp_path, monkeypatch):
    broken(tmp_path, monkeypatch, "crashing", "raise RuntimeError('no such file')")
    with pytest.raises(RuntimeError, match="no such file"):
        systems.all_systems()


LEAST = """
from pydantic import BaseModel
NAME = TITLE = QUESTION = "{name}"
class Input(BaseModel): ...
def load(folder): ...
def predict(engine, inputs): ...
def explain(engine, instance): ...
"""


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("def predict(engine): ...", "predict must take 2 arguments: see core.contract.System"),
        ("def expected_seconds(inputs): return 1.0", "predict must take 3 arguments: see core.contract.TakesLong"),
        ("rehearse = None", "rehearse must take 1 arguments: see core.contract.Rehearses"),
        ("def write_sample(folder): ...", "lacks Folder, FOLDER_FILE: see core.contract.AnswersFolders"),
    ],
)
def test_a_system_that_keeps_half_of_what_it_offers_fails_when_it_is_found(tmp_path, monkeypatch, more, sentence):
    broken(tmp_path, monkeypatch, "half", LEAST.format(name="half") + more)
    with pytest.raises(TypeError, match=re.escape(sentence)):
        systems.all_systems()


def test_what_a_system_offers_is_known_once_it_is_found(tmp_path, monkeypatch):
    more = "LABELS = ('a', 'b')\nOFTEN_UNSURE = True\ndef rehearse(engine): ...\n"
    broken(tmp_path, monkeypatch, "offering", LEAST.format(name="offering") + more)
    offers = systems.offers("offering")
    assert (offers.labels, offers.often_unsure, offers.takes_long, offers.folders) == (("a", "b"), True, None, None)
    assert offers.rehearses is systems.get("offering")


class Bench(Protocol):
    """What a page would need of a workbench."""

    SAMPLE: str

    def areas(self) -> list[str]: ...


class TooMuch(Protocol):
    """What no workbench has."""

    def areas(self, first: str, second: str) -> list[str]: ...


def test_a_page_gets_a_workbench_that_has_all_it_needs_or_is_told_what_lacks():
    assert systems.workbench("flood", Bench).SAMPLE
    with pytest.raises(TypeError, match=r"areas must take 2 arguments: see .*TooMuch"):
        systems.workbench("flood", TooMuch)
    with pytest.raises(InvalidInput, match="a system with a workbench"):
        systems.workbench("waste", Bench)
