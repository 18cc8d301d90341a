"""Examples as the network takes them: the features of each flood in both modes, beside the solver's depth.

What was computed before is read from folders that are named by a digest of the code that computes it, see
`source_digest`: when anything changes that a number could depend on, it is computed anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.hydraulics.jit import source_digest
from core.progress import Progress, ProgressListener, Stage
from core.systems.flood.correction.depth_scale import scale_depth
from core.systems.flood.correction.feature_names import NAMES
from core.systems.flood.correction.features import collect_fields, compute_features
from core.systems.flood.physics import MODES, Physics, forecast
from core.systems.flood.train import examples
from core.systems.flood.train.examples import CELLS, Example, TerrainModel

EXAMPLES_CODE = examples.__name__
"""The module whose import closure decides the solver's answer to an example."""
FEATURES_CODE = __name__
"""The module whose import closure decides the network's features of an example."""


@dataclass(frozen=True)
class TrainingArrays:
    """Examples as arrays, filled up to CELLS x CELLS.

    features: float16 of shape (examples, CELLS, CELLS, len(NAMES)).
    truth: scaled depth of the solver, NaN for no data, float16 of shape (examples, CELLS, CELLS).
    """

    features: np.ndarray
    truth: np.ndarray


def cache_folder(work: Path, name: str, *modules: str) -> Path:
    """The folder for what modules compute: other code anywhere in their import closures, another folder.

    work: folder of all that training keeps.
    name: of what is kept.
    modules: full names of the modules that compute it.
    """
    return work / f"{name}-{source_digest(*modules)[:12]}"


def solved_examples(
    terrains: Sequence[TerrainModel], split: str, numbers: range, work: Path, progress: ProgressListener
) -> Iterator[Example]:
    """The examples of these numbers, solved where they are missing."""
    folder = cache_folder(work, "examples", EXAMPLES_CODE)
    for number in numbers:
        examples.solve_example(terrains, split, number, folder)
        progress(
            Progress(
                (number - numbers.start + 1) / len(numbers),
                Stage.TRAINING,
                detail=f"{split} example {number} of {numbers.stop}",
            )
        )
        yield examples.read_example(terrains, split, number, folder)


def run_physics(example: Example, mode: str) -> Physics:
    """The forecast of an example without the network; mode: one of MODES."""
    scenario = example.scenario
    return forecast(scenario.domain, scenario.duration, scenario.rain, scenario.inflows, (), MODES[mode])


def prepare_arrays(
    terrains: Sequence[TerrainModel], split: str, numbers: range, work: Path, progress: ProgressListener
) -> TrainingArrays:
    """Each example of these numbers in every mode, one after the other; what was computed before is read."""
    folder = cache_folder(work, "inputs", FEATURES_CODE)
    folder.mkdir(parents=True, exist_ok=True)
    count = len(numbers) * len(MODES)
    features = np.zeros((count, CELLS, CELLS, len(NAMES)), dtype=np.float16)
    truth = np.full((count, CELLS, CELLS), np.nan, dtype=np.float16)
    for example_index, example in enumerate(solved_examples(terrains, split, numbers, work, progress)):
        for mode_index, mode in enumerate(MODES):
            path = folder / f"{split}-{example.number:06d}-{mode}.npy"
            values = np.load(path) if path.exists() else _save(path, _features(example, mode))
            index = (example_index * len(MODES) + mode_index, slice(values.shape[0]), slice(values.shape[1]))
            features[index] = values
            truth[index] = np.where(np.isfinite(example.depth), scale_depth(example.depth), np.nan)
    return TrainingArrays(features, truth)


def _features(example: Example, mode: str) -> np.ndarray:
    """The network's features of an example; float16 of shape (rows, cols, len(NAMES))."""
    scenario = example.scenario
    return compute_features(collect_fields(scenario.domain, run_physics(example, mode), scenario.rain)).astype(
        np.float16
    )


def _save(path: Path, values: np.ndarray) -> np.ndarray:
    """Write an array so that its file is complete or not there; returns it."""
    part = path.with_suffix(".part.npy")
    np.save(part, values)
    part.replace(path)
    return values
