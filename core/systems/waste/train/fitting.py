"""Training in three phases: what lies above the trunk, on features made once; the whole network; a polish.

The trunk's backward pass takes two thirds of the time of a step and its ImageNet features carry over well, so most
epochs leave it out. The polish sees half of the photos as they are, for that is how they come in service, and blends
none. Every epoch ends in a checkpoint from which an interrupted run goes on, to the same result.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.progress import Progress, ProgressListener, Stage, within
from core.systems.waste.data.photos import Photo, scaled, squared
from core.systems.waste.data.samples import POLISH, UPPER, WHOLE, Samples, Schedule
from core.systems.waste.data.views import Views
from core.systems.waste.train import network as model

MIXUP = 0.2  # parameter of the beta distribution (Zhang et al. 2018); on features in the first phase, on pixels after
MIXUP_SHARE = 0.5  # of batches
WEIGHT_DECAY = 0.02
WARM_UP = 0.08  # share of a phase's steps
PLAIN_SHARE = 0.5  # of photos that the polish sees as they are


def train(
    network: Any,
    drawn: Samples,
    views: Views,
    schedule: Schedule,
    seed: int,
    features: Path,
    checkpoint: Path,
    progress: ProgressListener,
) -> Any:
    """Train `network`, built for photos of `upper_size`; returns it for photos of `whole_size`.

    features: where the trunk's features of all views are kept; runs over the same views and backbone share them.
    checkpoint: file that is rewritten after every epoch, and read first.
    """
    pixels = _Pixels(views, drawn.photos)
    report = {phase: _span(progress, schedule, phase) for phase in schedule.phases()}
    if schedule.upper_epochs:
        made = _features(network, pixels, schedule, features, report[UPPER])
        top = model.upper(network)
        _phase(top, network, made.__getitem__, drawn, schedule, UPPER, seed, checkpoint, report[UPPER])
    network = model.at_size(network, schedule.whole_size)
    for phase in schedule.phases()[WHOLE:]:
        if schedule.epochs(phase):
            whole, read = model.whole(network), pixels.at(schedule.whole_size)
            _phase(whole, network, read, drawn, schedule, phase, seed, checkpoint, report[phase])
    return network


def _span(progress: ProgressListener, schedule: Schedule, phase: int) -> ProgressListener:
    """A progress for one phase that covers its part of the training; a whole epoch takes twice an upper one."""
    costs = [schedule.epochs(one) * (1 if one == UPPER else 2) for one in schedule.phases()]
    before, total = sum(costs[:phase]), max(1, sum(costs))
    return within(progress, before / total, (before + costs[phase]) / total)


def fill_statistics(network: Any, photos: np.ndarray, batch: int = 32) -> None:
    """Undo folded batch normalisation with some of the training photos, shape (n, size, size, 3)."""
    if model.is_folded(network):
        model.refill_batch_norm(network, [photos[start : start + batch] for start in range(0, len(photos), batch)])


class _Pixels:
    """The network's inputs for views by number, and for photos as they are."""

    def __init__(self, views: Views, photos: Sequence[Photo]) -> None:
        self.views = views
        self._photos = photos
        self._plain: dict[tuple[int, int], np.ndarray] = {}  # by place and size; decoded once, a byte per value

    def at(self, size: int) -> Callable[[np.ndarray], np.ndarray]:
        """A function from view numbers (n,) to inputs (n, size, size, 3)."""

        def read(places: np.ndarray) -> np.ndarray:
            pictures = [self._picture(int(place), size) for place in places]
            return np.stack([scaled(picture) for picture in pictures])

        return read

    def _picture(self, place: int, size: int) -> Image.Image:
        if place >= 0:
            view = Image.fromarray(self.views.pixels(place))
            return view if view.width == size else view.resize((size, size), Image.Resampling.BILINEAR)
        if (place, size) not in self._plain:
            self._plain[place, size] = np.asarray(squared(self._photos[-1 - place].decode(), size))
        return Image.fromarray(self._plain[place, size])


def _features(network: Any, pixels: _Pixels, schedule: Schedule, path: Path, progress: ProgressListener) -> np.ndarray:
    """The trunk's output for every view, float16, shape (views, rows, cols, channels), kept in `path`."""
    if not path.is_file():
        body = model.trunk(network)
        read, count = pixels.at(schedule.upper_size), len(pixels.views)
        unfinished = path.with_suffix(f".{os.getpid()}.part.npy")
        made = np.lib.format.open_memmap(unfinished, "w+", np.float16, (count, *body.output.shape[1:]))
        run = _compiled(lambda batch: body(batch, training=False))
        for start in range(0, count, 64):
            places = np.arange(start, min(start + 64, count))
            made[places] = run(read(places)).numpy()
            progress(Progress(start / count, Stage.TRAINING, detail=f"features of views: {start} of {count}"))
        made.flush()
        unfinished.replace(path)
    return np.asarray(np.load(path, mmap_mode="r"))


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    import tensorflow as tf

    return tf.function(function, reduce_retracing=True, jit_compile=False, autograph=False)  # type: ignore[no-any-return]


