"""A plain direct U-Net: the same network on the same floods, but from the ground and its routed water alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.progress import ProgressListener
from core.systems.flood.correction.depth_scale import unscale_depth
from core.systems.flood.correction.feature_names import GROUND_FEATURES, NAMES
from core.systems.flood.correction.features import collect_fields, compute_features
from core.systems.flood.correction.tiles import SIDE_MULTIPLE
from core.systems.flood.physics import MODES
from core.systems.flood.train import examples, preparing
from core.systems.flood.train.examples import Example
from core.systems.flood.train.preparing import TrainingArrays

SEEN = np.array([name in GROUND_FEATURES for name in NAMES])


def trained(
    data: Path, work: Path, floods: int, epochs: int, progress: ProgressListener
) -> Callable[[Example], np.ndarray]:
    """Train the network, or go on with what was begun in `work`; returns its greatest depth [m] of an example.

    data: folder of terrain models with a manifest.json.
    floods: number of floods that train.
    """
    import keras

    from core.systems.flood.train import fitting, network

    terrains = examples.read_terrains(data, "train")
    arrays = preparing.prepare_arrays(terrains, "train", range(floods), work, progress)
    accurate = TrainingArrays(arrays.features[:: len(MODES)], arrays.truth[:: len(MODES)])
    accurate.features[..., ~SEEN] = 0
    keras.utils.set_random_seed(0)
    built = network.build(residual=False)
    fitting.fit(built, accurate, work / f"direct-{floods}-{epochs}", epochs, progress=progress)
    return lambda example: depth(built, example)


def depth(built: Any, example: Example) -> np.ndarray:
    """The greatest depth that a Keras network forecasts of one flood, shape (rows, cols) [m]; NaN for no data."""
    scenario = example.scenario
    physics = preparing.run_physics(example, "accurate")
    features = compute_features(collect_fields(scenario.domain, physics, scenario.rain))
    features[..., ~SEEN] = 0
    rows, cols = features.shape[:2]
    full = np.pad(features, ((0, -rows % SIDE_MULTIPLE), (0, -cols % SIDE_MULTIPLE), (0, 0)))
    answer = unscale_depth(np.asarray(built(full[None]))[0, :rows, :cols, 0])
    return np.where(np.isfinite(scenario.domain.elevation), answer, np.nan)
