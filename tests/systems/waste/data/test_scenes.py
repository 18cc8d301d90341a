"""Pasted scenes: objects lie where their boxes say, and hardly cover each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.systems.waste.data import scenes
from core.systems.waste.data.cutout import Cutout, Placement, cut_out, paste
from core.systems.waste.data.photos import LabelledPhoto
from core.systems.waste.detections import overlap
from tests.systems.waste.conftest import invented, jpeg, on_board

RED = (180, 40, 30)


@pytest.fixture(scope="module")
def cutout() -> Cutout:
    made = cut_out(on_board(RED))
    assert made is not None
    return made


def photo(folder: Path, name: str, picture: Image.Image, *, ground: bool = False) -> LabelledPhoto:
    (folder / name).write_bytes(jpeg(picture))
    source = "aqua_background" if ground else "trashnet"
    return LabelledPhoto(folder, name, None if ground else "metal", None if ground else False, not ground, source)


def test_a_pasted_object_lies_where_its_outline_says(cutout: Cutout) -> None:
    ground = Image.new("RGB", (200, 200), (20, 120, 20))
    pasted, outline = paste(cutout, ground, Placement(0.0, 60.0, 0.25, 0.75, see_through=False))
    inside = np.asarray(outline) > 200
    red = np.asarray(pasted)[..., 0] > 120
    assert inside.any()
    assert (red & inside).sum() > 0.95 * inside.sum()
    assert not red[np.asarray(outline) == 0].any()


def test_boxes_hold_the_objects_and_hardly_overlap(cutout: Cutout, tmp_path: Path) -> None:
    thing = photo(tmp_path, "a.jpg", on_board(RED))
    for seed in range(5):
        scene = scenes.compose([(cutout, thing)] * 4, 4, None, np.random.default_rng(seed))
        assert scene.boxes.shape == (len(scene.photos), 4)
        assert len(scene.photos) >= 3
        assert (scene.boxes >= 0).all()
        assert (scene.boxes <= 1).all()
        assert (scene.boxes[:, 2:] > scene.boxes[:, :2]).all()
        between = overlap(scene.boxes, scene.boxes)[~np.eye(len(scene.boxes), dtype=bool)]
        assert between.max() < 0.5


def test_scenes_are_the_same_for_a_seed_and_hold_as_many_as_asked(tmp_path: Path) -> None:
    photos = [photo(tmp_path, f"{number}.jpg", on_board((40 * number, 30, 90))) for number in range(5)]
    photos.append(photo(tmp_path, "ground.jpg", invented(3), ground=True))
    one, other = (list(scenes.draw(photos, 6, seed=4, counts=(2, 3))) for _ in range(2))
    assert [len(scene.photos) for scene in one] == [len(scene.photos) for scene in other]
    assert {len(scene.photos) for scene in one} <= {1, 2, 3}
    assert all(np.array_equal(first.boxes, second.boxes) for first, second in zip(one, other, strict=True))
    assert all(first.picture.tobytes() == second.picture.tobytes() for first, second in zip(one, other, strict=True))


def test_without_anything_to_cut_out_a_scene_is_bare_ground(tmp_path: Path) -> None:
    (scene,) = scenes.draw([photo(tmp_path, "g.jpg", invented(3), ground=True)], 1, seed=0, counts=(3,))
    assert scene.photos == ()
    assert scene.boxes.shape == (0, 4)


def test_single_photos_come_with_the_box_of_their_object(tmp_path: Path) -> None:
    board, ground = photo(tmp_path, "a.jpg", on_board(RED)), photo(tmp_path, "g.jpg", invented(3), ground=True)
    wild = LabelledPhoto(tmp_path, "a.jpg", "metal", False, True, "aquatrash")
    unclear = photo(tmp_path, "b.jpg", invented(9))  # nothing can be cut out of it
    boxes = [box for _, box in scenes.singles([board, ground, wild, unclear])]
    assert [len(box) for box in boxes] == [1, 0, 1]
    np.testing.assert_allclose(boxes[0][0], np.array([40, 40, 88, 88]) / 128, atol=0.03)
    assert tuple(boxes[2][0]) == scenes.CROPPED
