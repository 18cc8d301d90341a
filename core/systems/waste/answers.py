"""Photos in, answers out: what serving does with the engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from core.contract import UNLIKE_CHECKED, Alternative, Answer, Embedding, Explanation
from core.systems.waste.calibration import WasteCalibration, WasteScores, calibrated, general_logits, unsure
from core.systems.waste.data.features import describe
from core.systems.waste.data.preprocessing import preprocess
from core.systems.waste.engine import WasteEngine, without_features
from core.systems.waste.labels import MATERIALS
from core.systems.waste.several import ObjectAnswer, answered_objects, in_words, of_one_material
from core.written_numbers import percent

APPEARANCE_COORDINATES = 6
"""How many of a photo's coordinates are logged: few, for each takes room in every row of the log."""


def predict(engine: WasteEngine, photos: Sequence[Image.Image]) -> list[Answer]:
    """One answer per photo (RGB, upright), in order."""
    if not photos:
        return []
    inputs = [preprocess(photo, engine.size) for photo in photos]
    outputs = engine.run(inputs)
    features = [describe(pixels, photo.width / photo.height) for pixels, photo in zip(inputs, photos, strict=True)]
    if engine.checked is not None and outputs.features is not None:
        coordinates = engine.checked.coordinates(outputs.features)
        unlike = engine.checked.unlikeness_at(coordinates)
        for described, photo_unlike, photo_coordinates in zip(features, unlike, coordinates, strict=True):
            described.update(appearance(photo_coordinates), **{UNLIKE_CHECKED: float(photo_unlike)})
    scores = engine.scores(outputs)
    general = answers(scores, engine.calibration, features)
    if outputs.objects is None:
        return general
    objects = [answered_objects(engine, photo, cells) for photo, cells in zip(photos, outputs.objects, strict=True)]
    no_waste = scores.in_scope < engine.calibration.least_in_scope
    return [with_objects(*each) for each in zip(general, objects, no_waste, strict=True)]


def appearance(coordinates: np.ndarray) -> dict[str, float]:
    """The first APPEARANCE_COORDINATES of a photo along the main directions of the network's features, for drift.

    coordinates: of `CheckedPhotos`, shape (k,).
    """
    return {
        f"appearance_{number}": round(float(value), 3)
        for number, value in enumerate(coordinates[:APPEARANCE_COORDINATES], start=1)
    }


def with_objects(answer: Answer, objects: Sequence[ObjectAnswer], no_waste: bool = False) -> Answer:
    """The answer to a photo of several things: each by itself, and no one material unless all are of it.

    objects: empty where the photo shows one thing. no_waste: whether the photo as a whole looks like none; then it
    shows several things only if one of them surely is of some material.
    """
    if not objects or (no_waste and all(each.abstained for each in objects)):
        return answer
    several = in_words(objects)
    details = answer.details | {"objects": [each.as_json() for each in objects], "several": several}
    if of_one_material(objects):
        return answer.model_copy(update={"details": details})
    reason = f"It shows {several}. Each is answered by itself."
    return answer.model_copy(update={"details": details, "abstained": True, "reason": reason})


def embed(engine: WasteEngine, photos: Sequence[Image.Image]) -> Embedding:
    """Features and general logits of photos (RGB, upright). InvalidInput of a version that gives no features."""
    outputs = engine.run([preprocess(photo, engine.size) for photo in photos])
    if outputs.features is None:
        raise without_features()
    return Embedding(outputs.features, general_logits(calibrated(outputs.logits, engine.calibration)))


def answers(
    scores: WasteScores,
    calibration: WasteCalibration,
    features: Sequence[dict[str, float]],
) -> list[Answer]:
    """One answer per photo.

    scores: of n photos.
    calibration: when they are too unsure.
    features: numbers that describe each photo for drift, n of them.
    """
    withheld = unsure(scores, calibration)
    return [
        _answer(scores, index, bool(withheld[index]), calibration, features[index]) for index in range(len(features))
    ]


def explain(engine: WasteEngine, photo: Image.Image) -> Explanation:
    """Where in the photo the predicted material was seen: its class activation map, compared with the others'."""
    outputs = engine.run([preprocess(photo, engine.size)])
    return Explanation(heat=heat_map(outputs.maps[0], int(np.argmax(outputs.logits[0, : len(MATERIALS)]))))


def heat_map(maps: np.ndarray, material: int) -> np.ndarray:
    """The map of one material in [0, 1], shape (rows, cols), float32.

    A softmax sees only differences, so that a cell speaks for a material by how far its map stands above the mean of
    the six; cells that speak against it are 0.

    maps: class maps of one photo, shape (rows, cols, 8).
    material: index in MATERIALS.
    """
    above = maps[..., material] - maps[..., : len(MATERIALS)].mean(axis=-1)
    positive = np.maximum(above, 0.0)
    highest = float(positive.max())
    return np.asarray(positive / highest if highest > 0 else positive, dtype=np.float32)


def _answer(
    scores: WasteScores,
    index: int,
    withheld: bool,
    calibration: WasteCalibration,
    features: dict[str, float],
) -> Answer:
    materials = scores.materials[index]
    ranked = [int(material) for material in np.argsort(-materials, kind="stable")]
    plastic, in_scope = float(scores.plastic[index]), float(scores.in_scope[index])
    return Answer(
        value=MATERIALS[ranked[0]],
        score=float(materials[ranked[0]]),
        alternatives=tuple(
            Alternative(value=MATERIALS[material], score=float(materials[material])) for material in ranked
        ),
        abstained=withheld,
        reason=_reason(materials, ranked, in_scope, calibration) if withheld else None,
        details={
            "plastic": plastic >= calibration.plastic_from,
            "plastic_score": plastic,
            "in_scope_score": in_scope,
        },
        features={**features, "in_scope_score": in_scope},
    )


def _reason(materials: np.ndarray, ranked: list[int], in_scope: float, calibration: WasteCalibration) -> str:
    """Why the answer is withheld, and what to do, for the analyst."""
    if in_scope < calibration.least_in_scope:
        return "This does not look like a photo of a single piece of waste. Photograph one thing, close up."
    first, second = ranked[0], ranked[1]
    return (
        f"It could be {MATERIALS[first]} ({percent(materials[first])}) or {MATERIALS[second]} "
        f"({percent(materials[second])}). "
        "Have a person look, or photograph it closer and in better light."
    )
