"""A photo with several things says so: two of TrashNet's photos side by side, against each alone."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from core.security.photos import decode_photo
from core.systems.waste import answers
from core.systems.waste.data.preprocessing import preprocess
from core.systems.waste.engine import WasteEngine
from core.systems.waste.halves import different_halves
from core.systems.waste.labels import MATERIALS
from tests.systems.waste.conftest import SHARED_PHOTOS

GLASS, PAPER = MATERIALS.index("glass"), MATERIALS.index("paper")
COUNT = 60
HEIGHT = 384  # px


def maps(left: int, right: int, strength: float = 4.0) -> np.ndarray:
    """Class maps of 6 x 6 cells whose left half speaks for one material, the right one for another."""
    cells = np.zeros((6, 6, 7), dtype=np.float32)
    cells[:, :3, left] = strength
    cells[:, 3:, right] = strength
    return cells


def test_halves_of_different_materials_are_named():
    assert different_halves(maps(GLASS, PAPER), 1.0) == {"left": "glass", "right": "paper"}
    assert different_halves(maps(GLASS, PAPER).transpose(1, 0, 2), 1.0) == {"top": "glass", "bottom": "paper"}


def test_one_material_throughout_or_unsure_halves_are_no_sign():
    assert different_halves(maps(GLASS, GLASS), 1.0) is None
    # of two that differ by 1.0 in 6 classes: exp(1) / (exp(1) + 5) = 0.35
    assert different_halves(maps(GLASS, PAPER, strength=1.0), 1.0) is None


def beside(left: Image.Image, right: Image.Image) -> Image.Image:
    pictures = [photo.resize((photo.width * HEIGHT // photo.height, HEIGHT)) for photo in (left, right)]
    whole = Image.new("RGB", (sum(picture.width for picture in pictures), HEIGHT))
    whole.paste(pictures[0], (0, 0))
    whole.paste(pictures[1], (pictures[0].width, 0))
    return whole


def test_most_pairs_of_photos_are_told_and_few_single_ones(shipped: Path, shared_photos: Path) -> None:
    engine = WasteEngine.load(shipped, threads=2)
    with zipfile.ZipFile(SHARED_PHOTOS / "trashnet.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.lower().endswith(".jpg") and "__MACOSX" not in name)
        chosen = np.random.default_rng(7).choice(names, COUNT, replace=False).tolist()
        single = [(name.split("/")[-2], decode_photo(archive.read(name))) for name in chosen]
    pairs = [
        beside(first, second)
        for (material, first), (other, second) in zip(single, single[1:] + single[:1], strict=True)
        if material != other
    ]

    def told(photos: list[Image.Image]) -> float:
        found = engine.run([preprocess(photo, engine.size) for photo in photos]).maps
        return float(np.mean([different_halves(each, engine.calibration.temperature) is not None for each in found]))

    assert told(pairs) > 0.4  # 0.62 of 150 pairs
    assert told([photo for _, photo in single]) < 0.1  # 0.01 of 180
    answered = answers.predict(engine, pairs)
    assert sum("halves" in answer.details for answer in answered) == round(told(pairs) * len(pairs))
