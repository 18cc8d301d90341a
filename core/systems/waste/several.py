"""Several things in one photo: each found one is cropped, seen by the network alone, and answered by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from pydantic import JsonValue

from core import certainty
from core.systems.waste.calibration import unsure
from core.systems.waste.data.preprocessing import preprocess
from core.systems.waste.detections import Detection, decoded_detections
from core.systems.waste.engine import WasteEngine
from core.systems.waste.labels import MATERIALS

MARGIN = 0.04  # of a box's sides, added around it
NOT_SURE = "not sure"


@dataclass(frozen=True)
class ObjectAnswer:
    """What one of several objects in a photo is.

    detection: where it lies, and how sure it is that an object is there.
    material: the best guess; score: its probability. plastic_score: probability of plastic.
    abstained: "not sure", also where the score is that low: the photo's summary counts by this.
    """

    detection: Detection
    material: str
    score: float
    plastic: bool
    plastic_score: float
    abstained: bool

    def as_json(self) -> dict[str, JsonValue]:
        """Plain JSON, which the answer's details hold."""
        return {
            "box": [round(edge, 4) for edge in self.detection.box],
            "detection_score": round(self.detection.score, 4),
            "value": self.material,
            "score": self.score,
            "plastic": self.plastic,
            "plastic_score": self.plastic_score,
            "abstained": self.abstained,
        }


def answered_objects(engine: WasteEngine, photo: Image.Image, cells: np.ndarray) -> list[ObjectAnswer]:
    """The objects of a photo that shows more than one, left to right; empty for one that shows one or none.

    photo: RGB, upright. cells: the network's map of its objects, see `objects`.
    """
    detections = decoded_detections(cells, engine.calibration.least_object)
    if len(detections) < 2:
        return []
    detections.sort(key=lambda each: each.box[0])
    outputs = engine.run([preprocess(cropped(photo, each.box), engine.size) for each in detections])
    scores = engine.scores(outputs)
    withheld = unsure(scores, engine.calibration)
    guesses = scores.materials.argmax(axis=1)
    highest = scores.confidence
    return [
        ObjectAnswer(
            detection=each,
            material=MATERIALS[guesses[index]],
            score=float(highest[index]),
            plastic=bool(scores.plastic[index] >= engine.calibration.plastic_from),
            plastic_score=float(scores.plastic[index]),
            abstained=bool(withheld[index] or highest[index] < certainty.SCALES["likely"]),
        )
        for index, each in enumerate(detections)
    ]


def cropped(photo: Image.Image, box: tuple[float, float, float, float]) -> Image.Image:
    """The part of the photo in the box with some margin, at least one pixel."""
    left, upper, right, lower = box
    across, down = MARGIN * (right - left), MARGIN * (lower - upper)
    first = (int(max(left - across, 0) * photo.width), int(max(upper - down, 0) * photo.height))
    last = (int(np.ceil(min(right + across, 1) * photo.width)), int(np.ceil(min(lower + down, 1) * photo.height)))
    return photo.crop((*first, max(last[0], first[0] + 1), max(last[1], first[1] + 1)))


def in_words(objects: Sequence[ObjectAnswer]) -> str:
    """What the photo shows, such as "several things: 3 plastic, 1 metal, 1 not sure"."""
    counts = Counter(NOT_SURE if each.abstained else each.material for each in objects)
    named = sorted(counts.items(), key=lambda item: (item[0] == NOT_SURE, -item[1], item[0]))
    return "several things: " + ", ".join(f"{count} {name}" for name, count in named)


def of_one_material(objects: Sequence[ObjectAnswer]) -> bool:
    """Whether all of them are surely of the same material."""
    return not any(each.abstained for each in objects) and len({each.material for each in objects}) == 1
