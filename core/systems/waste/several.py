"""Several things in one photo: each found one is cropped, seen by the network alone, and answered by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from pydantic import JsonValue

from core.systems.waste.calibration import unsure
from core.systems.waste.data.preprocessing import preprocess
from core.systems.waste.engine import WasteEngine
from core.systems.waste.labels import MATERIALS
from core.systems.waste.objects import found_objects

MARGIN = 0.08  # of a box's sides, added around it
NOT_SURE = "not sure"


@dataclass(frozen=True)
class Thing:
    """One of several things in a photo.

    box: left, upper, right, lower edge as shares of the photo's sides. found: how sure it is that a thing is there.
    material: the best guess; score: its probability. plastic_score: probability of plastic. abstained: "not sure".
    """

    box: tuple[float, float, float, float]
    found: float
    material: str
    score: float
    plastic: bool
    plastic_score: float
    abstained: bool

    def as_json(self) -> dict[str, JsonValue]:
        """As the answer's details hold it."""
        return {
            "box": [round(edge, 4) for edge in self.box],
            "found_score": round(self.found, 4),
            "value": self.material,
            "score": self.score,
            "plastic": self.plastic,
            "plastic_score": self.plastic_score,
            "abstained": self.abstained,
        }


def several_things(engine: WasteEngine, photo: Image.Image, cells: np.ndarray) -> list[Thing]:
    """The things of a photo that shows more than one, left to right; empty for one that shows one or none.

    photo: RGB, upright. cells: the network's map of its objects, see `objects`.
    """
    found = found_objects(cells, engine.calibration.least_object)
    if len(found) < 2:
        return []
    found = sorted(found, key=lambda each: each.box[0])
    outputs = engine.run([preprocess(cropped(photo, each.box), engine.size) for each in found])
    scores = engine.scores(outputs)
    withheld = unsure(scores, engine.calibration)
    guesses = scores.materials.argmax(axis=1)
    return [
        Thing(
            box=each.box,
            found=each.score,
            material=MATERIALS[guesses[index]],
            score=float(scores.materials[index, guesses[index]]),
            plastic=bool(scores.plastic[index] >= engine.calibration.plastic_from),
            plastic_score=float(scores.plastic[index]),
            abstained=bool(withheld[index]),
        )
        for index, each in enumerate(found)
    ]


def cropped(photo: Image.Image, box: tuple[float, float, float, float]) -> Image.Image:
    """The part of the photo in the box with some margin, at least one pixel."""
    left, upper, right, lower = box
    across, down = MARGIN * (right - left), MARGIN * (lower - upper)
    first = (int(max(left - across, 0) * photo.width), int(max(upper - down, 0) * photo.height))
    last = (int(np.ceil(min(right + across, 1) * photo.width)), int(np.ceil(min(lower + down, 1) * photo.height)))
    return photo.crop((*first, max(last[0], first[0] + 1), max(last[1], first[1] + 1)))


def in_words(things: Sequence[Thing]) -> str:
    """What the photo shows, such as "several things: 3 plastic, 1 metal, 1 not sure"."""
    counts = Counter(NOT_SURE if thing.abstained else thing.material for thing in things)
    named = sorted(counts.items(), key=lambda item: (item[0] == NOT_SURE, -item[1], item[0]))
    return "several things: " + ", ".join(f"{count} {name}" for name, count in named)


def of_one_material(things: Sequence[Thing]) -> bool:
    """Whether all of them are surely of the same material."""
    return len({None if thing.abstained else thing.material for thing in things}) == 1 and not things[0].abstained
