"""Training of the context network: recent rows weigh more, and inputs go missing as they do in service."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Queue
from typing import Any

import numpy as np

from core.progress import Progress, ProgressListener, Stage
from core.systems.crime.features.absence import without
from core.systems.crime.features.context import SLOTS, UNKNOWN, YEAR
from core.systems.crime.train import network

MOST_ROWS, FEWEST_ROWS = 1024, 256
BATCHES = 350  # in an epoch, within those bounds: a small table needs as many steps as a large one
RATE = 1.8e-3  # with batches of MOST_ROWS
RATE_POWER = 0.75  # of a batch's size, by which smaller ones step less far
WEIGHT_DECAY = 1e-3
DROPOUT = 0.4
VECTOR_DROPOUT = 0.3
HALF_LIFE = 4.0  # years after which a row weighs half

GOES_MISSING = {
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
class Examples:
    """Rows as the network sees them: codes (n, slots), history, numbers, labels (n,), days (n,)."""

    codes: np.ndarray
    history: np.ndarray
    numbers: np.ndarray
    labels: np.ndarray
    days: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


def train(
    examples: Examples, shape: network.Shape, epochs: int, seed: int, progress: ProgressListener, recent: bool = True
) -> Any:
    """A trained context network; `progress` may raise Cancelled after any step.

    recent: rows weigh less the older they are, for a model that is asked about what comes after.
    """
    import keras

    keras.utils.set_random_seed(seed)
    made = network.context(shape, DROPOUT, VECTOR_DROPOUT)
    batch = batch_size(len(examples))
    steps = epochs * (len(examples) // batch)
    rate = RATE * (batch / MOST_ROWS) ** RATE_POWER
    optimizer = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.02), weight_decay=WEIGHT_DECAY
    )
    optimizer.build(made.trainable_variables)
    step = _step(made, optimizer)
    weights = recency(examples.days) if recent else np.ones(len(examples), dtype=np.float32)
    done, losses = 0, 0.0
    for epoch in range(epochs):
        for inputs in _ahead(_batches(examples, weights, shape, batch, np.random.default_rng([seed, epoch]))):
            losses = 0.98 * losses + 0.02 * float(step(*inputs)) if done else float(step(*inputs))
            done += 1
            if done % 20 == 0 or done == steps:
                progress(
                    Progress(done / steps, Stage.TRAINING, detail=f"epoch {epoch + 1} of {epochs}, loss {losses:.3f}")
                )
    return made


def batch_size(rows: int) -> int:
    """Rows of a training step."""
    return min(rows, MOST_ROWS, max(FEWEST_ROWS, rows // BATCHES))


def recency(days: np.ndarray) -> np.ndarray:
    """Weights of rows, mean 1: half after HALF_LIFE; float32, shape (rows,)."""
    weights = 0.5 ** ((days.max() - days) / YEAR / HALF_LIFE)
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def _batches(
    examples: Examples, weights: np.ndarray, shape: network.Shape, batch: int, random: np.random.Generator
) -> Iterator[tuple[np.ndarray, ...]]:
    order = random.permutation(len(examples))
    for start in range(0, len(order) - batch + 1, batch):
        rows = order[start : start + batch]
        codes, history, numbers = without_some(
            examples.codes[rows], examples.history[rows], examples.numbers[rows], random
        )
        yield codes + shape.offsets, history, numbers, examples.labels[rows], weights[rows]


def _ahead(batches: Iterator[Any], depth: int = 4) -> Iterator[Any]:
    """The same, made in another thread while the network works; an unfinished one ends with its consumer."""
    waiting: Queue[Any] = Queue(depth)
    stop = threading.Event()

    def fill() -> None:
        for one in batches:
            if stop.is_set():
                return
            waiting.put(one)
        waiting.put(None)

    thread = threading.Thread(target=fill, daemon=True)
    thread.start()
    try:
        while (one := waiting.get()) is not None:
            yield one
    finally:
        stop.set()
        while not waiting.empty():
            waiting.get_nowait()


def without_some(
    codes: np.ndarray, history: np.ndarray, numbers: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Copies of a batch in which some inputs are missing."""
    codes, history, numbers = codes.copy(), history.copy(), numbers.copy()
    nowhere = random.random(len(codes)) < NO_PLACE
    for group, share in GOES_MISSING.items():
        lost = random.random(len(codes)) < share
        if group in ("address", "place", "district"):
            lost |= nowhere
        without(group, lost, codes, history, numbers)
    address = SLOTS.index("address")
    hidden = (random.random(len(codes)) < UNKNOWN_ADDRESS) & (codes[:, address] > 0)
    codes[hidden, address] = UNKNOWN
    return codes, history, numbers


def _step(made: Any, optimizer: Any) -> Any:
    import tensorflow as tf

    def step(codes: Any, history: Any, numbers: Any, labels: Any, weights: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = made([codes, history, numbers], training=True)
            loss = tf.reduce_mean(weights * tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        variables = made.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    return tf.function(step, reduce_retracing=True, autograph=False)
