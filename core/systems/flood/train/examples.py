"""What the network learns from: random floods on training terrains, with the solver's word on each.

An example is a file of a folder, so that making them can stop and go on. Its flood is drawn again from its number
(`scenarios`); the file holds the solver's answer alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import InvalidInput
from core.hydraulics.local_inertial.solver import solve
from core.systems.flood.terrain import terrain_file
from core.systems.flood.train.scenarios import Scenario, draw

CELLS = 128  # a side of a crop
RESCALED = {"train": 0.55, "validation": 0.55, "test": 0.0}  # share of examples whose cells are given another size
TAG = {"train": 1, "validation": 2, "test": 3}  # keeps the parts' random numbers apart


@dataclass(frozen=True)
class Example:
    """One flood and the solver's greatest depth [m] and arrival [s] of it, float32, shape (rows, cols)."""

    number: int
    terrain: str
    scenario: Scenario
    depth: np.ndarray
    arrival: np.ndarray


@dataclass(frozen=True)
class Ground:
    """A terrain model of the list, by its file's name."""

    name: str
    elevation: np.ndarray
    cell_size: float


def grounds(folder: Path, split: str) -> list[Ground]:
    """The terrain models of one split; `folder` holds manifest.json, a list of {file, split}."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise InvalidInput(f"Expected a folder with a manifest.json. Received {folder}. See docs for what it holds.")
    names = [one["file"] for one in json.loads(path.read_text(encoding="utf-8")) if one["split"] == split]
    read = [(name, terrain_file.read(folder / name)) for name in names]
    return [Ground(name, one.elevation, one.dx) for name, one in read]


def scenario(known: Sequence[Ground], split: str, number: int, cells: int = CELLS) -> tuple[str, Scenario]:
    """The flood of that number, and the name of its ground; the same on every machine."""
    ground = known[number % len(known)]
    seed = TAG[split] * 10_000_000 + number
    rescaled = np.random.default_rng([seed, 1]).random() < RESCALED[split]
    return ground.name, draw(ground.elevation, ground.cell_size, cells, seed, None, rescaled)


def make(known: Sequence[Ground], split: str, number: int, folder: Path, cells: int = CELLS) -> Path:
    """Ask the solver about the flood of that number, unless its file is there already."""
    path = path_of(folder, split, number)
    if not path.exists():
        _, asked = scenario(known, split, number, cells)
        run = solve(asked.domain, asked.duration, asked.rain, asked.inflows)
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez_compressed(part, depth=run.max_depth.astype(np.float32), arrival=run.arrival.astype(np.float32))
        part.replace(path)
    return path


def read(known: Sequence[Ground], split: str, number: int, folder: Path, cells: int = CELLS) -> Example:
    """An example that was made."""
    name, asked = scenario(known, split, number, cells)
    with np.load(path_of(folder, split, number)) as kept:
        return Example(number, name, asked, kept["depth"], kept["arrival"])


def path_of(folder: Path, split: str, number: int) -> Path:
    """Where an example lies."""
    return folder / f"{split}-{number:06d}.npz"
