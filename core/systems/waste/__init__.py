"""Waste: what the thing in a photo is made of, whether it is plastic, and which region of the photo decided.

What serves is imported on the first call: the app opens without NumPy and Pillow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator

from core.contract import Answer, Embedding, Explanation
from core.errors import refusal
from core.security.encoded_files import decode_base64
from core.systems.waste.labels import MATERIALS, NOT_WASTE

if TYPE_CHECKING:  # the app opens without NumPy and Pillow
    import numpy as np
    from PIL import Image

    from core.systems.waste.engine import WasteEngine

NAME = "waste"
TITLE = "Waste"
QUESTION = "What is the thing in this photo made of, and is it plastic?"
LABELS = (*MATERIALS, NOT_WASTE)
TAUGHT_CLASSES = MATERIALS


class WasteInput(BaseModel):
    """One photo."""

    model_config = ConfigDict(
        title="Input", frozen=True, json_schema_extra={"examples": [{"image": {"b64": "/9j/4AAQ..."}}]}
    )

    image: bytes = Field(description='A photo file as base64 text, or as {"b64": text}.')
    _photo: Image.Image = PrivateAttr()

    @model_validator(mode="before")
    @classmethod
    def _bare_photo(cls, value: object) -> object:
        """A photo on its own, without the word `image` around it, is meant as one."""
        bare = isinstance(value, str | bytes | bytearray | memoryview) or (
            isinstance(value, Mapping) and set(value) == {"b64"}
        )
        return {"image": value} if bare else value

    @field_validator("image", mode="before")
    @classmethod
    def _as_bytes(cls, value: object) -> bytes:
        """The file's bytes, however they were sent."""
        if isinstance(value, Mapping) and set(value) == {"b64"}:
            value = value["b64"]
        if isinstance(value, str):
            return decode_base64(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value)
        raise ValueError(
            refusal(
                expected='a photo as base64 text, as {"b64": text} or as bytes',
                received=type(value).__name__,
                advice="Encode the file's bytes with a base64 function.",
            )
        )

    def model_post_init(self, _: object) -> None:
        """Decode at once, so that a damaged photo is refused as input and not as a failure of the model."""
        from core.security.photos import decode_photo

        self._photo = decode_photo(self.image)

    @property
    def photo(self) -> Image.Image:
        """The decoded photo: RGB, upright."""
        return self._photo

    def content(self) -> bytes:
        """What identifies the input in the log: the file's bytes."""
        return self.image


Input = WasteInput


def load(folder: Path) -> WasteEngine:
    """The engine that serves the artefacts in `folder`."""
    from core.systems.waste.engine import WasteEngine

    return WasteEngine.load(folder)


def predict(engine: WasteEngine, inputs: Sequence[WasteInput]) -> list[Answer]:
    """One answer per photo, in order."""
    from core.systems.waste import answers

    return answers.predict(engine, [instance.photo for instance in inputs])


def explain(engine: WasteEngine, instance: WasteInput) -> Explanation:
    """Where in the photo the predicted material was seen."""
    from core.systems.waste import answers

    return answers.explain(engine, instance.photo)


def embed(engine: WasteEngine, inputs: Sequence[WasteInput]) -> Embedding:
    """Features and general logits of photos, for a head that a site teaches. InvalidInput of versions up to 1.0.0."""
    from core.systems.waste import answers

    return answers.embed(engine, [instance.photo for instance in inputs])


def at_site(engine: WasteEngine, adjust: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> WasteEngine:
    """The engine as it answers at a site that taught it."""
    return engine.at_site(adjust)
