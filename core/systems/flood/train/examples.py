"""What the network learns from: random floods on training terrains, each with the solver's answer.

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
SPLIT_NUMBERS = {"train": 1, "validation": 2, "test": 3}  # keep the splits' random numbers apart


@dataclass(frozen=True)
class Example:
    """One flood with the solver's answer.

    number: of the flood within its split.
    terrain: name of the file that its ground is from.
    scenario: the event.
    depth: greatest depth, float32 of shape (rows, cols) [m].
    arrival: first time with 0.05 m, NaN for never, likewise [s].
    """

    number: int
    terrain: str
    scenario: Scenario
    depth: np.ndarray
    arrival: np.ndarray


@dataclass(frozen=True)
class TerrainModel:
    """A terrain of the manifest. name: its file's; elevation: shape (rows, cols) [m]; cell_size: [m]."""

    name: str
    elevation: np.ndarray
    cell_size: float


def read_terrains(folder: Path, split: str) -> list[TerrainModel]:
    """The terrain models of one split; `folder` holds manifest.json, a list of {file, split}. Raises InvalidInput."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise InvalidInput(
            expected="a folder with a manifest.json",
            received=f"{folder}",
            advice="See docs for what it holds.",
        )
    manifest = json.loads(path.read_text(encoding="utf-8"))
    names = [entry["file"] for entry in manifest if entry["split"] == split]
    grounds = [(name, terrain_file.read(folder / name)) for name in names]
    return [TerrainModel(name, ground.elevation, ground.dx) for name, ground in grounds]


def draw_scenario(
    terrains: Sequence[TerrainModel], split: str, number: int, cells: int = CELLS
) -> tuple[str, Scenario]:
    """The flood of that number, and the name of its terrain; the same on every machine.

    terrains: those of the split.
    cells: greatest side of the crop.
    """
    ground = terrains[number % len(terrains)]
    seed = SPLIT_NUMBERS[split] * 10_000_000 + number
    rescaled = np.random.default_rng([seed, 1]).random() < RESCALED[split]
    return ground.name, draw(ground.elevation, ground.cell_size, cells, seed, None, rescaled)


def solve_example(terrains: Sequence[TerrainModel], split: str, number: int, folder: Path, cells: int = CELLS) -> Path:
    """Have the solver compute the flood of that number, unless its file is there already. Returns the file."""
    path = path_of(folder, split, number)
    if not path.exists():
        _, scenario = draw_scenario(terrains, split, number, cells)
        run = solve(scenario.domain, scenario.duration, scenario.rain, scenario.inflows)
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez_compressed(part, depth=run.max_depth.astype(np.float32), arrival=run.arrival.astype(np.float32))
        part.replace(path)
    return path


def read_example(
    terrains: Sequence[TerrainModel], split: str, number: int, folder: Path, cells: int = CELLS
) -> Example:
    """An example that `solve_example` made, with the same arguments."""
    name, scenario = draw_scenario(terrains, split, number, cells)
    with np.load(path_of(folder, split, number)) as answer:
        return Example(number, name, scenario, answer["depth"], answer["arrival"])


def path_of(folder: Path, split: str, number: int) -> Path:
    """The file of an example."""
    return folder / f"{split}-{number:06d}.npz"
