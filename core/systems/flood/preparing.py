"""Examples as the network takes them: the physics' answer to each flood in both modes, beside the solver's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from core.contract import Progress
from core.systems.flood import examples, inputs
from core.systems.flood.examples import CELLS, Example, Ground
from core.systems.flood.fitting import Arrays
from core.systems.flood.physics import MODES, Physics, forecast

SOLVER = ("solver", "kernels", "sweep", "waking", "exchange", "building", "state", "scenarios", "examples", "terrain")
COARSE = (
    "coarse", "coarse_kernels", "coarse_limits", "coarse_paces", "coarse_plans", "coarse_runs", "coarse_state",
    "coarse_stays", "coarse_storage", "coarse_survey", "coarse_sweep",
)  # fmt: skip
PHYSICS = (*SOLVER, *COARSE, "physics", "pooling", "films", "downhill", "inputs", "preparing")


def place(work: Path, code: Sequence[str]) -> Path:
    """A folder for what these modules compute: other code, another folder."""
    here = Path(__file__).parent
    digest = hashlib.sha256(b"".join((here / f"{name}.py").read_bytes() for name in code)).hexdigest()
    return work / f"{code[-1]}-{digest[:12]}"


def solved(known: Sequence[Ground], split: str, numbers: range, work: Path, progress: Progress) -> Iterator[Example]:
    """The examples of these numbers, made where they are missing."""
    folder = place(work, SOLVER)
    for number in numbers:
        examples.make(known, split, number, folder)
        progress((number - numbers.start + 1) / len(numbers), f"{split} example {number} of {numbers.stop}")
        yield examples.read(known, split, number, folder)


def physics_of(example: Example, mode: str) -> Physics:
    """The forecast of an example without the network."""
    asked = example.scenario
    return forecast(asked.domain, asked.duration, asked.rain, asked.inflows, (), MODES[mode])


def arrays(known: Sequence[Ground], split: str, numbers: range, work: Path, progress: Progress) -> Arrays:
    """Each example in every mode, filled up to CELLS x CELLS; what was computed before is read."""
    folder = place(work, PHYSICS)
    folder.mkdir(parents=True, exist_ok=True)
    count = len(numbers) * len(MODES)
    given = np.zeros((count, CELLS, CELLS, len(inputs.NAMES)), dtype=np.float16)
    truth = np.full((count, CELLS, CELLS), np.nan, dtype=np.float16)
    for row, example in enumerate(solved(known, split, numbers, work, progress)):
        for column, mode in enumerate(MODES):
            path = folder / f"{split}-{example.number:06d}-{mode}.npy"
            made = np.load(path) if path.exists() else _kept(path, _given(example, mode))
            spot = (row * len(MODES) + column, slice(made.shape[0]), slice(made.shape[1]))
            given[spot] = made
            truth[spot] = np.where(np.isfinite(example.depth), inputs.scaled(example.depth), np.nan)
    return Arrays(given, truth)


def _given(example: Example, mode: str) -> np.ndarray:
    asked = example.scenario
    made = inputs.inputs(inputs.seen(asked.domain, physics_of(example, mode), asked.rain))
    return made.astype(np.float16)


def _kept(path: Path, made: np.ndarray) -> np.ndarray:
    part = path.with_suffix(".part.npy")
    np.save(part, made)
    part.replace(path)
    return made
