"""How deep a coarse cell's volume stands on the terrain within it: compiled, as `coarse_kernels`."""

from __future__ import annotations

import numpy as np

from core.hydraulics.jit import compiled_noalias, inlined
from core.hydraulics.row_kernels import ONE, copy

TERMS_OF_TWO, TERMS_OF_THREE = 4, 6  # of the storage curve for the factors of the modes, which take one loop


@compiled_noalias
def depths(
    volume: np.ndarray,
    kept: np.ndarray,
    film: np.ndarray,
    curve: np.ndarray,
    first: int,
    shares: np.ndarray,
    depth: np.ndarray,
    share: np.ndarray,
) -> None:
    """How deep a cell's volume stands above its lowest ground, and how far it rises per volume.

    Of the volume, the share 1 - `kept` is a film on the slopes and stands nowhere, up to `film` [m].

    Over the k lowest fine cells it would stand at (volume + their elevations) / k; the least over all k is the one at
    which just these are wet.

    volume [m], depth [m] and share: shape (cells,). curve: mean elevation of the k lowest above the lowest, shape
    (terms, cells of the row) [m], zero for k = 1; first: its column of the first cell. shares: 1 / k, shape (terms,).
    """
    end = first + volume.shape[0]
    copy(volume, depth)  # rounded by itself, so that what follows takes twice as many cells at a time
    if shares.shape[0] == TERMS_OF_THREE:
        mean_2, mean_3, mean_4 = curve[1, first:end], curve[2, first:end], curve[3, first:end]
        mean_5, mean_6 = curve[4, first:end], curve[5, first:end]
        for cell in range(volume.shape[0]):
            room = _room(depth[cell], kept[cell], film[cell])
            found, part = _lower(room, ONE, room * shares[1] + mean_2[cell], shares[1])
            found, part = _lower(found, part, room * shares[2] + mean_3[cell], shares[2])
            found, part = _lower(found, part, room * shares[3] + mean_4[cell], shares[3])
            found, part = _lower(found, part, room * shares[4] + mean_5[cell], shares[4])
            found, part = _lower(found, part, room * shares[5] + mean_6[cell], shares[5])
            depth[cell], share[cell] = found, part
        return
    if shares.shape[0] == TERMS_OF_TWO:
        mean_2, mean_3, mean_4 = curve[1, first:end], curve[2, first:end], curve[3, first:end]
        for cell in range(volume.shape[0]):
            room = _room(depth[cell], kept[cell], film[cell])
            found, part = _lower(room, ONE, room * shares[1] + mean_2[cell], shares[1])
            found, part = _lower(found, part, room * shares[2] + mean_3[cell], shares[2])
            found, part = _lower(found, part, room * shares[3] + mean_4[cell], shares[3])
            depth[cell], share[cell] = found, part
        return
    for cell in range(volume.shape[0]):
        depth[cell], share[cell] = _room(depth[cell], kept[cell], film[cell]), ONE
    for term in range(1, shares.shape[0]):
        mean = curve[term, first:end]
        for cell in range(volume.shape[0]):
            room = _room(np.float32(volume[cell]), kept[cell], film[cell])
            depth[cell], share[cell] = _lower(depth[cell], share[cell], room * shares[term] + mean[cell], shares[term])


@inlined
def _room(volume: np.float32, kept: np.float32, film: np.float32) -> np.float32:
    """What of a volume stands in the cell [m]."""
    room: np.float32 = max(volume * kept, volume - film)
    return room


@inlined
def _lower(depth: np.float32, share: np.float32, stands: np.float32, part: np.float32) -> tuple[np.float32, np.float32]:
    """The lesser depth, and the share that goes with it."""
    return min(depth, stands), part if stands < depth else share
