"""How the residual network is fitted: batches of mirrored examples, the loss, and steps that can be taken up again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
from keras import ops

from core.artefacts import keras_files
from core.hydraulics.hazard import KNEE_DEEP, WET
from core.progress import Progress, ProgressListener, Stage
from core.systems.flood.correction.depth_scale import scale_depth
from core.systems.flood.correction.feature_names import NAMES
from core.systems.flood.train.preparing import TrainingArrays

EXTENTS = ((WET, 0.5), (KNEE_DEEP, 1.0))  # depths whose extents are compared, and how much each counts [m]
SOFTNESS = 0.15  # how gradually a cell counts as wet there, in scaled depth
LOW, HIGH = 0.1, 0.9  # quantiles of the interval
LEARNING_RATE = 1.5e-3
MAX_GRADIENT = 1.0  # its norm is clipped to it
MIRRORED = {
    "fall east": (1, -1.0),
    "fall south": (0, -1.0),
    "column in block": (1, -1.0),
    "row in block": (0, -1.0),
}
"""Features that change their sign, by that sign, when an example is mirrored along an axis."""
TRANSPOSED = (("fall east", "fall south"), ("column in block", "row in block"))
"""Features that change places when rows become columns."""


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """The examples in a new order each epoch, each mirrored and transposed at random; the same for the same seed."""

    def __init__(self, arrays: TrainingArrays, size: int, seed: int) -> None:
        """size: examples in a batch."""
        super().__init__(workers=1, use_multiprocessing=False, max_queue_size=2)
        self._arrays, self._size, self._seed = arrays, size, seed
        self.start(0)

    def start(self, epoch: int) -> None:
        """Take the order of an epoch, counted from 0."""
        self.epoch = epoch
        random = np.random.default_rng([self._seed, epoch])
        self._order = random.permutation(len(self._arrays.truth))
        self._turns = random.integers(0, 2, (len(self._order), 3))

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self._order) // self._size

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Features, and truth with the share of data beside it."""
        part = slice(index * self._size, (index + 1) * self._size)
        chosen = self._order[part]
        features, truth = (
            self._arrays.features[chosen].astype(np.float32),
            self._arrays.truth[chosen].astype(np.float32),
        )
        return stack([turn(*example) for example in zip(features, truth, self._turns[part], strict=True)])

    def on_epoch_end(self) -> None:
        """Go on to the order of the next epoch."""
        self.start(self.epoch + 1)


