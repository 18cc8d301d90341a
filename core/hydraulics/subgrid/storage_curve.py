"""How deep a coarse cell's volume stands on the terrain within it, by its storage curve: compiled."""

from __future__ import annotations

import numpy as np

from core.hydraulics.jit import compiled_noalias, inlined
from core.hydraulics.row_kernels import ONE, copy

TERMS_OF_TWO, TERMS_OF_THREE = 4, 6  # of the storage curve for the factors of the modes, which take one loop


@compiled_noalias
def find_depths(
    volume: np.ndarray,
    standing_share: np.ndarray,
    thin_flow_limit: np.ndarray,
    storage_curve: np.ndarray,
    first: int,
    slopes: np.ndarray,
    depth: np.ndarray,
    slope: np.ndarray,
) -> None:
    """How deep the volumes of a row stand above each cell's lowest ground, and how far they rise per volume.

    Over its k lowest fine cells a volume would stand at (volume + sum of their elevations) / k; the least over all k is
    the one at which just these are wet. The part of the volume that runs as thin flow on the slopes stands nowhere.

    volume: of each cell, shape (cells,), float64 [m].
    standing_share: share of the volume that stands, at the least, shape (cells,).
    thin_flow_limit: the most volume that does not stand, shape (cells,) [m].
    storage_curve: mean elevation of the k lowest fine cells above the lowest, shape (terms, cells of the row), zero for
        k = 1 [m].
    first: column of the first cell in `storage_curve`.
    slopes: 1 / k of each term, shape (terms,).
    depth: above the lowest ground, shape (cells,), float32, replaced [m].
    slope: rise of the level per volume, 1 / k at that depth, shape (cells,), float32, replaced.
    """
    end = first + volume.shape[0]
    copy(volume, depth)  # rounded by itself, so that what follows takes twice as many cells at a time
    if slopes.shape[0] == TERMS_OF_THREE:
        mean_2, mean_3, mean_4 = storage_curve[1, first:end], storage_curve[2, first:end], storage_curve[3, first:end]
        mean_5, mean_6 = storage_curve[4, first:end], storage_curve[5, first:end]
        for cell in range(volume.shape[0]):
            standing = _standing(depth[cell], standing_share[cell], thin_flow_limit[cell])
            low, part = _lower(standing, ONE, standing * slopes[1] + mean_2[cell], slopes[1])
            low, part = _lower(low, part, standing * slopes[2] + mean_3[cell], slopes[2])
            low, part = _lower(low, part, standing * slopes[3] + mean_4[cell], slopes[3])
            low, part = _lower(low, part, standing * slopes[4] + mean_5[cell], slopes[4])
            low, part = _lower(low, part, standing * slopes[5] + mean_6[cell], slopes[5])
            depth[cell], slope[cell] = low, part
        return
    if slopes.shape[0] == TERMS_OF_TWO:
        mean_2, mean_3, mean_4 = storage_curve[1, first:end], storage_curve[2, first:end], storage_curve[3, first:end]
        for cell in range(volume.shape[0]):
            standing = _standing(depth[cell], standing_share[cell], thin_flow_limit[cell])
            low, part = _lower(standing, ONE, standing * slopes[1] + mean_2[cell], slopes[1])
            low, part = _lower(low, part, standing * slopes[2] + mean_3[cell], slopes[2])
            low, part = _lower(low, part, standing * slopes[3] + mean_4[cell], slopes[3])
            depth[cell], slope[cell] = low, part
        return
    for cell in range(volume.shape[0]):
        depth[cell], slope[cell] = _standing(depth[cell], standing_share[cell], thin_flow_limit[cell]), ONE
    for term in range(1, slopes.shape[0]):
        mean = storage_curve[term, first:end]
        for cell in range(volume.shape[0]):
            standing = _standing(np.float32(volume[cell]), standing_share[cell], thin_flow_limit[cell])
            depth[cell], slope[cell] = _lower(
                depth[cell], slope[cell], standing * slopes[term] + mean[cell], slopes[term]
            )


@inlined
def _standing(volume: np.float32, standing_share: np.float32, thin_flow_limit: np.float32) -> np.float32:
    """The part of a cell's volume that stands in it, all but its thin flow [m]."""
    standing: np.float32 = max(volume * standing_share, volume - thin_flow_limit)
    return standing


@inlined
def _lower(
    depth: np.float32, slope: np.float32, other_depth: np.float32, other_slope: np.float32
) -> tuple[np.float32, np.float32]:
    """The lesser of two depths [m], and the slope of the storage curve that goes with it."""
    return min(depth, other_depth), other_slope if other_depth < depth else slope
