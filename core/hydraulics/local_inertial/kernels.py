"""The compiled formulas of the local inertial scheme: pure functions of rows of numbers, free of any grid's layout.

Bates, Horritt and Fewtrell (2010), J. Hydrol. 387; de Almeida, Bates, Freer and Souvignet (2012), Water Resour. Res.
48. Each takes one-dimensional arrays of equal length: one entry per face, or per cell, of a row.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics.jit import bits_of, compiled, compiled_apart, compiled_without_nan, inlined, number_of

GRAVITY = 9.80665  # standard gravity [m s-2]
WALL = 1.0e9  # elevation of a cell without data: water never stands as high [m]
NEVER = np.float32(np.inf)
WITHIN = 1.0 - 2.0**-23  # a share of a float32 that is no more than that share once it is rounded
NONE, ONE, TWO, FOUR = np.float32(0), np.float32(1), np.float32(2), np.float32(4)
HALF, THIRD = np.float32(1 / 2), np.float32(1 / 3)
GUESS = 0x548C2B4B  # with these bits, and with what follows, x ** (-1/3) is good to 3e-5 before the last step
A, B, C = np.float32(1.752319676), np.float32(1.2509524245), np.float32(0.5093818292)


@inlined
def inverse_cube_root(x: np.float32) -> np.float32:
    """The cube root of 1 / x for a positive, normal x, to 2e-7: Moroz et al. (2021), Energies 14, 1058.

    Without a branch or a call, so that a loop around it uses vector instructions.
    """
    y = number_of(np.int32(GUESS - np.int32(np.float32(bits_of(x)) * THIRD)))
    y *= A - x * y * y * y * (B - C * (x * y * y * y))
    return np.float32(y * (ONE + THIRD * (ONE - x * y * y * y)))


@compiled_apart
def flow_through_faces(
    flow: np.ndarray,
    flow_before: np.ndarray,
    flow_after: np.ndarray,
    depth_a: np.ndarray,
    depth_b: np.ndarray,
    ground_a: np.ndarray,
    ground_b: np.ndarray,
    friction_a: np.ndarray,
    friction_b: np.ndarray,
    share: np.ndarray,
    held: np.ndarray,
    seconds: float,
    push: float,
    theta: float,
    threshold: float,
) -> None:
    """One step of the momentum equation at faces between cells a and b; positive flow runs from a to b.

    The q-centred scheme: (theta q + (1 - theta) (q_before + q_after) / 2 - g h dt d(level)/dx) against friction, with h
    from the higher level down to the higher ground. A neighbour without flow (a wall, an inlet's or outlet's own edge,
    dry ground) has no say: it would hold back what runs in and out there.

    flow: unit discharge [m2/s], float32, replaced; flow_before, flow_after: of the next faces along the flow, before.
    depth [m] and ground [m]: of the cells on both sides. friction: g n2 / 2 of each, float32. share, held: room for as
    many float32. seconds: dt. push: g dt / dx.
    """
    side = 0.5 * (1.0 - theta)
    for face in range(flow.shape[0]):
        level_a = ground_a[face] + depth_a[face]
        level_b = ground_b[face] + depth_b[face]
        depth = max(level_a, level_b) - max(ground_a[face], ground_b[face])
        own = flow[face]
        before = own if flow_before[face] == 0.0 else flow_before[face]
        after = own if flow_after[face] == 0.0 else flow_after[face]
        pushed = theta * own + side * (before + after) + push * max(depth, threshold) * (level_a - level_b)
        flow[face] = pushed
        share[face] = np.float32(depth)
        held[face] = np.float32(abs(pushed)) * (friction_a[face] + friction_b[face])
    hold_back(share, held, np.float32(seconds), np.float32(threshold))
    for face in range(flow.shape[0]):
        flow[face] *= share[face]


@compiled_apart
def hold_back(depth: np.ndarray, held: np.ndarray, seconds: np.float32, threshold: np.float32) -> None:
    """Turn depths [m] into the share of the pushed discharge that friction and thin water leave, in place; float32.

    Manning's friction is implicit in the new discharge: q (1 + f |q|) = pushed, with f = g n2 dt / depth ** (7/3).
    Where the papers take |q| from the step before, thin water on a steep slope would swing about its normal depth for
    hundreds of steps. The steady state is theirs. There is no flow where depth is not above `threshold`, and all of it
    from twice that; a jump between the two would make thin water flicker.

    Single precision is twice as fast, and a discharge that is off by a ten-millionth makes no mass: what leaves a cell
    enters the next. Rest, balance and symmetry hold to the last bits of the double precision in which depth is kept.

    held: g n2 |pushed|.
    """
    per_threshold = ONE / threshold
    for face in range(depth.shape[0]):
        root = inverse_cube_root(max(depth[face], threshold))
        cubed = root * root * root
        resistance = seconds * held[face] * cubed * cubed * root
        left = TWO / (ONE + np.sqrt(ONE + FOUR * resistance))
        depth[face] = left * min(max((depth[face] - threshold) * per_threshold, NONE), ONE)


@compiled
def count_overdrawn(
    depth: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    across: float,
    down: float,
) -> int:
    """How many cells would lose more in this step than they hold.

    left, right, top, bottom: unit discharge of the cells' faces [m2/s]. across: dt / dx. down: dt / dy [s/m].
    """
    found = 0
    for cell in range(depth.shape[0]):
        out_x = max(-left[cell], 0.0) + max(right[cell], 0.0)
        out_y = max(-top[cell], 0.0) + max(bottom[cell], 0.0)
        found += across * out_x + down * out_y > depth[cell]
    return found


@compiled
def limit_outflow(
    depth: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    across: float,
    down: float,
) -> None:
    """Scale what leaves a cell down to what it holds, in place; arguments as for `count_overdrawn`.

    Water leaves through a face from one cell alone, so that no face is scaled twice and the order does not matter.
    """
    for cell in range(depth.shape[0]):
        out_x = max(-left[cell], 0.0) + max(right[cell], 0.0)
        out_y = max(-top[cell], 0.0) + max(bottom[cell], 0.0)
        out = across * out_x + down * out_y
        if out > depth[cell]:
            share = WITHIN * depth[cell] / out
            if left[cell] < 0.0:
                left[cell] *= share
            if right[cell] > 0.0:
                right[cell] *= share
            if top[cell] < 0.0:
                top[cell] *= share
            if bottom[cell] > 0.0:
                bottom[cell] *= share


@compiled_apart
def fill_cells(
    depth: np.ndarray,
    ground: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    across: float,
    down: float,
    rain: float,
) -> None:
    """Continuity: what came in less what went out, and the rain of this step [m] on cells that are no walls."""
    for cell in range(depth.shape[0]):
        kept_x = np.float64(left[cell]) - np.float64(right[cell])
        kept_y = np.float64(top[cell]) - np.float64(bottom[cell])
        moved = across * kept_x + down * kept_y
        fallen = rain if ground[cell] < WALL else 0.0
        depth[cell] = max(depth[cell] + moved + fallen, 0.0)  # the limiter leaves at most a rounding below zero


@compiled_apart
def copy(source: np.ndarray, target: np.ndarray) -> None:
    """Copy a row into another; a slice's assignment would check shapes, and takes longer to compile."""
    for place in range(source.shape[0]):
        target[place] = source[place]


