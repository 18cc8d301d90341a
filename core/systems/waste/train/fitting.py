"""Training in three phases: what lies above the trunk, on features made once; the whole network; a polish.

The trunk's backward pass takes two thirds of the time of a step and its ImageNet features carry over well, so most
epochs leave it out. The polish sees half of the photos as they are, for that is how they come in service, and blends
none. Every epoch ends in a checkpoint from which an interrupted run goes on, to the same result.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.progress import Progress, ProgressListener, Stage, within
from core.systems.waste.data.photos import LabelledPhoto
from core.systems.waste.data.preprocessing import scaled, squared
from core.systems.waste.data.samples import POLISH, UPPER, WHOLE, Samples, TrainingSchedule
from core.systems.waste.data.views import Views
from core.systems.waste.train import checkpoints, mobilenet

if TYPE_CHECKING:  # Keras and TensorFlow take seconds to import and are there for training alone
    import keras
    import tensorflow as tf

MIXUP = 0.2  # parameter of the beta distribution (Zhang et al. 2018); on features in the first phase, on pixels after
MIXUP_SHARE = 0.5  # of batches
WEIGHT_DECAY = 0.02
WARM_UP = 0.08  # share of a phase's steps
PLAIN_SHARE = 0.5  # of photos that the polish sees as they are

Inputs = Callable[[np.ndarray], np.ndarray]
"""A function from indices of views, int (n,), to the network's inputs, (n, ...)."""


@dataclass(frozen=True)
class TrainingRun:
    """What all phases of one network's training share.

    samples: what an epoch draws.
    schedule: epochs, sizes and learning rates.
    seed: of order, drawing of views, blending and dropout.
    checkpoint: file that is rewritten after every epoch, and read first.
    """

    samples: Samples
    schedule: TrainingSchedule
    seed: int
    checkpoint: Path


def train(
    network: keras.Model, run: TrainingRun, views: Views, features: Path, progress: ProgressListener
) -> keras.Model:
    """Train `network`, built for photos of `upper_size`; returns it for photos of `whole_size`.

    features: where the trunk's features of all views are kept; runs over the same views and backbone share them.
    progress: told the share that is done. Raises what it raises.
    """
    schedule = run.schedule
    pixels = _Pixels(views, run.samples.photos)
    report = {phase: _span(progress, schedule, phase) for phase in schedule.phases()}
    if schedule.upper_epochs:
        trunk_features = _features(network, pixels, schedule, features, report[UPPER])
        train_phase(mobilenet.upper(network), network, trunk_features.__getitem__, run, UPPER, report[UPPER])
    network = mobilenet.at_size(network, schedule.whole_size)
    for phase in schedule.phases()[WHOLE:]:
        if schedule.epochs(phase):
            inputs = pixels.at(schedule.whole_size)
            train_phase(mobilenet.all_layers(network), network, inputs, run, phase, report[phase])
    return network


def _span(progress: ProgressListener, schedule: TrainingSchedule, phase: int) -> ProgressListener:
    """A listener for one phase that covers its part of the training; a whole epoch takes twice an upper one."""
    costs = [schedule.epochs(number) * (1 if number == UPPER else 2) for number in schedule.phases()]
    before, total = sum(costs[:phase]), max(1, sum(costs))
    return within(progress, before / total, (before + costs[phase]) / total)


def fill_statistics(network: keras.Model, photos: np.ndarray, batch: int = 32) -> None:
    """Undo folded batch normalisation with some of the training photos, shape (n, size, size, 3)."""
    if mobilenet.is_folded(network):
        mobilenet.refill_batch_norm(network, [photos[start : start + batch] for start in range(0, len(photos), batch)])


class _Pixels:
    """The network's inputs for views by index, and for photos as they are by -1 - their index."""

    def __init__(self, views: Views, photos: Sequence[LabelledPhoto]) -> None:
        self.views = views
        self._photos = photos
        self._plain: dict[tuple[int, int], np.ndarray] = {}  # by index and size; decoded once, a byte per value

    def at(self, size: int) -> Inputs:
        """A function from indices (n,) to inputs (n, size, size, 3)."""

        def read(indices: np.ndarray) -> np.ndarray:
            pictures = [self._picture(int(index), size) for index in indices]
            return np.stack([scaled(picture) for picture in pictures])

        return read

    def _picture(self, index: int, size: int) -> Image.Image:
        if index >= 0:
            view = Image.fromarray(self.views.pixels(index))
            return view if view.width == size else view.resize((size, size), Image.Resampling.BILINEAR)
        if (index, size) not in self._plain:
            self._plain[index, size] = np.asarray(squared(self._photos[-1 - index].decode(), size))
        return Image.fromarray(self._plain[index, size])