def stack(examples: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Examples of features and scaled depth as the network and its loss take them.

    Returns features (n, rows, cols, len(NAMES)), and scaled depth beside 1 for data and 0 for none (n, rows, cols, 2).
    """
    truth = np.stack([depth for _, depth in examples])
    valid = np.isfinite(truth)
    features = np.stack([values for values, _ in examples])
    return features, np.stack([np.where(valid, truth, 0.0), valid], -1).astype(np.float32)


def turn(features: np.ndarray, truth: np.ndarray, turns: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """One example mirrored south to north, east to west, and transposed.

    features: shape (rows, cols, len(NAMES)).
    truth: scaled depth, shape (rows, cols).
    turns: for each of the three, whether it is done.
    """
    for axis in (0, 1):
        if turns[axis]:
            features, truth = np.flip(features, axis).copy(), np.flip(truth, axis)
            for name, (along, sign) in MIRRORED.items():
                if along == axis:
                    features[..., NAMES.index(name)] *= sign
    if turns[2]:
        features, truth = features.swapaxes(0, 1).copy(), truth.T
        for pair in TRANSPOSED:
            indices = [NAMES.index(name) for name in pair]
            features[..., indices] = features[..., indices[::-1]]
    return features, truth


def loss(truth: keras.KerasTensor, answer: keras.KerasTensor) -> keras.KerasTensor:
    """What the network is punished for, a weighted sum of means over cells with data and over examples.

    - 0.7: absolute error of scaled depth; of dry cells only what stands above the ground;
    - by EXTENTS: 1 - soft CSI, where a cell is wet by sigmoid((answer - edge) / SOFTNESS);
    - 0.4, 0.05: absolute error of depth in metres, and of the volume, as shares of the volume;
    - 0.5 each: pinball loss (Koenker and Bassett 1978) of both ends of the interval.

    truth: scaled depth and 1 for data, 0 for none, shape (n, rows, cols, 2).
    answer: scaled depth and how far the ends of its interval lie below and above, shape (n, rows, cols, 3).
    """
    depth, valid = truth[..., 0], truth[..., 1]
    guess, below, above = answer[..., 0], answer[..., 1], answer[..., 2]
    count = ops.sum(valid) + 1.0
    error = ops.where(depth > 0, ops.abs(guess - depth), ops.relu(guess))
    total = 0.7 * ops.sum(error * valid) / count
    for threshold, weight in EXTENTS:
        edge = float(scale_depth(np.array(threshold)))
        theirs = ops.cast(depth >= edge, "float32") * valid
        ours = ops.sigmoid((guess - edge) / SOFTNESS) * valid
        both = ops.sum(theirs * ours, axis=(1, 2))
        either = ops.sum(theirs + ours, axis=(1, 2)) - both
        total += weight * ops.mean(1.0 - (both + 1.0) / (either + 1.0))
    ours, theirs = ops.expm1(ops.clip(guess, 0.0, 8.0)) * valid, ops.expm1(depth) * valid
    volume = ops.sum(theirs, axis=(1, 2)) + 0.5 * ops.sum(valid, axis=(1, 2)) + 1.0
    total += 0.4 * ops.mean(ops.sum(ops.abs(ours - theirs), axis=(1, 2)) / volume)
    total += 0.05 * ops.mean(ops.abs(ops.sum(ours - theirs, axis=(1, 2))) / volume)
    middle = ops.stop_gradient(guess)
    total += 0.5 * ops.sum(_pinball(depth, middle - below, LOW) * valid) / count
    return total + 0.5 * ops.sum(_pinball(depth, middle + above, HIGH) * valid) / count


def _pinball(depth: keras.KerasTensor, bound: keras.KerasTensor, quantile: float) -> keras.KerasTensor:
    """The pinball loss of each cell; where it is dry, only a bound above the ground is wrong.

    depth, bound: scaled depth of the solver, and of an end of the interval, shape (n, rows, cols).
    quantile: that the bound is to be.
    """
    error = ops.where(depth > 0, depth - bound, -ops.relu(bound))
    return ops.maximum(quantile * error, (quantile - 1.0) * error)


def fit(
    network: keras.Model,
    arrays: TrainingArrays,
    folder: Path,
    epochs: int,
    batch: int = 4,
    seed: int = 0,
    progress: ProgressListener | None = None,
) -> list[float]:
    """Fit a network in place; what was begun in `folder` goes on where it stopped.

    network: as `network.build` makes it.
    arrays: the examples.
    folder: for checkpoints.
    epochs: times that every example is learnt from.
    batch: examples in a step.
    seed: of the examples' order and turns.
    progress: is told of each epoch.

    Returns the loss by epoch.
    """
    data = Batches(arrays, batch, seed)
    steps = max(len(data) * epochs, 1)
    warm = min(200, max(steps // 10, 1))
    rate = keras.optimizers.schedules.CosineDecay(1e-5, steps - warm, warmup_target=LEARNING_RATE, warmup_steps=warm)
    network.compile(optimizer=keras.optimizers.Adam(rate, clipnorm=MAX_GRADIENT), loss=loss, jit_compile=False)
    if progress is not None:
        progress(Progress(0.0, Stage.TRAINING, detail=f"{len(arrays.truth)} examples, {steps} steps"))
    epoch_listener = _EpochListener(data, epochs, progress)
    backup = keras.callbacks.BackupAndRestore(str(folder), double_checkpoint=True, delete_checkpoint=False)
    with keras_files.writing():
        history = network.fit(data, epochs=epochs, verbose=0, shuffle=False, callbacks=[backup, epoch_listener])
    return [float(value) for value in history.history.get("loss", [])]


class _EpochListener(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the order of examples in step with the epoch, also after a resume, and reports each epoch's loss."""

    def __init__(self, data: Batches, epochs: int, progress: ProgressListener | None) -> None:
        super().__init__()
        self._data, self._epochs, self._progress = data, epochs, progress

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        if self._data.epoch != epoch:
            self._data.start(epoch)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        if self._progress is not None:
            self._progress(
                Progress(
                    (epoch + 1) / self._epochs,
                    Stage.TRAINING,
                    detail=f"epoch {epoch + 1}: loss {(logs or {}).get('loss', 0):.4f}",
                )
            )
