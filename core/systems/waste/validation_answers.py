"""A version's answers to the validation photos of waste, as it will answer them when it serves."""

from __future__ import annotations

from collections.abc import Sequence

from core.contract import UNLIKE_CHECKED, Answer
from core.systems.waste import answers
from core.systems.waste.data.photos import LabelledPhoto
from core.systems.waste.engine import WasteEngine


def answer_validation(engine: WasteEngine, photos: Sequence[LabelledPhoto]) -> list[Answer]:
    """Answers to the photos of waste among the validation photos, in order, one decoded at a time.

    How unlike all checked photos one is counts without itself and its near-duplicates.

    engine: with the checked photos that were made from these.
    """
    of_waste = [photo for photo in photos if photo.in_scope]
    given = [answers.predict(engine, [photo.decode()])[0] for photo in of_waste]
    if engine.checked is None:
        return given
    unlike = engine.checked.unlikeness_of_own([photo.group for photo in of_waste])
    return [
        answer.model_copy(update={"features": {**answer.features, UNLIKE_CHECKED: float(own)}})
        for answer, own in zip(given, unlike, strict=True)
    ]


def columns(given: Sequence[Answer]) -> dict[str, list[float | None]]:
    """The features of n answers by name, shape (n,)."""
    names = sorted({name for answer in given for name in answer.features})
    return {name: [answer.features.get(name) for answer in given] for name in names}


def about(photos: Sequence[LabelledPhoto]) -> str:
    """What was answered, for the card."""
    sources = sorted({photo.source for photo in photos if photo.in_scope})
    return f"the validation photos of waste ({', '.join(sources)}), which did not train"
