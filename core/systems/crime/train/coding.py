"""Training of the coding network: few texts in many spellings, and the categories' names as further texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.progress import Progress, ProgressListener, Stage
from core.systems.crime.features.text import BUCKETS, matrix, normalise, rarity, varied, weights
from core.systems.crime.train import network

RATE = 0.3
STEPS = 5  # over all texts at once, in an epoch
RIDGE = 2e-5  # of the squares of all pieces' vectors, against which the texts' loss stands
VARIED = 0.15  # of the loss, from the texts in another spelling
VERSIONS = 4  # spellings of each text that are made once and taken in turn


@dataclass(frozen=True)
class Texts:
    """Distinct normalised texts with the category that most of their records have, and how many records those are."""

    texts: list[str]
    labels: np.ndarray
    records: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    def pick(self, places: np.ndarray) -> Texts:
        """Some of them, by place."""
        return Texts([self.texts[place] for place in places], self.labels[places], self.records[places])


def distinct(descriptions: pd.Series, labels: np.ndarray) -> Texts:
    """The distinct texts of records: descriptions as written, labels int (n,)."""
    numbers, known = pd.factorize(descriptions.astype("string").fillna(""))
    normal = pd.Series([normalise(one) for one in known])
    frame = pd.DataFrame({"text": normal.to_numpy()[numbers], "label": labels})
    counts = frame[frame["text"] != ""].groupby(["text", "label"]).size().rename("n").reset_index()
    records = counts.groupby("text")["n"].sum()
    best = counts.sort_values("n", kind="stable").drop_duplicates("text", keep="last").set_index("text").sort_index()
    return Texts(list(best.index), best["label"].to_numpy(np.int64), records[best.index].to_numpy())


@dataclass(frozen=True)
class Trained:
    """A coding network and the rarity of pieces that it was trained with, shape (BUCKETS,)."""

    network: Any
    rare: np.ndarray


def train(texts: Texts, names: Sequence[str], epochs: int, seed: int, progress: ProgressListener) -> Trained:
    """A trained coding network; `names` are the categories in the order of the labels.

    Every category weighs the same. The loss is convex in the vectors, and every step sees all texts.
    """
    import keras

    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    own = [(normalise(name), place) for place, name in enumerate(names)]
    written = [*texts.texts, *(text for text, _ in own)]
    labels = np.r_[texts.labels, [place for _, place in own]]
    made = network.coding(len(names))
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, epochs * STEPS))
    numbers = matrix(written)
    rare = rarity(numbers)
    others = [_sparse(matrix([varied(text, random) for text in written]), rare) for _ in range(VERSIONS)]
    step = _step(made, optimizer, _sparse(numbers, rare), labels, _importance(labels, len(names)))
    for number in range(epochs * STEPS):
        loss = step(others[number % VERSIONS])
        if number % STEPS == STEPS - 1:
            told = f"coding epoch {number // STEPS + 1} of {epochs}, loss {float(loss):.3f}"
            progress(Progress((number + 1) / (epochs * STEPS), Stage.TRAINING, detail=told))
    return Trained(made, rare)


def _importance(labels: np.ndarray, classes: int) -> np.ndarray:
    counts = np.bincount(labels, minlength=classes)[labels]
    return np.asarray(1 / counts / np.sum(1 / counts), dtype=np.float32)


def _sparse(pieces: np.ndarray, rare: np.ndarray) -> Any:
    """Weights of the pieces (texts, MOST_PIECES) of all texts as a sparse tensor (texts, BUCKETS)."""
    import tensorflow as tf

    shares = weights(pieces, rare)
    rows, places = np.nonzero(pieces)
    found = tf.SparseTensor(
        np.column_stack([rows, pieces[rows, places]]).astype(np.int64), shares[rows, places], (len(pieces), BUCKETS)
    )
    return tf.sparse.reorder(found)


def _step(made: Any, optimizer: Any, written: Any, labels: np.ndarray, importance: np.ndarray) -> Any:
    """A step over all texts as they are `written` and over those in another spelling that it is given."""
    import tensorflow as tf

    (vectors,) = made.get_layer("pieces_vectors").weights
    _, bias = made.get_layer("coding").weights  # what lies between passes the vectors on as they are
    optimizer.build([vectors, bias])

    def loss_of(texts: Any) -> Any:
        logits = tf.sparse.sparse_dense_matmul(texts, tf.convert_to_tensor(vectors)) + bias
        return tf.reduce_sum(importance * tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))

    def step(others: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = (1 - VARIED) * loss_of(written) + VARIED * loss_of(others)
            loss += RIDGE * tf.nn.l2_loss(vectors)
        optimizer.apply_gradients(zip(tape.gradient(loss, [vectors, bias]), [vectors, bias], strict=True))
        return loss

    return tf.function(step, reduce_retracing=True, autograph=False)
