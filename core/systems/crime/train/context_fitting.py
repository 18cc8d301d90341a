"""Training of the context network: recent rows weigh more, and inputs go missing as they do in service."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Queue
from typing import TYPE_CHECKING, SupportsFloat, TypeVar

import numpy as np

from core.progress import Progress, ProgressListener, Stage
from core.systems.crime.features.ablation import ablate
from core.systems.crime.features.vocabulary import DAYS_PER_YEAR, SLOTS, UNKNOWN
from core.systems.crime.train.network import ContextShape, KerasNetwork, keras_context_network

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

Item = TypeVar("Item")

MAX_BATCH, MIN_BATCH = 1024, 256  # rows
BATCHES_PER_EPOCH = 350  # within those bounds: a small table needs as many steps as a large one
RATE = 1.8e-3  # with batches of MAX_BATCH
RATE_POWER = 0.75  # of a batch's size, by which smaller ones step less far
WEIGHT_DECAY = 1e-3
DROPOUT = 0.4
VECTOR_DROPOUT = 0.3
HALF_LIFE = 4.0  # after which a row weighs half [years]
REPORT_STEPS = 20  # training steps between two reports of progress
LOSS_WEIGHTS = 0.98, 0.02  # of the running mean before, and of a step's loss, in the mean that is reported

MISSING_SHARES = {
    "address": 0.04,
    "place": 0.03,
    "district": 0.04,
    "location_type": 0.05,
    "domestic": 0.05,
    "siblings": 0.2,
}
"""Share of rows that train without the input; 3 % train without any place."""
NO_PLACE = 0.03
UNKNOWN_ADDRESS = 0.6
"""Share of rows whose address counts as unknown, though its past is known: no block is learnt by heart."""


@dataclass(frozen=True)
class ContextExamples:
    """Rows as the context network sees them.

    codes: `encode_slots`, int32, shape (n, slots).
    history: what the past says, float32, shape (n, `history_width`).
    numbers: `encode_numbers`, float32, shape (n, numbers).
    labels: classes, int64, shape (n,).
    days: when they were, float64, shape (n,) [days].
    """

    codes: np.ndarray
    history: np.ndarray
    numbers: np.ndarray
    labels: np.ndarray
    days: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


def fit_context(
    examples: ContextExamples,
    shape: ContextShape,
    epochs: int,
    seed: int,
    progress: ProgressListener,
    recent: bool = True,
) -> KerasNetwork:
    """A trained context network, as a Keras model.

    examples: the rows that train.
    shape: what the network is built for.
    epochs: passes over the rows.
    seed: decides weights, order and missing inputs.
    progress: told every REPORT_STEPS steps; may raise Cancelled.
    recent: rows weigh less the older they are, for a model that is asked about what comes after.
    """
    import keras

    keras.utils.set_random_seed(seed)
    network = keras_context_network(shape, DROPOUT, VECTOR_DROPOUT)
    batch = batch_size(len(examples))
    steps = epochs * (len(examples) // batch)
    rate = RATE * (batch / MAX_BATCH) ** RATE_POWER
    optimizer = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.02), weight_decay=WEIGHT_DECAY
    )
    optimizer.build(network.trainable_variables)
    step = training_step(network, optimizer)
    weights = recency_weights(examples.days) if recent else np.ones(len(examples), dtype=np.float32)
    done, mean_loss = 0, 0.0
    for epoch in range(epochs):
        for inputs in _prefetch(batches(examples, weights, shape, batch, np.random.default_rng([seed, epoch]))):
            loss = float(step(*inputs))
            mean_loss = LOSS_WEIGHTS[0] * mean_loss + LOSS_WEIGHTS[1] * loss if done else loss
            done += 1
            if done % REPORT_STEPS == 0 or done == steps:
                detail = f"epoch {epoch + 1} of {epochs}, loss {mean_loss:.3f}"
                progress(Progress(done / steps, Stage.TRAINING, detail=detail))
    return network


def batch_size(rows: int) -> int:
    """How many rows a training step sees, of so many in all."""
    return min(rows, MAX_BATCH, max(MIN_BATCH, rows // BATCHES_PER_EPOCH))


def recency_weights(days: np.ndarray) -> np.ndarray:
    """Weights of rows, mean 1, half after HALF_LIFE; days: shape (rows,) [days], result float32, shape (rows,)."""
    weights = 0.5 ** ((days.max() - days) / DAYS_PER_YEAR / HALF_LIFE)
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def batches(
    examples: ContextExamples, weights: np.ndarray, shape: ContextShape, batch: int, random: np.random.Generator
) -> Iterator[tuple[np.ndarray, ...]]:
    """The inputs of the training steps of an epoch, some of them missing: codes, history, numbers, labels, weights.

    examples: the rows that train.
    weights: of the rows, float32, shape (rows,).
    shape: what the network is built for.
    batch: rows of a step.
    random: decides order and missing inputs.
    """
    order = random.permutation(len(examples))
    for start in range(0, len(order) - batch + 1, batch):
        rows = order[start : start + batch]
        codes, history, numbers = _ablate_some(
            examples.codes[rows], examples.history[rows], examples.numbers[rows], random
        )
        yield codes + shape.offsets, history, numbers, examples.labels[rows], weights[rows]


def _prefetch(items: Iterator[Item], depth: int = 4) -> Iterator[Item]:
    """Items, made by another thread while their consumer works on those before; the thread ends with its consumer."""
    waiting: Queue[Item | None] = Queue(depth)
    stop = threading.Event()

    def fill() -> None:
        for item in items:
            if stop.is_set():
                return
            waiting.put(item)
        waiting.put(None)

    thread = threading.Thread(target=fill, daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not None:
            yield item
    finally:
        stop.set()
        while not waiting.empty():
            waiting.get_nowait()


def _ablate_some(
    codes: np.ndarray, history: np.ndarray, numbers: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Copies of a batch in which some inputs are missing; arrays as of `ContextExamples`."""
    codes, history, numbers = codes.copy(), history.copy(), numbers.copy()
    nowhere = random.random(len(codes)) < NO_PLACE
    for group, share in MISSING_SHARES.items():
        rows = random.random(len(codes)) < share
        if group in ("address", "place", "district"):
            rows |= nowhere
        ablate(group, rows, codes, history, numbers)
    address = SLOTS.index("address")
    hidden = (random.random(len(codes)) < UNKNOWN_ADDRESS) & (codes[:, address] > 0)
    codes[hidden, address] = UNKNOWN
    return codes, history, numbers


def training_step(network: KerasNetwork, optimizer: keras.Optimizer) -> Callable[..., SupportsFloat]:
    """A function of codes, history, numbers, labels and weights that takes one step and returns the weighted loss."""
    import tensorflow as tf

    def step(
        codes: tf.Tensor, history: tf.Tensor, numbers: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor
    ) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = network([codes, history, numbers], training=True)
            loss = tf.reduce_mean(weights * tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        variables = network.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    compiled: Callable[..., SupportsFloat] = tf.function(step, reduce_retracing=True, autograph=False)
    return compiled
