"""Checkpoints: weights, optimizer and position of an interrupted training, in one file that is whole or not there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # Keras takes seconds to import and is there for training alone
    import keras


def write(path: Path, network: keras.Model, optimizer: keras.optimizers.Optimizer, phase: int, epoch: int) -> None:
    """Write a checkpoint; phase, epoch: what comes next."""
    values = [np.asarray(weight) for weight in network.weights]
    values += [np.asarray(variable) for variable in optimizer.variables]
    unfinished = path.with_suffix(".part.npz")
    arrays = {f"a{index}": value for index, value in enumerate(values)}
    np.savez(unfinished, phase=phase, epoch=epoch, **arrays)  # type: ignore[arg-type]  # its stub takes them for flags
    unfinished.replace(path)  # atomic: a reader sees the old file or the new one


def restore(path: Path, network: keras.Model, optimizer: keras.optimizers.Optimizer, phase: int) -> tuple[int, int]:
    """Phase and epoch at which to go on; the weights (and, within a phase, the optimizer) are as they were then."""
    if not path.is_file():
        return phase, 0
    with np.load(path) as checkpoint:
        next_phase, epoch = int(checkpoint["phase"]), int(checkpoint["epoch"])
        targets = list(network.weights) + (list(optimizer.variables) if next_phase == phase and epoch else [])
        for index, target in enumerate(targets):
            target.assign(checkpoint[f"a{index}"])
    return next_phase, epoch if next_phase == phase else 0
