"""How unlike all checked photos a photo is: scores mean what they say only for what resembles those.

A photo's distance is that to its few nearest checked photos, along the features' main directions (deep nearest
neighbours, Sun et al. 2022). How far a place may be is known from runs that left a source out: photos of sources that
trained lie apart from each other for having trained, and would set no bound at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.contract import EXPECTED_UNLIKE

DIRECTIONS = 32
NEAREST = 5
SMALLEST = 1e-6  # bound, so that photos that are all alike divide by something
FILE = "checked_photos.npz"


@dataclass(frozen=True)
class CheckedPhotos:
    """The checked photos along the main directions of their features.

    middle: mean of the features, shape (d,). directions: shape (d, k). points: of n photos, shape (n, k).
    bound: distance from which a photo is unlike all of them.
    """

    middle: np.ndarray
    directions: np.ndarray
    points: np.ndarray
    bound: float

    @staticmethod
    def of(validation: np.ndarray, tested: np.ndarray, reach: float = 1.0) -> CheckedPhotos:
        """What was checked, from features (n, d) of validation photos and (m, d) of test photos of the same sources.

        reach: the bound, in units of the distance that EXPECTED_UNLIKE of these test photos exceed.
        """
        middle = validation.mean(axis=0, dtype=np.float64)
        directions = np.linalg.svd(validation - middle, full_matrices=False)[2][:DIRECTIONS].T
        points = (validation - middle) @ directions
        own = float(np.quantile(_distance((tested - middle) @ directions, points), 1 - EXPECTED_UNLIKE))
        return CheckedPhotos(
            middle=middle.astype(np.float32),
            directions=directions.astype(np.float16),
            points=points.astype(np.float16),
            bound=reach * max(own, SMALLEST),
        )

    def unlikeness(self, features: np.ndarray) -> np.ndarray:
        """Distances of photos with features (n, d), in units of the bound: above 1 a photo is unlike; shape (n,)."""
        return self.unlikeness_at(self.coordinates(features))

    def coordinates(self, features: np.ndarray) -> np.ndarray:
        """Where photos with features (n, d) lie along the main directions, the widest first, shape (n, k)."""
        points: np.ndarray = (features - self.middle) @ self.directions.astype(np.float64)
        return points

    def unlikeness_at(self, coordinates: np.ndarray) -> np.ndarray:
        """The `unlikeness` of photos at `coordinates` (n, k), shape (n,)."""
        return _distance(coordinates, self.points.astype(np.float64)) / self.bound

    def unlikeness_of_own(self, groups: Sequence[str]) -> np.ndarray:
        """How unlike the other checked photos each of the n checked photos is, shape (n,).

        groups: of near-duplicates, n names, empty for none; those of its own group do not count, for no new photo has
        such neighbours.
        """
        points, names = self.points.astype(np.float64), np.asarray(groups)
        apart = [np.arange(len(names)) != index if not name else names != name for index, name in enumerate(names)]
        return (
            np.concatenate([_distance(points[[index]], points[others]) for index, others in enumerate(apart)])
            / self.bound
        )

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


def reach_of(unlikeness: np.ndarray, sources: np.ndarray) -> float:
    """How far photos of a new place may be: what EXPECTED_UNLIKE of those of left-out sources exceed.

    unlikeness: of n photos of sources that a run left out, with a reach of 1, shape (n,). sources: str, shape (n,).
    """
    names, index, counts = np.unique(sources, return_inverse=True, return_counts=True)
    weights = 1 / counts[index] / len(names)  # every source weighs alike
    order = np.argsort(unlikeness)
    reached = np.cumsum(weights[order])
    return float(unlikeness[order][min(int(np.searchsorted(reached, 1 - EXPECTED_UNLIKE)), len(order) - 1)])
