"""Invented photos: coloured blocks, all different enough that none counts as another's near-duplicate."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.settings import CHECKOUT
from core.systems.waste.labels import MATERIALS

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

SHARED_PHOTOS = CHECKOUT.parent / "shared" / "data" / "waste"


def invented(seed: int, wide: int = 64, high: int = 48) -> Image.Image:
    """A photo of coarse coloured blocks that depends on `seed` alone."""
    random = np.random.default_rng(seed)
    blocks = Image.fromarray(random.integers(0, 256, (4, 5, 3), dtype=np.uint8))
    return blocks.resize((wide, high), Image.Resampling.BICUBIC)


def on_board(colour: tuple[int, int, int] = (180, 40, 30)) -> Image.Image:
    """A rectangle of one colour in the middle of a white board, 128 x 128; it covers columns and rows 40 to 88."""
    pixels = np.full((128, 128, 3), 225, dtype=np.uint8)
    pixels[40:88, 40:88] = colour
    return Image.fromarray(pixels)


def jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@pytest.fixture
def class_folders(tmp_path: Path) -> Path:
    """Twelve invented photos in each of six class folders."""
    root = tmp_path / "photos"
    for place, material in enumerate(MATERIALS):
        (root / material).mkdir(parents=True)
        for number in range(12):
            # file numbers far apart: neighbours of one colour count as shots in a row
            (root / material / f"{material}{number * 10}.jpg").write_bytes(jpeg(invented(place * 100 + number)))
    return root


@pytest.fixture
def as_zip(tmp_path: Path) -> Callable[[Path], Path]:
    """Packs a folder as a ZIP."""

    def pack(folder: Path) -> Path:
        path = tmp_path / f"{folder.name}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(folder.rglob("*")):
                archive.write(file, file.relative_to(folder).as_posix())
            archive.writestr("__MACOSX/glass/._glass0.jpg", b"not a photo")
        return path

    return pack


@pytest.fixture
def shared_photos() -> Path:
    """The project's own photos, which are not in the repository."""
    if not SHARED_PHOTOS.is_dir():
        pytest.skip(f"needs the photos in {SHARED_PHOTOS}, which are not part of the repository")
    return SHARED_PHOTOS


@pytest.fixture(scope="session")
def shipped() -> Path:
    """The shipped version's folder."""
    import json

    champion = json.loads((CHECKOUT / "models" / "aliases.json").read_text())["waste"]["champion"]
    return CHECKOUT / "models" / "waste" / champion
