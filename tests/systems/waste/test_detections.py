"""Boxes from the network's map of objects, and what is said of the things in them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.contract import Answer
from core.systems.waste import answers
from core.systems.waste.calibration import WasteCalibration
from core.systems.waste.detections import CHANNELS, MOST, UNIT, Detection, decoded_detections, overlap
from core.systems.waste.engine import WasteOutputs
from core.systems.waste.several import ObjectAnswer, answered_objects, cropped, in_words, of_one_material

ROWS, COLUMNS = 10, 12


def cells(*objects: tuple[int, int, float, float, float]) -> np.ndarray:
    """A map with objects: row, column, logit, width and height as shares of the sides."""
    made = np.zeros((ROWS, COLUMNS, CHANNELS), dtype=np.float32)
    made[..., 0] = -8
    for row, column, logit, wide, high in objects:
        made[row, column] = [logit, *np.log([wide / 2 / UNIT, high / 2 / UNIT] * 2)]
    return made


def test_each_peak_is_an_object_with_its_box_the_surest_first() -> None:
    found = decoded_detections(cells((2, 3, 1.0, 0.2, 0.3), (7, 9, 3.0, 0.1, 0.1)), least=0.5)
    assert [round(each.score, 3) for each in found] == [0.953, 0.731]
    np.testing.assert_allclose(found[1].box, [3.5 / 12 - 0.1, 0.25 - 0.15, 3.5 / 12 + 0.1, 0.25 + 0.15], atol=1e-6)


def test_a_faint_cell_and_a_neighbour_with_the_same_box_are_none() -> None:
    assert not decoded_detections(cells((2, 3, -1.0, 0.2, 0.2)), least=0.5)
    assert len(decoded_detections(cells((2, 3, 2.0, 0.4, 0.4), (2, 4, 1.0, 0.4, 0.4)), least=0.5)) == 1


def test_two_objects_may_lie_in_neighbouring_cells() -> None:
    assert len(decoded_detections(cells((2, 3, 2.0, 0.08, 0.3), (2, 4, 1.0, 0.08, 0.3)), least=0.5)) == 2


def test_a_box_that_lies_in_another_is_the_same_object() -> None:
    assert len(decoded_detections(cells((4, 4, 2.0, 0.6, 0.6), (6, 6, 1.0, 0.2, 0.2)), least=0.5)) == 1


def test_boxes_end_at_the_photos_edges_and_wild_values_do_not_overflow() -> None:
    wild = cells((0, 0, 200.0, 1.0, 1.0))
    wild[0, 0, 1:] = 1e6
    assert decoded_detections(wild, least=0.5)[0].box == (0.0, 0.0, 1.0, 1.0)


def test_of_very_many_the_surest_are_kept() -> None:
    many = [(row, column, float(row), 0.05, 0.05) for row in range(0, ROWS, 2) for column in range(0, COLUMNS, 2)]
    found = decoded_detections(cells(*many), least=0.4)
    assert len(found) == MOST
    assert found[0].score == max(each.score for each in found)


def test_overlap_is_intersection_over_union() -> None:
    boxes = np.array([[0, 0, 1, 1], [0, 0, 0.5, 1], [0.6, 0, 1, 1.0]])
    np.testing.assert_allclose(overlap(boxes, boxes[1:]), [[0.5, 0.4], [1, 0], [0, 1]])


def test_a_crop_has_a_margin_and_at_least_one_pixel() -> None:
    photo = Image.new("RGB", (100, 50))
    assert cropped(photo, (0.2, 0.2, 0.6, 0.8)).size == (44, 34)
    assert cropped(photo, (0.0, 0.0, 1.0, 1.0)).size == (100, 50)
    assert min(cropped(photo, (1.0, 1.0, 1.0, 1.0)).size) >= 1


def answered(material: str, abstained: bool = False) -> ObjectAnswer:
    return ObjectAnswer(Detection((0.1, 0.1, 0.4, 0.5), 0.8), material, 0.9, material == "plastic", 0.5, abstained)


@pytest.mark.parametrize(
    ("objects", "text"),
    [
        ([answered("plastic")] * 3 + [answered("metal")], "several things: 3 plastic, 1 metal"),
        (
            [answered("metal"), answered("glass", True), answered("paper")],
            "several things: 1 metal, 1 paper, 1 not sure",
        ),
        ([answered("glass", True)] * 2, "several things: 2 not sure"),
    ],
)
def test_several_things_are_counted_by_material(objects: list[ObjectAnswer], text: str) -> None:
    assert in_words(objects) == text


def test_a_photo_of_several_materials_has_no_one_answer() -> None:
    general = Answer(value="glass", score=0.9, details={"plastic": False})
    mixed = answers.with_objects(general, [answered("glass"), answered("plastic")])
    assert mixed.abstained
    assert mixed.value == "glass"
    assert mixed.details["several"] == "several things: 1 glass, 1 plastic"
    assert [each["value"] for each in mixed.details["objects"]] == ["glass", "plastic"]
    assert not answers.with_objects(general, [answered("glass"), answered("glass")]).abstained


def test_unsure_things_are_of_no_one_material() -> None:
    assert not of_one_material([answered("glass", True)] * 2)
    assert not of_one_material([answered("glass"), answered("glass", True)])


class Engine:
    """Stands in for the network: a crop is what its mean colour says."""

    size = 32
    calibration = WasteCalibration(least_object=0.5)

    def __init__(self) -> None:
        self.calls = 0

    def run(self, photos: list[np.ndarray]) -> WasteOutputs:
        self.calls += 1
        logits = np.zeros((len(photos), 8))
        for row, photo in zip(logits, photos, strict=True):
            red = photo[..., 0].mean() > 0
            row[[2, 6]], row[7] = (8, 8), -8
            if red:
                row[[2, 4]], row[7] = (0, 8), 8
        return WasteOutputs(logits, np.zeros((len(photos), 1, 1, 8)), None, None)

    def scores(self, outputs: WasteOutputs):
        from core.systems.waste.calibration import calibrated

        return calibrated(outputs.logits, self.calibration)


def test_a_photo_of_no_waste_shows_several_things_only_if_one_is_surely_of_a_material() -> None:
    answer = Answer(value="glass", score=0.4, abstained=True, reason="This does not look like waste.")
    unsure, sure = [answered("glass", True)] * 2, [answered("glass", True), answered("metal")]
    assert answers.with_objects(answer, unsure, no_waste=True) == answer
    assert answers.with_objects(answer, unsure).details["several"] == "several things: 2 not sure"
    assert answers.with_objects(answer, sure, no_waste=True).details["several"] == "several things: 1 metal, 1 not sure"
    reason = "It shows several things: 2 not sure. Each is answered by itself."
    assert answers.with_objects(answer, unsure).reason == reason
    assert answers.with_objects(answer, []) == answer


def test_each_of_several_things_is_answered_by_itself_from_left_to_right() -> None:
    photo = Image.new("RGB", (240, 200), "blue")
    photo.paste("red", (120, 0, 240, 200))
    objects = answered_objects(Engine(), photo, cells((5, 9, 3.0, 0.3, 0.4), (5, 2, 2.0, 0.3, 0.4)))
    assert [each.material for each in objects] == ["metal", "plastic"]
    assert [each.plastic for each in objects] == [False, True]


def test_one_thing_is_not_looked_at_again() -> None:
    engine = Engine()
    assert answered_objects(engine, Image.new("RGB", (240, 200)), cells((5, 9, 3.0, 0.3, 0.4))) == []
    assert answered_objects(engine, Image.new("RGB", (240, 200)), cells()) == []
    assert engine.calls == 0
