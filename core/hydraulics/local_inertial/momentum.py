"""Momentum of the local inertial scheme, with Manning's friction: compiled formulas on rows of faces.

Bates, Horritt and Fewtrell (2010), J. Hydrol. 387, 33-45: shallow water without advection, friction semi-implicit. de
Almeida, Bates, Freer and Souvignet (2012), Water Resour. Res. 48, W05528: the q-centred discharge, which lets friction
be low. The formulas know no grid: each takes one-dimensional arrays of equal length, one entry per face of a row.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics.jit import compiled_noalias
from core.hydraulics.row_kernels import FOUR, ONE, TWO, ZERO, inverse_cube_root


@compiled_noalias
def update_discharge(
    flow: np.ndarray,
    flow_before: np.ndarray,
    flow_after: np.ndarray,
    depth_a: np.ndarray,
    depth_b: np.ndarray,
    elevation_a: np.ndarray,
    elevation_b: np.ndarray,
    friction_a: np.ndarray,
    friction_b: np.ndarray,
    flow_depth: np.ndarray,
    drag: np.ndarray,
    seconds: float,
    gravity_step: float,
    theta: float,
    threshold: float,
) -> None:
    """One step of the momentum equation at the faces between cells a and b; positive discharge runs from a to b.

    The q-centred scheme of de Almeida et al. (2012), in two parts. The driven discharge, without friction:

        q* = theta q + (1 - theta) (q_before + q_after) / 2 + g h dt (level_a - level_b) / dx

    with h from the higher level down to the higher ground; then `apply_friction`. A neighbouring face without flow (at
    a wall, an inlet's or outlet's own edge, dry ground) counts as if it had this face's own discharge: its zero would
    slow down what runs in and out there.

    flow: unit discharge q [m2/s], shape (faces,), float32, replaced.
    flow_before: q of the next face against the flow, before the step [m2/s], float32.
    flow_after: q of the next face along the flow, before the step [m2/s], float32.
    depth_a: water depth in the cell before each face [m], float64.
    depth_b: water depth in the cell after each face [m], float64.
    elevation_a: ground of the cell before each face [m], float64.
    elevation_b: ground of the cell after each face [m], float64.
    friction_a: g n2 / 2 of the cell before each face, float32.
    friction_b: g n2 / 2 of the cell after each face, float32.
    flow_depth: scratch for h, shape (faces,), float32.
    drag: scratch for g n2 |q*|, shape (faces,), float32.
    seconds: the step dt [s].
    gravity_step: g dt / dx [m/s].
    theta: weight of the face's own discharge against its neighbours', in (0, 1].
    threshold: depth up to which nothing flows [m].
    """
    side = 0.5 * (1.0 - theta)
    for face in range(flow.shape[0]):
        level_a = elevation_a[face] + depth_a[face]
        level_b = elevation_b[face] + depth_b[face]
        depth = max(level_a, level_b) - max(elevation_a[face], elevation_b[face])
        own = flow[face]
        before = own if flow_before[face] == 0.0 else flow_before[face]
        after = own if flow_after[face] == 0.0 else flow_after[face]
        driven = theta * own + side * (before + after) + gravity_step * max(depth, threshold) * (level_a - level_b)
        flow[face] = driven
        flow_depth[face] = np.float32(depth)
        drag[face] = np.float32(abs(driven)) * (friction_a[face] + friction_b[face])
    apply_friction(flow_depth, drag, np.float32(seconds), np.float32(threshold))
    for face in range(flow.shape[0]):
        flow[face] *= flow_depth[face]


@compiled_noalias
def apply_friction(flow_depth: np.ndarray, drag: np.ndarray, seconds: np.float32, threshold: np.float32) -> None:
    """Turn flow depths into the share of the driven discharge that friction and thin water leave, in place.

    Manning's friction, implicit in the new discharge q: q (1 + f |q|) = q*, with f = g n2 dt / h ** (7/3), so that

        q / q* = 2 / (1 + sqrt(1 + 4 f |q*|))

    Where the papers take |q| from the step before, thin water on a steep slope would swing about its normal depth for
    hundreds of steps. The steady state is theirs. There is no flow where h is not above the threshold, and all of it
    from twice that; a jump between the two would make thin water flicker.

    Single precision is twice as fast, and a discharge that is off by a ten-millionth makes no mass: what leaves a cell
    enters the next. Rest, balance and symmetry hold to the last bits of the double precision in which depth is kept.

    flow_depth: h [m], shape (faces,), float32; replaced by the share q / q*, 0 to 1.
    drag: g n2 |q*| of each face, shape (faces,), float32.
    seconds: the step dt [s].
    threshold: depth up to which nothing flows [m].
    """
    per_threshold = ONE / threshold
    for face in range(flow_depth.shape[0]):
        root = inverse_cube_root(max(flow_depth[face], threshold))
        inverse_depth = root * root * root
        resistance = seconds * drag[face] * inverse_depth * inverse_depth * root
        left = TWO / (ONE + np.sqrt(ONE + FOUR * resistance))
        flow_depth[face] = left * min(max((flow_depth[face] - threshold) * per_threshold, ZERO), ONE)