def _phase(
    part: Any,
    network: Any,
    read: Callable[[np.ndarray], np.ndarray],
    drawn: Samples,
    schedule: Schedule,
    phase: int,
    seed: int,
    checkpoint: Path,
    progress: ProgressListener,
) -> None:
    """Train `part` for one phase's epochs, going on where the checkpoint stands."""
    import keras

    epochs, batch = schedule.epochs(phase), min(schedule.batch, int(drawn.repeats.sum()))
    optimizer = _optimizer(part, schedule.rate(phase), epochs * (int(drawn.repeats.sum()) // batch))
    done_phase, first = _restore(checkpoint, network, optimizer, phase)
    if done_phase > phase:
        return
    step = _step(part, optimizer)
    for epoch in range(first, epochs):
        random = np.random.default_rng([seed, phase, epoch])
        keras.utils.set_random_seed(seed * 1000 + phase * 100 + epoch)  # dropout
        places, materials, scope = drawn.draw(random, PLAIN_SHARE if phase >= POLISH else 0.0)
        losses = []
        for start in range(0, len(places) - batch + 1, batch):  # a last smaller batch would cost another tracing
            here = slice(start, start + batch)
            inputs = read(places[here]).astype(np.float32), materials[here], scope[here]
            losses.append(float(step(*(inputs if phase >= POLISH else _mixed(*inputs, random)))))
            share = (epoch + start / len(places)) / epochs
            progress(
                Progress(
                    share,
                    Stage.TRAINING,
                    detail=f"phase {phase + 1}, epoch {epoch + 1} of {epochs}, loss {losses[-1]:.3f}",
                )
            )
        _keep(checkpoint, network, optimizer, phase, epoch + 1)
        progress(
            Progress(
                (epoch + 1) / epochs,
                Stage.TRAINING,
                detail=f"phase {phase + 1}, epoch {epoch + 1} done, mean loss {np.mean(losses):.3f}",
            )
        )
    _keep(checkpoint, network, optimizer, phase + 1, 0)


def _optimizer(part: Any, rate: float, steps: int) -> Any:
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
    """For some batches every example is blended with another, and so is what is expected of it."""
    if random.random() >= MIXUP_SHARE:
        return inputs, materials, scope
    share = np.float32(random.beta(MIXUP, MIXUP))
    other = random.permutation(len(inputs))
    blend = [share * values + (1 - share) * values[other] for values in (inputs, materials, scope)]
    return blend[0], blend[1], blend[2]


def _step(part: Any, optimizer: Any) -> Callable[..., Any]:
    import tensorflow as tf

    def step(inputs: Any, materials: Any, scope: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = part(inputs, training=True)
            known = tf.maximum(tf.reduce_sum(materials), 1.0)
            entropy = -tf.reduce_sum(materials * tf.nn.log_softmax(logits[:, :-1])) / known
            shows_waste = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(scope, logits[:, -1]))
            loss = entropy + shows_waste
        variables = part.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    return _compiled(step)


def _keep(path: Path, network: Any, optimizer: Any, phase: int, epoch: int) -> None:
    """Write the checkpoint whole or not at all."""
    values = [np.asarray(weight) for weight in network.weights] + [np.asarray(one) for one in optimizer.variables]
    unfinished = path.with_suffix(".part.npz")
    arrays: dict[str, Any] = {f"a{place}": value for place, value in enumerate(values)}
    np.savez(unfinished, phase=phase, epoch=epoch, **arrays)
    unfinished.replace(path)


def _restore(path: Path, network: Any, optimizer: Any, phase: int) -> tuple[int, int]:
    """Phase and epoch at which to go on; the weights (and, within a phase, the optimizer) are as they were then."""
    if not path.is_file():
        return phase, 0
    with np.load(path) as kept:
        at, epoch = int(kept["phase"]), int(kept["epoch"])
        targets = list(network.weights) + (list(optimizer.variables) if at == phase and epoch else [])
        for place, target in enumerate(targets):
            target.assign(kept[f"a{place}"])
    return at, epoch if at == phase else 0
