"""Waste: what the thing in a photo is made of, whether it is plastic, and which region of the photo decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator

from core.contract import Answer, Explanation
from core.security import decode_base64, decode_photo
from core.systems.waste.data import MATERIALS, preprocess
from core.systems.waste.engine import Engine
from core.systems.waste.features import describe
from core.systems.waste.judgement import answers

NOT_WASTE = "not waste"  # what a person says of a photo that shows none; never an answer
NAME = "waste"
TITLE = "Images"
QUESTION = "What is the thing in this photo made of, and is it plastic?"
LABELS = (*MATERIALS, NOT_WASTE)


class Input(BaseModel):
    """One photo."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [{"image": {"b64": "/9j/4AAQ..."}}]})

    image: bytes = Field(description='A photo file as base64 text, or as {"b64": text}.')
    _photo: Image.Image = PrivateAttr()

    @model_validator(mode="before")
    @classmethod
    def _bare_photo(cls, value: Any) -> Any:
        """A photo on its own, without the word `image` around it, is meant as one."""
        bare = isinstance(value, str | bytes | bytearray | memoryview) or (
            isinstance(value, Mapping) and set(value) == {"b64"}
        )
        return {"image": value} if bare else value

    @field_validator("image", mode="before")
    @classmethod
    def _as_bytes(cls, value: Any) -> bytes:
        """The file's bytes, however they were sent."""
        if isinstance(value, Mapping) and set(value) == {"b64"}:
            value = value["b64"]
        if isinstance(value, str):
            return decode_base64(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value)
        raise ValueError(
            f'Expected a photo as base64 text, as {{"b64": text}} or as bytes. Received {type(value).__name__}. '
            "Encode the file's bytes with a base64 function."
        )

    def model_post_init(self, _: Any) -> None:
        """Decode at once, so that a damaged photo is refused as input and not as a failure of the model."""
        self._photo = decode_photo(self.image)

    @property
    def photo(self) -> Image.Image:
        """The decoded photo: RGB, upright."""
        return self._photo

    def content(self) -> bytes:
        """What identifies the input in the log: the file's bytes."""
        return self.image


def load(folder: Path) -> Engine:
    """The engine that serves the artefacts in `folder`."""
    return Engine.load(folder)


def predict(engine: Engine, inputs: Sequence[Input]) -> list[Answer]:
    """One answer per photo, in order."""
    if not inputs:
        return []
    photos = [preprocess(one.photo, engine.size) for one in inputs]
    logits, _ = engine.run(photos)
    shapes = [one.photo.width / one.photo.height for one in inputs]
    return answers(logits, engine.calibration, [describe(*seen) for seen in zip(photos, shapes, strict=True)])


def explain(engine: Engine, instance: Input) -> Explanation:
    """Where in the photo the predicted material was seen: its class activation map, compared with the others'."""
    logits, maps = engine.run([preprocess(instance.photo, engine.size)])
    return Explanation(heat=heat_map(maps[0], int(np.argmax(logits[0, : len(MATERIALS)]))))


def heat_map(maps: np.ndarray, material: int) -> np.ndarray:
    """The map (rows, cols) of one material in [0, 1], from class maps (rows, cols, 7).

    A softmax sees only differences, so that a place speaks for a material by how far its map stands above the mean of
    the six; places that speak against it are 0.
    """
    above = maps[..., material] - maps[..., : len(MATERIALS)].mean(axis=-1)
    positive = np.maximum(above, 0.0)
    highest = float(positive.max())
    return np.asarray(positive / highest if highest > 0 else positive, dtype=np.float32)
