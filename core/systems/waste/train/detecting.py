"""How the map of objects is learnt: on the finished network, whose features and answers stay as they are.

CenterNet's heat map (Zhou et al. 2019) says where centres are, and the boxes around it learn their overlap with the
true ones (UnitBox, Yu et al. 2016). The features of all scenes are computed once; what is trained is small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.systems.waste.detections import BOUND, CHANNELS, UNIT, decoded_detections, overlap
from core.systems.waste.network import lite2

if TYPE_CHECKING:  # Keras and TensorFlow take seconds to import and are there for training alone
    import keras
    import tensorflow as tf

EPOCHS = 30
BATCH = 32
RATE = 2e-3
WEIGHT_DECAY = 1e-3
SPREAD = 0.16  # deviation of a centre's bump on the heat map, as a share of the box's sides
LEARNS_BOX = 0.5  # height of the bump from which a cell learns the box
BOX_WEIGHT = 1.0
IOU = 0.5
TRIED = np.arange(0.15, 0.76, 0.05)  # scores
MOST_SPLIT = 0.05  # share of photos of one thing in which two may be found
FOCUS, FALL = 2.0, 4.0  # powers of the focal loss (Law and Deng 2018)


def fit(
    network: keras.Model,
    features: np.ndarray,
    boxes: Sequence[np.ndarray],
    seed: int,
    report: Callable[[float], None] = lambda _: None,
) -> None:
    """Set the weights of the map of objects, in place.

    network: of `lite2.build`. features: what its detection layers read, of n scenes, shape (n, rows, cols, channels).
    boxes: of each scene, shape (k, 4), shares of the sides. seed: of the order.
    report: told the share that is done.
    """
    import keras

    part = lite2.detector(network)
    targets, weights = targets_of(boxes, features.shape[1:3])
    keras.utils.set_random_seed(seed)
    steps = EPOCHS * (len(features) // BATCH)
    optimizer = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(RATE, max(1, steps)), weight_decay=WEIGHT_DECAY
    )
    optimizer.build(part.trainable_variables)
    step = _step(part, optimizer)
    random = np.random.default_rng(seed)
    batch = min(BATCH, len(features))
    for epoch in range(EPOCHS):
        order = random.permutation(len(features))
        for start in range(0, len(order) - batch + 1, batch):
            rows = order[start : start + batch]
            step(features[rows].astype(np.float32), targets[rows], weights[rows])
        report((epoch + 1) / EPOCHS)


def features(network: keras.Model, pictures: Iterable[Image.Image], size: int) -> np.ndarray:
    """What the detector reads of pictures at an input of `size` [px], half precision, (n, rows, cols, channels)."""
    import keras

    before = keras.Model(network.input, network.get_layer(lite2.FINER).output)
    return np.concatenate([batch.astype(np.float16) for batch in lite2.run(before, pictures, size)])


def least_object(scenes: Sequence[np.ndarray], boxes: Sequence[np.ndarray], singles: Sequence[np.ndarray]) -> float:
    """The score from which an object counts as found: of the best F1 among those that seldom see two in single photos.

    scenes: the network's maps of scenes, each (rows, cols, CHANNELS). boxes: of their objects, each (k, 4).
    singles: maps of photos of one thing.
    """
    best, chosen = -1.0, float(TRIED[-1])
    for least in TRIED:
        if np.mean([len(decoded_detections(cells, least)) > 1 for cells in singles]) > MOST_SPLIT:
            continue
        hits, found, true = detected(scenes, boxes, least)
        if (f1 := 2 * hits / max(found + true, 1)) > best:
            best, chosen = f1, float(least)
    return round(chosen, 2)


def detected(scenes: Sequence[np.ndarray], boxes: Sequence[np.ndarray], least: float) -> tuple[int, int, int]:
    """How many true objects were found with an overlap of IOU or more, how many were found, how many are true."""
    hits = found = true = 0
    for cells, truth in zip(scenes, boxes, strict=True):
        objects = [each.box for each in decoded_detections(cells, least)]
        hits += len(pairs(np.array(objects).reshape(-1, 4), truth))
        found, true = found + len(objects), true + len(truth)
    return hits, found, true


def pairs(found: np.ndarray, truth: np.ndarray) -> list[tuple[int, int]]:
    """Which found box, surest first, is which true one: the best that is left, with an overlap of IOU or more.

    found: shape (n, 4). truth: shape (m, 4). The evaluation of PASCAL VOC (Everingham et al. 2010).
    """
    overlaps = overlap(found, truth)
    taken: list[tuple[int, int]] = []
    for index, row in enumerate(overlaps):
        free = [number for number in np.argsort(-row) if number not in {each for _, each in taken}]
        if free and row[free[0]] >= IOU:
            taken.append((index, int(free[0])))
    return taken


def targets_of(boxes: Sequence[np.ndarray], shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Heat and boxes that each cell should have, shape (n, rows, cols, 5); what its box weighs, (n, rows, cols)."""
    rows, columns = shape
    down, across = (np.mgrid[0:rows, 0:columns] + 0.5) / np.array([rows, columns])[:, None, None]
    targets = np.zeros((len(boxes), rows, columns, CHANNELS), dtype=np.float32)
    weights = np.zeros((len(boxes), rows, columns), dtype=np.float32)
    for number, scene in enumerate(boxes):
        for left, upper, right, lower in scene:
            middle = ((left + right) / 2, (upper + lower) / 2)
            sides = (max(right - left, 1 / columns), max(lower - upper, 1 / rows))
            distance = ((across - middle[0]) / sides[0]) ** 2 + ((down - middle[1]) / sides[1]) ** 2
            bump = np.exp(-distance / (2 * SPREAD**2))
            peak = (min(int(middle[1] * rows), rows - 1), min(int(middle[0] * columns), columns - 1))
            bump[peak] = 1.0
            higher = bump > targets[number, ..., 0]
            targets[number, higher, 0] = bump[higher]
            learns = higher & (bump >= LEARNS_BOX)
            targets[number, learns, 1:] = (left, upper, right, lower)
            weights[number, learns] = bump[learns]
    return targets, weights


