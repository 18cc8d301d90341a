"""The map of objects: what its cells should say, how boxes are matched, and that it learns where things lie."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the training packages")

from core.systems.waste.detections import CHANNELS, UNIT
from core.systems.waste.network import lite2
from core.systems.waste.train import detecting

BOX = np.array([[0.2, 0.3, 0.6, 0.5]])


def perfect(boxes: np.ndarray, shape: tuple[int, int] = (12, 12)) -> np.ndarray:
    """A map that says exactly what is true."""
    (targets,), (weights,) = detecting.targets_of([boxes], shape)
    cells = np.zeros((*shape, CHANNELS))
    cells[..., 0] = np.where(targets[..., 0] == 1, 6.0, -6.0)
    down, across = (np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5) / np.array(shape)[:, None, None]
    left, upper, right, lower = np.moveaxis(targets[..., 1:], -1, 0)
    distances = np.stack([across - left, down - upper, right - across, lower - down], axis=-1)
    cells[..., 1:] = np.where(weights[..., None] > 0, np.log(np.maximum(distances, 1e-6) / UNIT), 0.0)
    return cells


def test_the_cell_of_a_centre_is_certain_and_its_neighbours_learn_the_box() -> None:
    (targets,), (weights,) = detecting.targets_of([BOX], (12, 12))
    assert targets[4, 4, 0] == 1.0
    assert (targets[..., 0] == 1).sum() == 1
    np.testing.assert_allclose(targets[4, 4, 1:], BOX[0], atol=1e-6)
    assert weights.max() == 1.0
    assert 1 <= (weights > 0).sum() < 12


def test_a_perfect_map_finds_every_object() -> None:
    boxes = np.array([[0.1, 0.1, 0.4, 0.5], [0.5, 0.5, 0.9, 0.95], [0.6, 0.05, 0.8, 0.3]])
    assert detecting.detected([perfect(boxes)], [boxes], least=0.5) == (3, 3, 3)
    assert detecting.detected([perfect(boxes[:2])], [boxes], least=0.5) == (2, 2, 3)


def test_a_true_object_is_found_once() -> None:
    twice = np.repeat(BOX, 2, axis=0)
    assert detecting.pairs(twice, BOX) == [(0, 0)]
    assert detecting.pairs(np.zeros((0, 4)), BOX) == []
    assert detecting.pairs(BOX, np.zeros((0, 4))) == []


def test_the_bound_keeps_single_photos_whole() -> None:
    two = np.array([[0.1, 0.1, 0.4, 0.5], [0.5, 0.5, 0.9, 0.95]])
    faint = perfect(two)
    faint[..., 0] = np.where(faint[..., 0] > 0, -0.5, -6.0)  # a score of 0.38
    assert detecting.least_object([faint], [two], [perfect(BOX)]) <= 0.35
    assert detecting.least_object([perfect(two)] * 3, [two] * 3, [faint]) > 0.38


def test_it_learns_where_bright_things_lie_and_nothing_else_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    monkeypatch.setattr(detecting, "EPOCHS", 150)
    keras.utils.set_random_seed(0)
    network = lite2.build("none", width=0.35)
    before = [values.copy() for values in lite2.body(network).get_weights()]
    channels = network.get_layer(lite2.FINER).output.shape[-1]
    random = np.random.default_rng(0)
    features, boxes = random.normal(0, 0.1, (96, 12, 12, channels)), []
    for scene in features:
        row, column = random.integers(1, 9, 2)
        scene[row : row + 3, column : column + 3, : channels // 2] += 1.0
        boxes.append(np.array([[column, row, column + 3, row + 3]]) / 12)
    detecting.fit(network, features[:80], boxes[:80], seed=0)
    cells = lite2.detector(network).predict_on_batch(features[80:].astype(np.float32))
    hits, found, true = detecting.detected(list(cells), boxes[80:], least=0.3)
    assert hits / true > 0.7
    assert hits / found > 0.7
    for old, new in zip(before, lite2.body(network).get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
