"""From the network's map of objects to boxes: serving needs no more than this."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CHANNELS = 5
"""Of the map: the logit that an object's centre lies in the cell; the logs of the distances from the cell's centre to
the object's left, upper, right and lower edge, in units of UNIT."""
UNIT = 0.25  # of the photo's side
MOST_SHARED = 0.5
"""Of the smaller of two boxes: a pair that shares more is one object. This alone tells neighbouring cells from
neighbouring objects: where only the highest of nine cells could be one, a sixth of the objects in a scene went lost."""
MOST = 20  # objects of one photo
BOUND = 4.0  # of a log distance, so that a wild value does not overflow


@dataclass(frozen=True)
class Detection:
    """An object in a photo.

    box: left, upper, right, lower edge, as shares of the photo's sides. score: how sure the network is, in [0, 1].
    """

    box: tuple[float, float, float, float]
    score: float


def decoded_detections(cells: np.ndarray, least: float) -> list[Detection]:
    """The objects of one photo, the surest first (decoding of CenterNet, Zhou et al. 2019).

    cells: the network's map, shape (rows, cols, CHANNELS). least: lowest score of an object, in (0, 1).
    """
    scores = 1 / (1 + np.exp(-np.clip(cells[..., 0].astype(np.float64), -30, 30)))
    order = sorted(np.argwhere(scores >= least).tolist(), key=lambda cell: -scores[cell[0], cell[1]])
    detections: list[Detection] = []
    boxes = edges(cells)
    for row, column in order:
        box = boxes[row, column]
        if len(detections) < MOST and all(_shared(box, np.array(other.box)) <= MOST_SHARED for other in detections):
            left, upper, right, lower = (float(edge) for edge in box)
            detections.append(Detection((left, upper, right, lower), float(scores[row, column])))
    return detections


def edges(cells: np.ndarray) -> np.ndarray:
    """Left, upper, right and lower edge that each cell's object would have, in [0, 1], shape (rows, cols, 4)."""
    rows, columns = cells.shape[:2]
    down, across = np.mgrid[0:rows, 0:columns]
    centres = np.stack([(across + 0.5) / columns, (down + 0.5) / rows], axis=-1)
    distances = UNIT * np.exp(np.clip(cells[..., 1:], -BOUND, BOUND).astype(np.float64))
    boxes = np.concatenate([centres - distances[..., :2], centres + distances[..., 2:]], axis=-1)
    return np.asarray(np.clip(boxes, 0.0, 1.0))


def overlap(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of each box with each other one; shapes (n, 4) and (m, 4) -> (n, m)."""
    shared = _intersection(boxes[:, None], others[None])
    return np.asarray(shared / np.maximum(_area(boxes)[:, None] + _area(others)[None] - shared, 1e-12))


def _shared(box: np.ndarray, other: np.ndarray) -> float:
    """Share of the smaller box that lies in the other."""
    return float(_intersection(box, other) / max(min(_area(box), _area(other)), 1e-12))


def _intersection(box: np.ndarray, other: np.ndarray) -> np.ndarray:
    sides = np.minimum(box[..., 2:], other[..., 2:]) - np.maximum(box[..., :2], other[..., :2])
    return np.asarray(np.maximum(sides, 0.0).prod(axis=-1))


def _area(box: np.ndarray) -> np.ndarray:
    return np.asarray((box[..., 2:] - box[..., :2]).prod(axis=-1))
