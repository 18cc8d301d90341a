"""What the tests of areas share: a folder of areas, and where a terrain file is written."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "areas"


@pytest.fixture
def tif(tmp_path: Path) -> Path:
    return tmp_path / "terrain.tif"
