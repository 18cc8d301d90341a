"""Photos in, answers out: what serving does with the engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from core.contract import Answer, Explanation
from core.systems.waste.data.photos import preprocess
from core.systems.waste.engine import WasteEngine
from core.systems.waste.features import describe
from core.systems.waste.judgement import answers
from core.systems.waste.labels import MATERIALS


def predict(engine: WasteEngine, photos: Sequence[Image.Image]) -> list[Answer]:
    """One answer per photo (RGB, upright), in order."""
    if not photos:
        return []
    inputs = [preprocess(photo, engine.size) for photo in photos]
    logits, _ = engine.run(inputs)
    shapes = [photo.width / photo.height for photo in photos]
    return answers(logits, engine.calibration, [describe(*seen) for seen in zip(inputs, shapes, strict=True)])


def explain(engine: WasteEngine, photo: Image.Image) -> Explanation:
    """Where in the photo the predicted material was seen: its class activation map, compared with the others'."""
    logits, maps = engine.run([preprocess(photo, engine.size)])
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