@compiled
def fill(target: np.ndarray, number: float) -> None:
    """Set a row to one number."""
    for place in range(target.shape[0]):
        target[place] = number


@compiled_apart
def join(marks: np.ndarray, others: np.ndarray) -> None:
    """Mark, in place, what is marked in either."""
    for place in range(marks.shape[0]):
        marks[place] |= others[place]


@compiled
def add_rain(depth: np.ndarray, ground: np.ndarray, rain: float) -> None:
    """Add rain [m] to cells that are no walls."""
    for cell in range(depth.shape[0]):
        depth[cell] += rain if ground[cell] < WALL else 0.0


@compiled_without_nan
def largest(numbers: np.ndarray) -> float:
    """The largest of numbers that are not negative, in their precision; zero for none."""
    found: float = numbers.dtype.type(0)
    for place in range(numbers.shape[0]):
        found = max(found, numbers[place])
    return found


@compiled_apart
def record(
    depth: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    deepest: np.ndarray,
    arrival: np.ndarray,
    fastest: np.ndarray,
    now: np.float32,
    arrived_at: float,
) -> None:
    """Keep the largest depth [m], the first time [s] of a depth of `arrived_at` [m], and the largest speed [m/s].

    Speed is the mean unit discharge of opposite faces by the depth, in cells where the water has arrived.
    """
    for cell in range(depth.shape[0]):
        deepest[cell] = max(deepest[cell], np.float32(depth[cell]))
        here = depth[cell] >= arrived_at
        arrival[cell] = min(arrival[cell], now if here else NEVER)
        east, south = HALF * (left[cell] + right[cell]), HALF * (top[cell] + bottom[cell])
        speed = np.sqrt(east * east + south * south) / np.float32(max(depth[cell], arrived_at))
        fastest[cell] = max(fastest[cell], speed if here else NONE)
