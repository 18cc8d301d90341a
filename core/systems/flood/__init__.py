"""Flood: where the water goes, how deep and how soon, from terrain, rain and inflow.

What serves is imported on the first call: the app opens without NumPy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue, ModelWrapValidatorHandler, PrivateAttr, model_validator

from core.contract import Answer, Explanation
from core.errors import InvalidInput, refusal
from core.progress import ProgressListener
from core.systems.flood.request import Dem, EventFolder, FloodRequest, refuse_other_than_object

if TYPE_CHECKING:  # both import NumPy
    from core.systems.flood.engine import FloodEngine
    from core.systems.flood.question import Question

NAME = "flood"
TITLE = "Flood"
QUESTION = "Where will the water go, how deep, and how soon?"
LABELS = ("dry", "ankle-deep", "knee-deep", "waist-deep", "chest-deep", "over the head")
"""How deep the water gets on the deepest hundredth of the area: see `judgement`."""


class FloodInput(FloodRequest):
    """Terrain, water and what is wanted; times are seconds from the start."""

    _question: Question = PrivateAttr()

    @model_validator(mode="wrap")
    @classmethod
    def _with_question(cls, value: object, validate: ModelWrapValidatorHandler[FloodInput]) -> FloodInput:
        """Read the terrain and everything else at once, so that what is wrong is refused as input, not as a failure."""
        from core.systems.flood import intake

        if isinstance(value, cls):
            return value
        if isinstance(value, EventFolder):
            instance = cls.model_construct(dem=Dem.model_construct(), mode=value.mode)
            instance._question = intake.of_folder(value.path, value.mode)
            return instance
        instance = validate(refuse_other_than_object(_decoded(value), "Input"))
        instance._question = intake.of_request(instance)
        return instance

    @property
    def question(self) -> Question:
        """What the engine is asked: terrain and water as they were read."""
        return self._question

    @property
    def plain_request(self) -> dict[str, JsonValue] | None:
        """The request as JSON has it, without its files; None of an event folder."""
        return None if self.dem.area is None and self.dem.b64 is None else self.without_files()

    def content(self) -> bytes:
        """What identifies the input in the log: the terrain's numbers and everything that was asked."""
        return self._question.digest.encode()


Input = FloodInput
Folder = EventFolder
FOLDER_FILE = "event.json"


def _decoded(value: object) -> object:
    """A file's bytes hold one request as JSON; other values stay as they are."""
    if not isinstance(value, bytes):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError(
            refusal("a JSON object with a request", "other bytes", "For an event folder, say --event FOLDER.")
        ) from None


def load(folder: Path) -> FloodEngine:
    """The engine of the artefacts in `folder`."""
    from core.systems.flood.engine import FloodEngine

    return FloodEngine.load(folder)


def rehearse(engine: FloodEngine) -> None:
    """Have the loops compiled, which takes half a minute on a machine that never did, before somebody waits for it."""
    engine.warm_up()


def expected_seconds(inputs: Sequence[FloodInput]) -> float:
    """About how long `predict` will take [s]."""
    from core.systems.flood import answers

    return sum(answers.expected_seconds(instance.question) for instance in inputs)


def predict(
    engine: FloodEngine, inputs: Sequence[FloodInput], progress: ProgressListener | None = None
) -> list[Answer]:
    """One answer per request, in order; its rasters are kept as files."""
    from core.systems.flood import answers

    return [answers.answer(engine, instance.question, progress, instance.plain_request) for instance in inputs]


def explain(engine: FloodEngine, instance: FloodInput) -> Explanation:
    """Where the water is as deep as the answer says, and how much of it came as rain and from each inflow."""
    from core.systems.flood import answers

    return answers.explain(engine, instance.question)


def write_sample(folder: Path) -> Mapping[str, str]:
    """Write the sample event into a new folder; InvalidInput if it holds something."""
    from core.systems.flood.terrain import sample

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(expected="a new folder, or an empty one", received=f"{folder}", advice="Choose another.")
    sample.write(folder)
    return {path.name: str(path) for path in sorted(folder.iterdir())}
