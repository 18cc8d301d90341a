"""Invented incidents: a small town of twelve blocks whose categories depend on block and hour, by a rule."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.settings import CHECKOUT

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

SHARED = CHECKOUT.parent / "shared" / "data" / "crime"
TEXTS = {
    "BIKES": ["BIKE TAKEN FROM RACK", "BIKE TAKEN FROM YARD", "BICYCLE, TAKEN", "TWO BIKES TAKEN", "CHILDS BIKE TAKEN"],
    "NOISE": ["LOUD MUSIC", "LOUD PARTY", "LOUD MUSIC AT NIGHT", "NOISE OF A PARTY", "LOUD ENGINE"],
    "PAINT": ["WALL PAINTED", "PAINT ON A WALL", "DOOR PAINTED OVER", "SIGN PAINTED", "PAINT THROWN"],
}
STREETS = ["ASH ST", "BIRCH ST", "CEDAR AV", "DATE AV"]


def town(rows: int = 1200, seed: int = 0) -> pd.DataFrame:
    """Incidents of one year, one an incident; columns as an invented city names them."""
    random = np.random.default_rng(seed)
    moments = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.sort(random.integers(0, 366 * 1440, rows)), unit="m")
    street, block = random.integers(4, size=rows), random.integers(3, size=rows)
    night = np.asarray(moments.hour < 8)
    usual = np.where(night, "NOISE", np.where(street < 2, "BIKES", "PAINT"))
    label = np.where(random.random(rows) < 0.2, random.choice(list(TEXTS), rows), usual)
    return pd.DataFrame(
        {
            "Occurred On": moments,
            "Category": label,
            "Details": [TEXTS[name][random.integers(len(TEXTS[name]))] for name in label],
            "Sector": np.where(street < 2, "NORTH", "SOUTH"),
            "Block": [f"{100 * place + 7} {STREETS[number]}" for place, number in zip(block, street, strict=True)],
            "Lat": 50 + street * 0.004 + random.normal(0, 1e-5, rows),
            "Lon": 8 + block * 0.004 + random.normal(0, 1e-5, rows),
            "Disposition": "CLOSED",
            "Victim Name": "A. NONYMOUS",
        }
    )


MAP = {"date": "Occurred On", "description": "Details"}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """The town's incidents as CSV."""
    path = tmp_path / "town.csv"
    town().to_csv(path, index=False)
    return path


@pytest.fixture
def shared_crime() -> Path:
    """The project's own tables, which are not in the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the tables in {SHARED}, which are not part of the repository")
    return SHARED
