"""From a checked domain to the arrays of the sub-grid scheme: coarse terrain, and dry ground at the start.

Elevations are counted from a datum near the lowest ground, so that no height above the sea eats a float32's digits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.hydraulics import blocks, boundaries
from core.hydraulics.constants import GRAVITY, WALL
from core.hydraulics.domain import Domain, Inflow
from core.hydraulics.subgrid.state import SubgridState, SubgridTerrain

FACTORS = (1, 2, 3, 4, 6, 8)
TERMS = (1, 2, 3, 4, 6, 8, 11, 16, 24, 36, 48)  # of the storage curve: exact up to four wet cells, then thinned out


def cells_of_blocks(fine: np.ndarray, factor: int, fill: float) -> np.ndarray:
    """Cut a fine raster into coarse cells, filled up at the south and east.

    fine: shape (rows, cols).
    factor: a coarse cell has factor x factor fine ones.
    fill: value of fine cells beyond the edge.
    Returns shape (coarse rows, coarse cols, factor, factor).
    """
    return blocks.in_blocks(fine, factor, fill).swapaxes(1, 2)


def build_terrain(
    domain: Domain,
    inflows: Sequence[Inflow],
    factor: int,
    datum: float,
    thin_storage: tuple[np.ndarray, np.ndarray] | None,
) -> SubgridTerrain:
    """The coarse terrain of a domain with a rim of wall.

    domain: fine terrain of shape (rows, cols).
    inflows: where water comes in, by fine cell.
    factor: a coarse cell has factor x factor fine ones.
    datum: elevation from which the terrain's are counted [m].
    thin_storage: standing_share and thin_flow_limit of SubgridTerrain, each of shape (coarse rows, coarse cols); None
        for no thin flow.
    Raises InvalidInput where an inflow lies on no cell with data.
    """
    outlets, normal, critical = boundaries.find_outlets(domain)
    inlets, inlet_share = boundaries.find_inlets(domain, inflows)
    elevation = np.where(np.isfinite(domain.elevation), domain.elevation - datum, WALL)
    cells = cells_of_blocks(elevation, factor, WALL)
    terms = [*(k for k in TERMS if k < 0.85 * factor**2), factor**2]  # and exact where all are wet
    sums = np.sort(cells.reshape(*cells.shape[:2], -1), axis=2).cumsum(axis=2)
    curve = np.stack([sums[:, :, k - 1] / k for k in terms], axis=1)
    lowest = curve[:, 0]
    friction = cells_of_blocks(np.broadcast_to(GRAVITY * np.square(domain.manning), elevation.shape), factor, 0.0)
    standing_share, thin_flow_limit = thin_storage or (np.ones(lowest.shape), np.zeros(lowest.shape))
    by_row, inlets_by_row = (
        np.argsort((fine_cells[:, 0] - 1) // factor, kind="stable") for fine_cells in (outlets, inlets)
    )
    outlets, inlets = outlets[by_row], inlets[inlets_by_row]
    outlet_elevation = elevation[tuple((outlets - 1).T)]
    outlets, inlets[:, :2] = (outlets - 1) // factor + 1, (inlets[:, :2] - 1) // factor + 1
    rows = np.arange(lowest.shape[0] + 3)
    return SubgridTerrain(
        lowest=np.pad(lowest, 1, constant_values=WALL),
        storage_curve=_single(np.pad(curve - lowest[:, None], ((1, 1), (0, 0), (1, 1)))),
        storage_slopes=_single(1.0 / np.array(terms)),
        standing_share=_single(np.pad(standing_share, 1)),
        thin_flow_limit=_single(np.pad(thin_flow_limit, 1)),
        **_faces(cells, friction, factor),
        valid_cells=_single(np.pad((cells < WALL).sum(axis=(2, 3)), 1)),
        dx=domain.dx,
        dy=domain.dy,
        outlets=outlets,
        first_outlet=np.searchsorted(outlets[:, 0], rows),
        outlet_bed=outlet_elevation - lowest[tuple((outlets - 1).T)],
        outlet_normal=normal[by_row],
        outlet_critical=critical[by_row],
        inlets=inlets,
        first_inlet=np.searchsorted(inlets[:, 0], rows),
        inlet_share=inlet_share[inlets_by_row],
    )


def new_state(shape: tuple[int, ...], steps: int, workers: int) -> SubgridState:
    """Dry ground at the start.

    shape: of the coarse grid with its rim.
    steps: of a schedule, at the most.
    workers: threads that may share the work.
    """
    return SubgridState(
        volume=np.zeros(shape),
        depth=np.zeros(shape, np.float32),
        max_depth=np.zeros(shape, np.float32),
        storage_slope=np.zeros(shape, np.float32),
        flow_x=np.zeros(shape, np.float32),
        flow_y=np.zeros(shape, np.float32),
        max_throughflow=np.zeros(shape, np.float32),
        arrival=np.full(shape, np.inf, np.float32),
        row_buffers=np.zeros((workers, 3, shape[1]), np.float32),
        interface_volumes=np.zeros((workers, shape[1])),
        old_flow_y=np.zeros((steps, 2, shape[1]), np.float32),
        clock=np.zeros(5),
    )


def _faces(cells: np.ndarray, friction: np.ndarray, factor: int) -> dict[str, np.ndarray]:
    """Bed drop, sills and friction of left and of upper faces, as SubgridTerrain has them.

    cells, friction: elevation [m] and g n2 of fine cells, shape (coarse rows, coarse cols, factor, factor).
    """
    rows, cols = cells.shape[:2]
    lowest, shape = cells.min(axis=(2, 3)), (rows + 2, cols + 2)
    bed_drop_x, bed_drop_y, friction_x, friction_y = (np.zeros(shape) for _ in range(4))
    sills_x, sills_y = (np.full((rows + 2, factor, cols + 2), WALL) for _ in range(2))
    left, right = cells[:, :-1, :, -1], cells[:, 1:, :, 0]
    bed_drop_x[1:-1, 2:-1] = lowest[:, :-1] - lowest[:, 1:]
    sills_x[1:-1, :, 2:-1] = (np.maximum(left, right) - lowest[:, 1:, None]).swapaxes(1, 2)
    friction_x[1:-1, 2:-1] = 0.5 * (friction[:, :-1, :, -1] + friction[:, 1:, :, 0]).mean(axis=2)
    top, bottom = cells[:-1, :, -1, :], cells[1:, :, 0, :]
    bed_drop_y[2:-1, 1:-1] = lowest[:-1] - lowest[1:]
    sills_y[2:-1, :, 1:-1] = (np.maximum(top, bottom) - lowest[1:, :, None]).swapaxes(1, 2)
    friction_y[2:-1, 1:-1] = 0.5 * (friction[:-1, :, -1, :] + friction[1:, :, 0, :]).mean(axis=2)
    return {
        "bed_drop_x": _single(bed_drop_x),
        "bed_drop_y": _single(bed_drop_y),
        "sills_x": _single(sills_x),
        "sills_y": _single(sills_y),
        "friction_x": _single(friction_x),
        "friction_y": _single(friction_y),
    }


def _single(values: np.ndarray) -> np.ndarray:
    """The values in single precision, in one block of memory."""
    return np.ascontiguousarray(values, dtype=np.float32)
