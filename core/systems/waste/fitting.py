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
from typing import Any

import numpy as np
from PIL import Image

from core.contract import Progress
from core.systems.waste import model
from core.systems.waste.data import MATERIALS, Photo, scaled, squared
from core.systems.waste.views import INVENTED, Views

LABEL_SMOOTHING = 0.05
MIXUP = 0.2  # parameter of the beta distribution (Zhang et al. 2018); on features in the first phase, on pixels after
MIXUP_SHARE = 0.5  # of batches
WEIGHT_DECAY = 0.02
WARM_UP = 0.08  # share of a phase's steps
UPPER, WHOLE, POLISH = range(3)
PLAIN_SHARE = 0.5  # of photos that the polish sees as they are


@dataclass(frozen=True)
class Schedule:
    """Epochs, input sizes [px], learning rates and repeats per epoch of the rarer kinds of photos."""

    upper_epochs: int = 8
    whole_epochs: int = 3
    polish_epochs: int = 6
    upper_size: int = 160
    whole_size: int = 160
    upper_rate: float = 6e-4
    whole_rate: float = 1.5e-4
    polish_rate: float = 2e-4
    batch: int = 32
    rare: int = 2
    wild: int = 2
    out_of_scope: int = 3
    invented: int = 60

    def epochs(self, phase: int) -> int:
        """Epochs of a phase: UPPER, WHOLE or POLISH."""
        return (self.upper_epochs, self.whole_epochs, self.polish_epochs)[phase]

    def rate(self, phase: int) -> float:
        """The highest learning rate of a phase."""
        return (self.upper_rate, self.whole_rate, self.polish_rate)[phase]


