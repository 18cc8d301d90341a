"""The momentum equation of the sub-grid scheme at the faces of a row: compiled, free of any grid's layout.

The local inertial scheme (Bates, Horritt and Fewtrell 2010, J. Hydrol. 387; de Almeida et al. 2012, Water Resour. Res.
48) over the sub-faces of a coarse face, as in the sub-grid channel model of Neal, Schumann and Bates (2012), Water
Resour. Res. 48. The discharge of a coarse face is the sum of the unit discharges of its f sub-faces [m2/s]. Depths,
counted from each cell's own lowest ground, and discharges are float32, which vector instructions take eight at a time.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics.jit import compiled_noalias, inlined
from core.hydraulics.row_kernels import FOUR, HALF, ONE, TWO, ZERO, inverse_cube_root

MIN_AREA = np.float32(1e-6)  # keeps divisions finite where no sub-face is wet [m]
MIN_SQUARE = np.float32(1e-12)  # likewise [m2]
STABILITY_MARGIN = np.float32(1.25)  # above 1, a cell's four faces together do not reverse a difference of levels


@compiled_noalias
def step_flow(
    flow: np.ndarray,
    flow_before: np.ndarray,
    flow_after: np.ndarray,
    depth_a: np.ndarray,
    depth_b: np.ndarray,
    slope_a: np.ndarray,
    slope_b: np.ndarray,
    bed_drop: np.ndarray,
    sills: np.ndarray,
    first: int,
    friction: np.ndarray,
    area: np.ndarray,
    square: np.ndarray,
    seconds: np.float32,
    gravity_step: np.float32,
    level_response: np.float32,
    relaxation: np.float32,
    threshold: np.float32,
) -> None:
    """One step of the momentum equation at the coarse faces between cells a and b; positive flow runs from a to b.

    With the depth h of each sub-face, A = sum h and B = sum h2, conveyance is A ** (1/3) B ** (2/3) / n: exact where
    the wet sub-faces are equally deep and within some hundredths of sum h ** (5/3) / n elsewhere, for one root instead
    of f. Friction is Manning's, implicit in the new discharge (`local_inertial.momentum`).

    Where a step is so long that a face's flow would reverse the difference of levels that drives it, its change is
    damped, which leaves the steady state as it is: waves on deep water lag, floods hardly do.

    Two and three sub-faces, those of both modes, take one loop in place of four or five.

    flow: discharge, shape (faces,), float32, replaced [m2/s].
    flow_before, flow_after: discharge of the next faces along the flow, at the old time, shape (faces,) [m2/s].
    depth_a, depth_b: of the cells on both sides above their lowest ground, shape (faces,) [m].
    slope_a, slope_b: rise of these cells' level per volume, shape (faces,).
    bed_drop: lowest ground of a above that of b, shape (faces,) [m].
    sills: higher ground beside each sub-face above the lowest of b, shape (f, faces of the row) [m].
    first: column of the first face in `sills`.
    friction: g n2, shape (faces,).
    area, square: scratch for A and B, shape (faces,), float32; not used for two and three sub-faces.
    seconds: dt [s].
    gravity_step: g dt / width of a coarse cell [m/s].
    level_response: dt / width of a fine cell [s/m].
    relaxation: weight of the neighbours in the face's discharge, as 1 - theta of de Almeida et al. (2012); a neighbour
        without flow has none, as in the solver.
    threshold: no flow where the water is less deep, all of it from twice that [m].
    """
    end, per_threshold, feedback = (
        first + flow.shape[0],
        ONE / threshold,
        TWO * STABILITY_MARGIN * gravity_step * level_response,
    )
    if sills.shape[0] == 3:
        sill_1, sill_2, sill_3 = sills[0, first:end], sills[1, first:end], sills[2, first:end]
        for face in range(flow.shape[0]):
            level = max(depth_a[face] + bed_drop[face], depth_b[face])
            depth_1, depth_2 = max(level - sill_1[face], ZERO), max(level - sill_2[face], ZERO)
            depth_3 = max(level - sill_3[face], ZERO)
            flow[face] = _new_flow(
                MIN_AREA + depth_1 + depth_2 + depth_3,
                MIN_SQUARE + depth_1 * depth_1 + depth_2 * depth_2 + depth_3 * depth_3,
                flow[face], flow_before[face], flow_after[face], depth_a[face] + bed_drop[face] - depth_b[face],
                max(slope_a[face], slope_b[face]), friction[face],
                seconds, gravity_step, feedback, relaxation, threshold, per_threshold,
            )  # fmt: skip
        return
    if sills.shape[0] == 2:
        sill_1, sill_2 = sills[0, first:end], sills[1, first:end]
        for face in range(flow.shape[0]):
            level = max(depth_a[face] + bed_drop[face], depth_b[face])
            depth_1, depth_2 = max(level - sill_1[face], ZERO), max(level - sill_2[face], ZERO)
            flow[face] = _new_flow(
                MIN_AREA + depth_1 + depth_2, MIN_SQUARE + depth_1 * depth_1 + depth_2 * depth_2,
                flow[face], flow_before[face], flow_after[face], depth_a[face] + bed_drop[face] - depth_b[face],
                max(slope_a[face], slope_b[face]), friction[face],
                seconds, gravity_step, feedback, relaxation, threshold, per_threshold,
            )  # fmt: skip
        return
    for face in range(flow.shape[0]):
        area[face] = MIN_AREA
        square[face] = MIN_SQUARE
    for sub_face in range(sills.shape[0]):
        sill = sills[sub_face, first:end]
        for face in range(flow.shape[0]):
            depth = max(max(depth_a[face] + bed_drop[face], depth_b[face]) - sill[face], ZERO)
            area[face] += depth
            square[face] += depth * depth
    for face in range(flow.shape[0]):
        flow[face] = _new_flow(
            area[face], square[face], flow[face], flow_before[face], flow_after[face],
            depth_a[face] + bed_drop[face] - depth_b[face], max(slope_a[face], slope_b[face]), friction[face],
            seconds, gravity_step, feedback, relaxation, threshold, per_threshold,
        )  # fmt: skip


@inlined
def _new_flow(
    area: np.float32,
    square: np.float32,
    flow: np.float32,
    flow_before: np.float32,
    flow_after: np.float32,
    level_drop: np.float32,
    slope: np.float32,
    friction: np.float32,
    seconds: np.float32,
    gravity_step: np.float32,
    feedback: np.float32,
    relaxation: np.float32,
    threshold: np.float32,
    per_threshold: np.float32,
) -> np.float32:
    """The new discharge q through a face [m2/s]: the positive root of friction q2 + inertia q = driven, signed.

    area: sum A of the sub-faces' depths [m].
    square: sum B of their squares [m2].
    level_drop: level before the face above the one behind it [m].
    slope: rise of the level per volume, the larger of both cells.
    feedback: how far a unit of discharge, times area and slope, would turn the difference of levels that drives it.
    Others: see `step_flow`.
    """
    mean = square / area  # depth, weighted by itself
    root = inverse_cube_root(mean)
    damping = max(ONE, feedback * area * slope)
    ahead = flow if flow_after == ZERO else flow_after
    behind = flow if flow_before == ZERO else flow_before
    relaxed = flow + HALF * relaxation * (ahead + behind)
    driven = damping * relaxed + gravity_step * area * level_drop
    resistance = seconds * friction * root / square
    inertia = damping * (ONE + relaxation)
    discharge = TWO * driven / (inertia + np.sqrt(inertia * inertia + FOUR * resistance * abs(driven)))
    new: np.float32 = discharge * min(max((mean - threshold) * per_threshold, ZERO), ONE)
    return new
