"""Training of the coding network: few texts in many spellings, and the categories' names as further texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.contract import Progress
from core.systems.crime import network
from core.systems.crime.text import matrix, normalise, rarity, varied, weights

BATCH = 64
RATE = 5e-2
RIDGE = 4e-5  # of the squares of all pieces' vectors, against which a text's loss stands
PIECES_LOST = 0.1  # share of a text's pieces that a step does not see
VARIED = 0.3  # share of texts that a step sees in another spelling
BALANCE = 1.0  # 0: every text weighs the same; 1: every category
VERSIONS = 8  # spellings of each text that are made once and drawn from


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


def train(texts: Texts, names: Sequence[str], epochs: int, seed: int, progress: Progress) -> Trained:
    """A trained coding network; `names` are the categories in the order of the labels."""
    import keras

    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    own = [(normalise(name), place) for place, name in enumerate(names)]
    written = [*texts.texts, *(text for text, _ in own)]
    labels = np.r_[texts.labels, [place for _, place in own]]
    made = network.coding(len(names))
    batch = min(BATCH, len(written))
    steps = epochs * -(-len(written) // batch)
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, steps))
    optimizer.build(made.trainable_variables)
    step = _step(made, optimizer)
    importance = _importance(labels, len(names))
    spellings = _spellings(written, random)
    rare = rarity(spellings[0])
    for epoch in range(epochs):
        seen = _seen(spellings, random)
        order = random.permutation(len(written))
        order = np.r_[order, order[: -len(order) % batch]]
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            loss = float(step(seen[rows], weights(seen[rows], rare), labels[rows], importance[rows]))
        progress((epoch + 1) / epochs, f"coding epoch {epoch + 1} of {epochs}, loss {loss:.3f}")
    return Trained(made, rare)


def _importance(labels: np.ndarray, classes: int) -> np.ndarray:
    counts = np.bincount(labels, minlength=classes)[labels]
    found = counts ** -float(BALANCE)
    return np.asarray(found / found.mean(), dtype=np.float32)


def _spellings(written: Sequence[str], random: np.random.Generator) -> np.ndarray:
    """Pieces of every text as it is and in VERSIONS other spellings; int32, shape (1 + VERSIONS, texts, pieces)."""
    others = [matrix([varied(text, random) for text in written]) for _ in range(VERSIONS)]
    return np.stack([matrix(written), *others])


def _seen(spellings: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """What one epoch sees: a spelling of each text, with some pieces lost."""
    count = spellings.shape[1]
    version = np.where(random.random(count) < VARIED, random.integers(1, len(spellings), count), 0)
    seen = spellings[version, np.arange(count)]
    seen[random.random(seen.shape) < PIECES_LOST] = 0
    return np.asarray(seen)


def _step(made: Any, optimizer: Any) -> Any:
    import tensorflow as tf

    (vectors,) = made.get_layer("pieces_vectors").weights

    def step(pieces: Any, shares: Any, labels: Any, importance: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = made([pieces, shares], training=True)
            loss = tf.reduce_mean(importance * tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
            loss += RIDGE * tf.nn.l2_loss(vectors)
        variables = made.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    return tf.function(step, reduce_retracing=True, autograph=False)
