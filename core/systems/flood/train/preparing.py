"""Examples as the network takes them: the physics' answer to each flood in both modes, beside the solver's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from core.hydraulics import source_digest
from core.progress import Progress, ProgressListener, Stage
from core.systems.flood.correction import features
from core.systems.flood.physics import MODES, Physics, forecast
from core.systems.flood.train import examples
from core.systems.flood.train.examples import CELLS, Example, Ground
from core.systems.flood.train.fitting import Arrays

SOLVED = "core.systems.flood.train.examples"  # what the solver's answer to an example depends on, with all it imports
SEEN = __name__  # what the network's inputs depend on, likewise


def place(work: Path, name: str, *modules: str) -> Path:
    """A folder for what modules compute: other code anywhere in their import closures, another folder."""
    return work / f"{name}-{source_digest.digest(*modules)[:12]}"


def solved(
    known: Sequence[Ground], split: str, numbers: range, work: Path, progress: ProgressListener
) -> Iterator[Example]:
    """The examples of these numbers, made where they are missing."""
    folder = place(work, "examples", SOLVED)
    for number in numbers:
        examples.make(known, split, number, folder)
        progress(
            Progress(
                (number - numbers.start + 1) / len(numbers),
                Stage.TRAINING,
                detail=f"{split} example {number} of {numbers.stop}",
            )
        )
        yield examples.read(known, split, number, folder)


def physics_of(example: Example, mode: str) -> Physics:
    """The forecast of an example without the network."""
    asked = example.scenario
    return forecast(asked.domain, asked.duration, asked.rain, asked.inflows, (), MODES[mode])


def arrays(known: Sequence[Ground], split: str, numbers: range, work: Path, progress: ProgressListener) -> Arrays:
    """Each example in every mode, filled up to CELLS x CELLS; what was computed before is read."""
    folder = place(work, "inputs", SEEN)
    folder.mkdir(parents=True, exist_ok=True)
    count = len(numbers) * len(MODES)
    given = np.zeros((count, CELLS, CELLS, len(features.NAMES)), dtype=np.float16)
    truth = np.full((count, CELLS, CELLS), np.nan, dtype=np.float16)
    for row, example in enumerate(solved(known, split, numbers, work, progress)):
        for column, mode in enumerate(MODES):
            path = folder / f"{split}-{example.number:06d}-{mode}.npy"
            made = np.load(path) if path.exists() else _kept(path, _given(example, mode))
            spot = (row * len(MODES) + column, slice(made.shape[0]), slice(made.shape[1]))
            given[spot] = made
            truth[spot] = np.where(np.isfinite(example.depth), features.scaled(example.depth), np.nan)
    return Arrays(given, truth)


def _given(example: Example, mode: str) -> np.ndarray:
    asked = example.scenario
    made = features.inputs(features.seen(asked.domain, physics_of(example, mode), asked.rain))
    return made.astype(np.float16)


def _kept(path: Path, made: np.ndarray) -> np.ndarray:
    part = path.with_suffix(".part.npy")
    np.save(part, made)
    part.replace(path)
    return made
