"""How the residual network is fitted: examples as arrays, what it is punished for, and steps to resume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from core.artefacts import keras_files
from core.progress import Progress, ProgressListener, Stage
from core.systems.flood.correction.features import NAMES, scaled

EXTENTS = ((0.05, 0.5), (0.3, 1.0))  # depths whose extents are compared, and how much each counts [m]
SOFT = 0.15  # how gradually a cell counts as wet there, in scaled depth
LOW, HIGH = 0.1, 0.9  # quantiles of the interval
RATE = 1.5e-3
CLIP = 1.0  # of the gradient's norm
FALLS = {"fall east": (1, -1.0), "fall south": (0, -1.0), "column in block": (1, -1.0), "row in block": (0, -1.0)}
TURNED = (("fall east", "fall south"), ("column in block", "row in block"))


@dataclass(frozen=True)
class Arrays:
    """inputs: (n, rows, cols, len(NAMES)) float16; truth: scaled depth (n, rows, cols), NaN for no data."""

    inputs: np.ndarray
    truth: np.ndarray


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """The examples in a new order each epoch, each mirrored and transposed at random; the same for the same seed."""

    def __init__(self, arrays: Arrays, size: int, seed: int) -> None:
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

    def __getitem__(self, place: int) -> tuple[np.ndarray, np.ndarray]:
        """Inputs, and truth with the share of data beside it."""
        here = slice(place * self._size, (place + 1) * self._size)
        chosen = self._order[here]
        inputs, truth = self._arrays.inputs[chosen].astype(np.float32), self._arrays.truth[chosen].astype(np.float32)
        turned = [turn(*one) for one in zip(inputs, truth, self._turns[here], strict=True)]
        return stacked(turned)

    def on_epoch_end(self) -> None:
        """A new order."""
        self.start(self.epoch + 1)


def stacked(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and truths as the network and its loss take them."""
    truth = np.stack([one[1] for one in pairs])
    valid = np.isfinite(truth)
    return np.stack([one[0] for one in pairs]), np.stack([np.where(valid, truth, 0.0), valid], -1).astype(np.float32)


def turn(inputs: np.ndarray, truth: np.ndarray, turns: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """One example mirrored south to north, east to west, and transposed, as `turns` says."""
    for axis in (0, 1):
        if turns[axis]:
            inputs, truth = np.flip(inputs, axis).copy(), np.flip(truth, axis)
            for name, (along, sign) in FALLS.items():
                if along == axis:
                    inputs[..., NAMES.index(name)] *= sign
    if turns[2]:
        inputs, truth = inputs.swapaxes(0, 1).copy(), truth.T
        for one, other in TURNED:
            places = [NAMES.index(one), NAMES.index(other)]
            inputs[..., places] = inputs[..., places[::-1]]
    return inputs, truth


def loss(truth: Any, found: Any) -> Any:
    """Depth off, scaled and in metres, extents that disagree (1 - soft CSI), volume off, the bounds' pinball loss."""
    depth, valid = truth[..., 0], truth[..., 1]
    guess, below, above = found[..., 0], found[..., 1], found[..., 2]
    count = ops.sum(valid) + 1.0
    off = ops.where(depth > 0, ops.abs(guess - depth), ops.relu(guess))
    total = 0.7 * ops.sum(off * valid) / count
    for limit, weight in EXTENTS:
        edge = float(scaled(np.array(limit)))
        theirs = ops.cast(depth >= edge, "float32") * valid
        ours = ops.sigmoid((guess - edge) / SOFT) * valid
        both = ops.sum(theirs * ours, axis=(1, 2))
        either = ops.sum(theirs + ours, axis=(1, 2)) - both
        total += weight * ops.mean(1.0 - (both + 1.0) / (either + 1.0))
    ours, theirs = ops.expm1(ops.clip(guess, 0.0, 8.0)) * valid, ops.expm1(depth) * valid
    there = ops.sum(theirs, axis=(1, 2)) + 0.5 * ops.sum(valid, axis=(1, 2)) + 1.0
    total += 0.4 * ops.mean(ops.sum(ops.abs(ours - theirs), axis=(1, 2)) / there)
    total += 0.05 * ops.mean(ops.abs(ops.sum(ours - theirs, axis=(1, 2))) / there)
    middle = ops.stop_gradient(guess)
    total += 0.5 * ops.sum(_pinball(depth, middle - below, LOW) * valid) / count
    return total + 0.5 * ops.sum(_pinball(depth, middle + above, HIGH) * valid) / count


def _pinball(depth: Any, bound: Any, quantile: float) -> Any:
    """Of dry cells only a bound above the ground is off."""
    off = ops.where(depth > 0, depth - bound, -ops.relu(bound))
    return ops.maximum(quantile * off, (quantile - 1.0) * off)


def fit(
    network: Any,
    arrays: Arrays,
    folder: Path,
    epochs: int,
    batch: int = 4,
    seed: int = 0,
    progress: ProgressListener | None = None,
) -> list[float]:
    """Fit in place and return the loss by epoch; what was begun in `folder` goes on where it stopped."""
    data = Batches(arrays, batch, seed)
    steps = max(len(data) * epochs, 1)
    warm = min(200, max(steps // 10, 1))
    rate = keras.optimizers.schedules.CosineDecay(1e-5, steps - warm, warmup_target=RATE, warmup_steps=warm)
    network.compile(optimizer=keras.optimizers.Adam(rate, clipnorm=CLIP), loss=loss, jit_compile=False)
    if progress is not None:
        progress(Progress(0.0, Stage.TRAINING, detail=f"{len(arrays.truth)} examples, {steps} steps"))
    told = _Tell(data, epochs, progress)
    backup = keras.callbacks.BackupAndRestore(str(folder), double_checkpoint=True, delete_checkpoint=False)
    with keras_files.writing():
        done = network.fit(data, epochs=epochs, verbose=0, shuffle=False, callbacks=[backup, told])
    return [float(one) for one in done.history.get("loss", [])]


class _Tell(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the order of examples in step with the epoch, also after a resume, and tells of each."""

    def __init__(self, data: Batches, epochs: int, progress: ProgressListener | None) -> None:
        super().__init__()
        self._data, self._epochs, self._progress = data, epochs, progress

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if self._data.epoch != epoch:
            self._data.start(epoch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self._progress is not None:
            self._progress(
                Progress(
                    (epoch + 1) / self._epochs,
                    Stage.TRAINING,
                    detail=f"epoch {epoch + 1}: loss {(logs or {}).get('loss', 0):.4f}",
                )
            )