def _features(
    network: keras.Model, pixels: _Pixels, schedule: TrainingSchedule, path: Path, progress: ProgressListener
) -> np.ndarray:
    """The trunk's output for every view, float16, shape (views, rows, cols, channels), kept in `path`."""
    if not path.is_file():
        body = mobilenet.trunk(network)
        read, count = pixels.at(schedule.upper_size), len(pixels.views)
        unfinished = path.with_suffix(f".{os.getpid()}.part.npy")
        features = np.lib.format.open_memmap(unfinished, "w+", np.float16, (count, *body.output.shape[1:]))
        run = _compiled(lambda batch: body(batch, training=False))
        for start in range(0, count, 64):
            indices = np.arange(start, min(start + 64, count))
            features[indices] = run(read(indices)).numpy()
            progress(Progress(start / count, Stage.TRAINING, detail=f"features of views: {start} of {count}"))
        features.flush()
        unfinished.replace(path)
    return np.asarray(np.load(path, mmap_mode="r"))


def _compiled(function: Callable[..., tf.Tensor]) -> Callable[..., tf.Tensor]:
    import tensorflow as tf

    return tf.function(function, reduce_retracing=True, jit_compile=False, autograph=False)  # type: ignore[no-any-return]


def train_phase(
    part: keras.Model, network: keras.Model, inputs: Inputs, run: TrainingRun, phase: int, progress: ProgressListener
) -> None:
    """Train for one phase's epochs, going on where the checkpoint stands.

    part: the model of the layers that learn, from inputs to logits; it shares its weights with `network`.
    network: what the checkpoint holds.
    inputs: gives the part's inputs by index.
    phase: UPPER, WHOLE or, from POLISH on, a round of polish.
    """
    import keras

    samples, schedule, seed = run.samples, run.schedule, run.seed
    epochs, batch = schedule.epochs(phase), min(schedule.batch, int(samples.repeats.sum()))
    optimizer = _optimizer(part, schedule.rate(phase), epochs * (int(samples.repeats.sum()) // batch))
    next_phase, first = checkpoints.restore(run.checkpoint, network, optimizer, phase)
    if next_phase > phase:
        return
    step = _step(part, optimizer)
    for epoch in range(first, epochs):
        random = np.random.default_rng([seed, phase, epoch])
        keras.utils.set_random_seed(seed * 1000 + phase * 100 + epoch)  # dropout
        indices, materials, scope = samples.draw(random, PLAIN_SHARE if phase >= POLISH else 0.0)
        losses = []
        for start in range(0, len(indices) - batch + 1, batch):  # a last smaller batch would cost another tracing
            rows = slice(start, start + batch)
            examples = inputs(indices[rows]).astype(np.float32), materials[rows], scope[rows]
            losses.append(float(step(*(examples if phase >= POLISH else _mixed(*examples, random)))))
            detail = f"phase {phase + 1}, epoch {epoch + 1} of {epochs}, loss {losses[-1]:.3f}"
            progress(Progress((epoch + start / len(indices)) / epochs, Stage.TRAINING, detail=detail))
        checkpoints.write(run.checkpoint, network, optimizer, phase, epoch + 1)
        detail = f"phase {phase + 1}, epoch {epoch + 1} done, mean loss {np.mean(losses):.3f}"
        progress(Progress((epoch + 1) / epochs, Stage.TRAINING, detail=detail))
    checkpoints.write(run.checkpoint, network, optimizer, phase + 1, 0)


def _optimizer(part: keras.Model, rate: float, steps: int) -> keras.optimizers.Optimizer:
    """AdamW whose rate rises for some steps and then falls along a cosine; scales and shifts do not decay."""
    import keras

    warm = max(1, int(WARM_UP * steps))
    falling = max(1, steps - warm)
    cosine = keras.optimizers.schedules.CosineDecay(rate / 20, falling, warmup_target=rate, warmup_steps=warm)
    optimizer = keras.optimizers.AdamW(cosine, weight_decay=WEIGHT_DECAY)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    optimizer.build(part.trainable_variables)
    return optimizer


def _mixed(
    inputs: np.ndarray, materials: np.ndarray, scope: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mixup (Zhang et al. 2018): in some batches each example and its targets are blended with another's."""
    if random.random() >= MIXUP_SHARE:
        return inputs, materials, scope
    share = np.float32(random.beta(MIXUP, MIXUP))
    other = random.permutation(len(inputs))
    blend = [share * values + (1 - share) * values[other] for values in (inputs, materials, scope)]
    return blend[0], blend[1], blend[2]


def _step(part: keras.Model, optimizer: keras.optimizers.Optimizer) -> Callable[..., tf.Tensor]:
    """The compiled training step: inputs (n, ...), material targets (n, 6), scope (n,) -> loss.

    The loss is the cross-entropy of the materials, over examples that have one, plus that of the scope, over all.
    """
    import tensorflow as tf

    def step(inputs: tf.Tensor, materials: tf.Tensor, scope: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = part(inputs, training=True)
            labelled = tf.maximum(tf.reduce_sum(materials), 1.0)
            entropy = -tf.reduce_sum(materials * tf.nn.log_softmax(logits[:, :-1])) / labelled
            shows_waste = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(scope, logits[:, -1]))
            loss = entropy + shows_waste
        variables = part.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    return _compiled(step)
