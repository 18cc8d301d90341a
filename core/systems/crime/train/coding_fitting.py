"""Training of the coding network: few texts in many spellings, and the categories' names as further texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, SupportsFloat

import numpy as np
import pandas as pd

from core.progress import Progress, ProgressListener, Stage
from core.systems.crime.features.offence_text import (
    BUCKETS,
    inverse_document_frequency,
    ngram_matrix,
    ngram_weights,
    normalise,
)
from core.systems.crime.train.augmentation import vary_spelling
from core.systems.crime.train.network import KerasNetwork, keras_coding_network

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

RATE = 0.3
STEPS = 5  # over all texts at once, in an epoch
RIDGE = 2e-5  # of the squares of all n-grams' vectors, against which the texts' loss stands
VARIED = 0.15  # of the loss, from the texts in another spelling
VERSIONS = 4  # spellings of each text that are made once and taken in turn


@dataclass(frozen=True)
class OffenceTexts:
    """Distinct normalised texts.

    texts: sorted, n of them.
    labels: the class that most of each text's records have, int64, shape (n,).
    records: how many records have the text, int, shape (n,).
    """

    texts: list[str]
    labels: np.ndarray
    records: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    def pick(self, indices: np.ndarray) -> OffenceTexts:
        """Some of the texts, by index."""
        return OffenceTexts([self.texts[index] for index in indices], self.labels[indices], self.records[indices])


def distinct_texts(descriptions: pd.Series, labels: np.ndarray) -> OffenceTexts:
    """The distinct offence texts of records.

    descriptions: as written, shape (n,); missing and empty ones are left out.
    labels: classes of the records, int, shape (n,).
    """
    codes, written = pd.factorize(descriptions.astype("string").fillna(""))
    normal = pd.Series([normalise(text) for text in written])
    frame = pd.DataFrame({"text": normal.to_numpy()[codes], "label": labels})
    counts = frame[frame["text"] != ""].groupby(["text", "label"]).size().rename("n").reset_index()
    records = counts.groupby("text")["n"].sum()
    best = counts.sort_values("n", kind="stable").drop_duplicates("text", keep="last").set_index("text").sort_index()
    return OffenceTexts(list(best.index), best["label"].to_numpy(np.int64), records[best.index].to_numpy())


@dataclass(frozen=True)
class FittedCoding:
    """A coding network (Keras) and the rarity of n-grams that it was trained with, float32, shape (BUCKETS,)."""

    network: KerasNetwork
    rarity: np.ndarray


def fit_coding(
    texts: OffenceTexts, names: Sequence[str], epochs: int, seed: int, progress: ProgressListener
) -> FittedCoding:
    """A trained coding network. Every category weighs the same; the loss is convex, and every step sees all texts.

    texts: what trains, together with the names of the categories.
    names: the categories in the order of the classes.
    epochs: of STEPS steps each.
    seed: decides weights and spellings.
    progress: told after each epoch; may raise Cancelled.
    """
    import keras

    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    written = [*texts.texts, *(normalise(name) for name in names)]
    labels = np.r_[texts.labels, list(range(len(names)))]
    network = keras_coding_network(len(names))
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, epochs * STEPS))
    matrix = ngram_matrix(written)
    rarity = inverse_document_frequency(matrix)
    variants = [
        _sparse_weights(ngram_matrix([vary_spelling(text, random) for text in written]), rarity)
        for _ in range(VERSIONS)
    ]
    step = _training_step(
        network, optimizer, _sparse_weights(matrix, rarity), labels, _class_weights(labels, len(names))
    )
    for number in range(epochs * STEPS):
        loss = step(variants[number % VERSIONS])
        if number % STEPS == STEPS - 1:
            detail = f"coding epoch {number // STEPS + 1} of {epochs}, loss {float(loss):.3f}"
            progress(Progress((number + 1) / (epochs * STEPS), Stage.TRAINING, detail=detail))
    return FittedCoding(network, rarity)


def _class_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """Weights of texts that give every class the same sum and add up to 1; float32, shape (texts,)."""
    counts = np.bincount(labels, minlength=classes)[labels]
    return np.asarray(1 / counts / np.sum(1 / counts), dtype=np.float32)


def _sparse_weights(matrix: np.ndarray, rarity: np.ndarray) -> tf.SparseTensor:
    """Weights of the n-grams of all texts as a sparse tensor (texts, BUCKETS); matrix: `ngram_matrix` of them."""
    import tensorflow as tf

    weights = ngram_weights(matrix, rarity)
    texts, columns = np.nonzero(matrix)
    tensor = tf.SparseTensor(
        np.column_stack([texts, matrix[texts, columns]]).astype(np.int64),
        weights[texts, columns],
        (len(matrix), BUCKETS),
    )
    return tf.sparse.reorder(tensor)


def _training_step(
    network: KerasNetwork,
    optimizer: keras.Optimizer,
    written: tf.SparseTensor,
    labels: np.ndarray,
    class_weights: np.ndarray,
) -> Callable[[tf.SparseTensor], SupportsFloat]:
    """A function of the texts in another spelling that takes one step and returns the loss.

    network: Keras model.
    optimizer: Keras optimizer.
    written: sparse weights of all texts as they are.
    labels: classes of the texts, int, shape (texts,).
    class_weights: of the texts, float32, shape (texts,).
    """
    import tensorflow as tf

    (vectors,) = network.get_layer("pieces_vectors").weights
    _, bias = network.get_layer("coding").weights  # what lies between passes the vectors on as they are
    optimizer.build([vectors, bias])

    def loss_of(texts: tf.SparseTensor) -> tf.Tensor:
        logits = tf.sparse.sparse_dense_matmul(texts, tf.convert_to_tensor(vectors)) + bias
        return tf.reduce_sum(class_weights * tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))

    def step(variants: tf.SparseTensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = (1 - VARIED) * loss_of(written) + VARIED * loss_of(variants)
            loss += RIDGE * tf.nn.l2_loss(vectors)
        optimizer.apply_gradients(zip(tape.gradient(loss, [vectors, bias]), [vectors, bias], strict=True))
        return loss

    compiled: Callable[[tf.SparseTensor], SupportsFloat] = tf.function(step, reduce_retracing=True, autograph=False)
    return compiled
