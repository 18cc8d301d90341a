"""Training of all but the first layers: first on blended views, then on photos half of which are as they came.

It starts from a linear head on the pretrained features (Kumar et al. 2022: a random head would first spoil them), and
ends with a mean of the weights before and after (Wortsman et al. 2022), which keeps more of what carries over to other
places. Every epoch ends in a checkpoint from which an interrupted run goes on, to the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.progress import Progress, ProgressListener, Stage
from core.systems.waste.data.photos import LabelledPhoto
from core.systems.waste.data.samples import Samples, TrainingSchedule
from core.systems.waste.labels import MATERIALS
from core.systems.waste.network import lite2

if TYPE_CHECKING:  # Keras and TensorFlow take seconds to import and are there for training alone
    import keras
    import tensorflow as tf

MIXUP = 0.2  # parameter of the beta distribution (Zhang et al. 2018)
MIXUP_SHARE = 0.5  # of batches
WEIGHT_DECAY = 0.02
WARM_UP = 200  # steps
BLEND_PLAIN_SHARE, POLISH_PLAIN_SHARE = 0.1, 0.5  # of photos that are seen as they are
SCOPE = len(MATERIALS)  # index of its logit

Inputs = Callable[[np.ndarray], np.ndarray]
"""From what was drawn, int (n,), see `Samples.draw`, to inputs of the trained part, (n, ...)."""


@dataclass(frozen=True)
class TrainingRun:
    """What training needs beside the network.

    samples: what an epoch draws. schedule: epochs, sizes and learning rate. seed: of order, drawing of views, blending
    and dropout. checkpoint: file that is rewritten after every epoch, and read first.
    """

    samples: Samples
    schedule: TrainingSchedule
    seed: int
    checkpoint: Path


def train(part: keras.Model, run: TrainingRun, inputs: Inputs, progress: ProgressListener) -> None:
    """Train for all epochs, going on where the checkpoint stands.

    part: the model from inputs to logits. progress: told the share that is done. Raises what it raises.
    """
    import keras

    drawn, schedule, seed = run.samples, run.schedule, run.seed
    batch = min(schedule.batch, int(drawn.repeats.sum()))
    optimizer = _optimizer(part, schedule.rate, schedule.epochs * (int(drawn.repeats.sum()) // batch))
    step = _step(part, optimizer)
    for epoch in range(_restore(run.checkpoint, part, optimizer), schedule.epochs):
        random = np.random.default_rng([seed, epoch])
        keras.utils.set_random_seed(seed * 1000 + epoch)  # dropout
        polishes = epoch >= schedule.blend_epochs
        indices, materials, scope = drawn.draw(random, POLISH_PLAIN_SHARE if polishes else BLEND_PLAIN_SHARE)
        losses = []
        for start in range(0, len(indices) - batch + 1, batch):  # a last smaller batch would cost another tracing
            rows = slice(start, start + batch)
            examples = inputs(indices[rows]).astype(np.float32), materials[rows], scope[rows]
            losses.append(float(step(*(examples if polishes else _mixed(*examples, random)))))
            share = (epoch + start / len(indices)) / schedule.epochs
            detail = f"epoch {epoch + 1} of {schedule.epochs}, loss {losses[-1]:.3f}"
            progress(Progress(share, Stage.TRAINING, detail=detail))
        _write_checkpoint(run.checkpoint, part, optimizer, epoch + 1)
        detail = f"epoch {epoch + 1} done, mean loss {np.mean(losses):.3f}"
        progress(Progress((epoch + 1) / schedule.epochs, Stage.TRAINING, detail=detail))


def blend_with_start(network: keras.Model, start: Sequence[np.ndarray], share: float) -> None:
    """Set the body's weights to a mean of those before training and those after.

    start: weights of `lite2.body(network)` before. share: of those after, in [0, 1].
    """
    body = lite2.body(network)
    body.set_weights(
        [(1 - share) * before + share * after for before, after in zip(start, body.get_weights(), strict=True)]
    )


def features(network: keras.Model, photos: Sequence[LabelledPhoto], size: int) -> np.ndarray:
    """Means of the features of photos as they are, not scaled, float32, shape (n, channels); the last map's come last.

    size: of the network's input [px].
    """
    import keras

    to_means = keras.Model(network.input, network.get_layer(lite2.MEANS).output)
    pictures = (photo.decode() for photo in photos)
    return np.concatenate(list(lite2.run(to_means, pictures, size)), dtype=np.float32)


def _compiled(function: Callable[..., tf.Tensor]) -> Callable[..., tf.Tensor]:
    import tensorflow as tf

    return tf.function(function, reduce_retracing=True, jit_compile=False, autograph=False)  # type: ignore[no-any-return]


def _optimizer(part: keras.Model, rate: float, steps: int) -> keras.optimizers.Optimizer:
    """AdamW whose rate rises for some steps and then falls along a cosine; scales and shifts do not decay."""
    import keras

    warm = min(WARM_UP, max(1, steps // 4))
    cosine = keras.optimizers.schedules.CosineDecay(
        rate / 20, max(1, steps - warm), warmup_target=rate, warmup_steps=warm
    )
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

    The loss is the cross-entropy of the materials, over examples that have one, plus that of the scope, over all. The
    logit of plastic learns nothing here: see `heads`.
    """
    import tensorflow as tf

    def step(inputs: tf.Tensor, materials: tf.Tensor, scope: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = part(inputs, training=True)
            labelled = tf.maximum(tf.reduce_sum(materials), 1.0)
            entropy = -tf.reduce_sum(materials * tf.nn.log_softmax(logits[:, :SCOPE])) / labelled
            shows_waste = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(scope, logits[:, SCOPE]))
            loss = entropy + shows_waste
        variables = part.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    return _compiled(step)


def _write_checkpoint(path: Path, network: keras.Model, optimizer: keras.optimizers.Optimizer, epoch: int) -> None:
    """Write weights and optimizer into one file that is whole or not there; epoch: what comes next."""
    values = [np.asarray(variable) for variable in [*network.weights, *optimizer.variables]]
    unfinished = path.with_suffix(".part.npz")
    arrays = {f"a{index}": value for index, value in enumerate(values)}
    np.savez(unfinished, epoch=epoch, **arrays)  # type: ignore[arg-type]  # its stub takes them for flags
    unfinished.replace(path)  # atomic: a reader sees the old file or the new one


def _restore(path: Path, network: keras.Model, optimizer: keras.optimizers.Optimizer) -> int:
    """The epoch at which to go on; weights and optimizer are as they were then."""
    if not path.is_file():
        return 0
    with np.load(path) as checkpoint:
        for index, target in enumerate([*network.weights, *optimizer.variables]):
            target.assign(checkpoint[f"a{index}"])
        return int(checkpoint["epoch"])