def _step(part: keras.Model, optimizer: keras.optimizers.Optimizer) -> Callable[..., tf.Tensor]:
    """The compiled training step: features, targets, weights of boxes -> loss."""
    import tensorflow as tf

    def step(features: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            cells = part(features, training=True)
            heat = _focal(cells[..., 0], targets[..., 0])
            boxes = tf.reduce_sum(weights * _unshared(cells[..., 1:], targets[..., 1:])) / (
                tf.reduce_sum(weights) + 1e-6
            )
            loss = heat + BOX_WEIGHT * boxes
        variables = part.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    return tf.function(step, autograph=False)  # type: ignore[no-any-return]


def _focal(logits: tf.Tensor, heat: tf.Tensor) -> tf.Tensor:
    """CenterNet's focal loss by object: cells at a centre count whole, the others less the nearer they are to one."""
    import tensorflow as tf

    chance = tf.sigmoid(logits)
    centre = tf.cast(heat >= 1.0, tf.float32)
    missed = centre * (1 - chance) ** FOCUS * -tf.math.log_sigmoid(logits)
    invented = (1 - centre) * (1 - heat) ** FALL * chance**FOCUS * -tf.math.log_sigmoid(-logits)
    return tf.reduce_sum(missed + invented) / tf.maximum(tf.reduce_sum(centre), 1.0)


def _unshared(logs: tf.Tensor, boxes: tf.Tensor) -> tf.Tensor:
    """-log of each cell's overlap with its true box, shape (n, rows, cols)."""
    import tensorflow as tf

    shape = tf.shape(logs)
    across = (tf.cast(tf.range(shape[2]), tf.float32) + 0.5) / tf.cast(shape[2], tf.float32)
    down = (tf.cast(tf.range(shape[1]), tf.float32) + 0.5) / tf.cast(shape[1], tf.float32)
    distances = UNIT * tf.exp(tf.clip_by_value(logs, -BOUND, BOUND))
    left, upper, right, lower = tf.unstack(distances, axis=-1)
    true_left, true_upper = across[None, None] - boxes[..., 0], down[None, :, None] - boxes[..., 1]
    true_right, true_lower = boxes[..., 2] - across[None, None], boxes[..., 3] - down[None, :, None]
    shared = (tf.minimum(left, true_left) + tf.minimum(right, true_right)) * (
        tf.minimum(upper, true_upper) + tf.minimum(lower, true_lower)
    )
    either = (left + right) * (upper + lower) + (true_left + true_right) * (true_upper + true_lower) - shared
    return -tf.math.log(tf.clip_by_value(shared / tf.maximum(either, 1e-9), 1e-4, 1.0))