@dataclass(frozen=True)
class Samples:
    """Views that may be drawn, by photo: `views[i]` are numbers of views, drawn `repeats[i]` times an epoch."""

    views: list[np.ndarray]
    repeats: np.ndarray
    materials: np.ndarray
    """Index in MATERIALS, or -1 where the photo does not say; one per photo."""
    in_scope: np.ndarray
    """1.0 or 0.0, one per photo."""
    photos: list[Photo]
    """The photos themselves; shorter than `views` if bare invented grounds come last."""

    def draw(self, random: np.random.Generator, plain_share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One epoch in random order: views (n,), material targets (n, 6; rows of zeros say nothing), scope (n,).

        plain_share: of draws that give the photo itself, written as -1 - its place, instead of a view's number.
        """
        which = random.permutation(np.repeat(np.arange(len(self.views)), self.repeats))
        chosen = np.array([self.views[place][random.integers(len(self.views[place]))] for place in which])
        if plain_share:
            plain = (random.random(len(which)) < plain_share) & (which < len(self.photos))
            chosen = np.where(plain, -1 - which, chosen)
        return chosen, _targets(self.materials[which]), self.in_scope[which].astype(np.float32)


def samples(photos: Sequence[Photo], views: Views, schedule: Schedule) -> Samples:
    """What a run may draw: views of its training photos whose ground, too, is a training photo."""
    allowed = {photo.key for photo in photos} | {""}
    by_owner: dict[str, list[int]] = {}
    for place, (owner, ground) in enumerate(zip(views.owners, views.grounds, strict=True)):
        if ground in allowed:
            by_owner.setdefault(owner, []).append(place)
    drawn = [photo for photo in photos if photo.key in by_owner]
    places = [np.array(by_owner[photo.key]) for photo in drawn]
    repeats = [_repeats(photo, schedule) for photo in drawn]
    materials = [MATERIALS.index(photo.material) if photo.material else -1 for photo in drawn]
    scope = [float(photo.in_scope) for photo in drawn]
    if bare := by_owner.get(INVENTED, []):
        places.append(np.array(bare))
        repeats.append(schedule.invented)
        materials.append(-1)
        scope.append(0.0)
    return Samples(places, np.array(repeats), np.array(materials), np.array(scope), drawn)


def _repeats(photo: Photo, schedule: Schedule) -> int:
    if not photo.in_scope:
        return schedule.out_of_scope
    if photo.source != "trashnet":
        return schedule.wild
    return schedule.rare if photo.material == "trash" else 1


def _targets(materials: np.ndarray) -> np.ndarray:
    count = len(MATERIALS)
    known = (materials >= 0)[:, None]
    hot = np.eye(count)[np.maximum(materials, 0)]
    targets = known * (hot * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / count)
    return np.asarray(targets, dtype=np.float32)


def train(
    network: Any,
    drawn: Samples,
    views: Views,
    schedule: Schedule,
    seed: int,
    features: Path,
    checkpoint: Path,
    progress: Progress,
) -> Any:
    """Train `network`, built for photos of `upper_size`; returns it for photos of `whole_size`.

    features: where the trunk's features of all views are kept; runs over the same views and backbone share them.
    checkpoint: file that is rewritten after every epoch, and read first.
    """
    pixels = _Pixels(views, drawn.photos)
    report = {phase: _span(progress, schedule, phase) for phase in (UPPER, WHOLE, POLISH)}
    if schedule.upper_epochs:
        made = _features(network, pixels, schedule, features, report[UPPER])
        top = model.upper(network)
        _phase(top, network, made.__getitem__, drawn, schedule, UPPER, seed, checkpoint, report[UPPER])
    network = model.at_size(network, schedule.whole_size)
    for phase in (WHOLE, POLISH):
        if schedule.epochs(phase):
            whole, read = model.whole(network), pixels.at(schedule.whole_size)
            _phase(whole, network, read, drawn, schedule, phase, seed, checkpoint, report[phase])
    return network


def _span(progress: Progress, schedule: Schedule, phase: int) -> Progress:
    """A progress for one phase that covers its part of the training; a whole epoch takes twice an upper one."""
    costs = [schedule.epochs(UPPER), 2 * schedule.epochs(WHOLE), 2 * schedule.epochs(POLISH)]
    before, total = sum(costs[:phase]), max(1, sum(costs))
    return lambda share, message: progress((before + share * costs[phase]) / total, message)


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


def _features(network: Any, pixels: _Pixels, schedule: Schedule, path: Path, progress: Progress) -> np.ndarray:
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
            progress(start / count, f"features of views: {start} of {count}")
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
    progress: Progress,
) -> None:
    """Train `part` for one phase's epochs, going on where the checkpoint stands."""
    import keras

    epochs, rate = schedule.epochs(phase), schedule.rate(phase)
    steps = max(1, epochs * -(-int(drawn.repeats.sum()) // schedule.batch))
    warm = max(1, int(WARM_UP * steps))
    cosine = keras.optimizers.schedules.CosineDecay(
        rate / 20, max(1, steps - warm), warmup_target=rate, warmup_steps=warm
    )
    optimizer = keras.optimizers.AdamW(cosine, weight_decay=WEIGHT_DECAY)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    optimizer.build(part.trainable_variables)
    done_phase, first = _restore(checkpoint, network, optimizer, phase)
    if done_phase > phase:
        return
    step = _step(part, optimizer)
    for epoch in range(first, epochs):
        random = np.random.default_rng([seed, phase, epoch])
        keras.utils.set_random_seed(seed * 1000 + phase * 100 + epoch)  # dropout
        places, materials, scope = drawn.draw(random, PLAIN_SHARE if phase == POLISH else 0.0)
        losses = []
        for start in range(0, len(places), schedule.batch):
            here = slice(start, start + schedule.batch)
            batch = read(places[here]).astype(np.float32), materials[here], scope[here]
            losses.append(step(*(batch if phase == POLISH else _mixed(*batch, random))))
            share = (epoch + start / len(places)) / epochs
            progress(share, f"phase {phase + 1}, epoch {epoch + 1} of {epochs}, loss {float(losses[-1]):.3f}")
        _keep(checkpoint, network, optimizer, phase, epoch + 1)
        progress((epoch + 1) / epochs, f"phase {phase + 1}, epoch {epoch + 1} done, mean loss {np.mean(losses):.3f}")
    _keep(checkpoint, network, optimizer, phase + 1, 0)


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
