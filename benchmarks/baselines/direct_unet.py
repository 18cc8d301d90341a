"""A plain direct U-Net: the same network on the same floods, but from the ground and its routed water alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.progress import ProgressListener
from core.systems.flood.correction import features
from core.systems.flood.train import examples, preparing
from core.systems.flood.train.examples import Example

SEEN = np.array([name in features.GROUND_ALONE for name in features.NAMES])


def trained(
    data: Path, work: Path, floods: int, epochs: int, progress: ProgressListener
) -> Callable[[Example], np.ndarray]:
    """Its greatest depth [m] of an example, once it is trained; what was begun in `work` goes on."""
    import keras

    from core.systems.flood.train import fitting, network

    known = examples.grounds(data, "train")
    made = preparing.arrays(known, "train", range(floods), work, progress)
    alone = fitting.Arrays(made.inputs[:: len(preparing.MODES)], made.truth[:: len(preparing.MODES)])
    alone.inputs[..., ~SEEN] = 0
    keras.utils.set_random_seed(0)
    built = network.build(residual=False)
    fitting.fit(built, alone, work / f"direct-{floods}-{epochs}", epochs, progress=progress)
    return lambda example: depth(built, example)


def depth(built: Any, example: Example) -> np.ndarray:
    """What the network says of one flood; NaN for no data."""
    asked = example.scenario
    given = features.inputs(features.seen(asked.domain, preparing.physics_of(example, "accurate"), asked.rain))
    given[..., ~SEEN] = 0
    rows, cols = given.shape[:2]
    full = np.pad(given, ((0, -rows % 8), (0, -cols % 8), (0, 0)))
    found = features.unscaled(np.asarray(built(full[None]))[0, :rows, :cols, 0])
    return np.where(np.isfinite(asked.domain.elevation), found, np.nan)
