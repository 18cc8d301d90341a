"""How unlike all checked photos a photo is: scores mean what they say only for what resembles those.

A photo's distance is that to its few nearest checked photos, along the features' main directions (deep nearest
neighbours, Sun et al. 2022). It is compared with how far the photos of one source are from all other sources: a new
place is as far from what was checked as one of them was.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.contract import EXPECTED_UNLIKE

DIRECTIONS = 32
NEAREST = 5
MOST_OF_A_SOURCE = 400  # photos that are kept of one
FILE = "checked_photos.npz"


@dataclass(frozen=True)
class CheckedPhotos:
    """The checked photos along the main directions of their features.

    middle: mean of the features, shape (d,). directions: shape (d, k). points: of n photos, shape (n, k).
    bound: distance from which a photo is unlike all of them: EXPECTED_UNLIKE of them are farther from other sources.
    """

    middle: np.ndarray
    directions: np.ndarray
    points: np.ndarray
    bound: float

    @staticmethod
    def of(features: np.ndarray, sources: np.ndarray, seed: int = 0) -> CheckedPhotos:
        """From the features (n, d) of photos of several sources, str (n,). ValueError where there is one source."""
        if len(np.unique(sources)) < 2:
            raise ValueError("expected photos of several sources, received those of one")
        random = np.random.default_rng(seed)
        chosen = np.concatenate(
            [random.permutation(np.flatnonzero(sources == name))[:MOST_OF_A_SOURCE] for name in np.unique(sources)]
        )
        kept, names = features[chosen].astype(np.float64), sources[chosen]
        middle = kept.mean(axis=0)
        directions = np.linalg.svd(kept - middle, full_matrices=False)[2][:DIRECTIONS].T
        points = (kept - middle) @ directions
        apart = np.concatenate([_distance(points[names == name], points[names != name]) for name in np.unique(names)])
        weights = np.concatenate(
            [np.full((names == name).sum(), 1 / (names == name).sum()) for name in np.unique(names)]
        )
        order = np.argsort(apart)  # every source weighs alike
        reached = np.cumsum(weights[order]) / weights.sum()
        bound = float(apart[order][np.searchsorted(reached, 1 - EXPECTED_UNLIKE)])
        return CheckedPhotos(middle.astype(np.float32), directions.astype(np.float16), points.astype(np.float16), bound)

    def unlikeness(self, features: np.ndarray) -> np.ndarray:
        """Distances of photos with features (n, d), in units of the bound: above 1 a photo is unlike; shape (n,)."""
        points = (features - self.middle) @ self.directions.astype(np.float64)
        return _distance(points, self.points.astype(np.float64)) / self.bound

    def write(self, folder: Path) -> None:
        """Write them into a version's folder."""
        np.savez_compressed(
            folder / FILE, middle=self.middle, directions=self.directions, points=self.points, bound=self.bound
        )

    @staticmethod
    def read(folder: Path) -> CheckedPhotos | None:
        """Those of the version in `folder`; None of one that has none."""
        if not (folder / FILE).is_file():
            return None
        with np.load(folder / FILE) as stored:
            return CheckedPhotos(stored["middle"], stored["directions"], stored["points"], float(stored["bound"]))


def _distance(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Mean distance of each point to its nearest others, shape (n,)."""
    squares = (points**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)[None] - 2 * points @ others.T
    nearest = np.partition(np.maximum(squares, 0.0), min(NEAREST, len(others)) - 1, axis=1)[:, :NEAREST]
    return np.asarray(np.sqrt(nearest).mean(axis=1))
