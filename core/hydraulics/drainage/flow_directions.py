"""Flow directions from simulated discharge: one step on from each cell, along the path that carries the most.

A step between neighbours (four sides, four corners) gains what the water's own motion gives it: unit discharge times
the step, q . dl. Summed along a path it does not depend on wiggles, only on how much water goes along, so that the best
path keeps to the thalweg of a wide stream and leaves a narrow one nowhere. Of two steps that cross in a square of four
cells the weaker is left out, so that no two paths cross. No step leads along the grid's edge, where what leaves the
grid is not part of the discharge.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.hydraulics.jit import compiled

MIN_COSINE = 0.38  # between a step and the water's motion: 67.5 degrees, one and a half neighbours off
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))  # rows, columns: east, south, south-east, south-west; the others are reversed


class FlowDirections(NamedTuple):
    """The best path through each cell of a grid with a rim; flat arrays of (rows + 2) * (cols + 2).

    downstream: the cell where the water goes on, -1 where it ends.
    gain: what the step to it gains [m3/s, or m3 from discharge summed over time].
    upstream: the cell whose path gains most of those that lead here, -1 at a start.
    upstream_gain: gains summed over the best path up to the cell.
    """

    downstream: np.ndarray
    gain: np.ndarray
    upstream: np.ndarray
    upstream_gain: np.ndarray


class _Steps(NamedTuple):
    """The four STEPS over a grid with a rim, flat.

    gains: what each step from a cell gains, negative where the water goes the other way, shape (4, cells), float32.
    offsets: by which each step changes a cell's index, shape (4,).
    """

    gains: np.ndarray
    offsets: np.ndarray


def find_flow_directions(
    east: np.ndarray, south: np.ndarray, active: np.ndarray, level: np.ndarray, dx: float, dy: float
) -> FlowDirections:
    """Find the path that carries the most through each active cell.

    east: unit discharge to the east, of one time or summed over many, shape (rows, cols) [m2/s or m2].
    south: unit discharge to the south.
    active: cells that paths may lead through, bool.
    level: water level [m]; where the water goes in circles, the circle is cut where it stands highest.
    dx: cell size to the east [m].
    dy: cell size to the south [m].
    """
    padded = [np.pad(np.where(active, raster, 0), 1).astype(np.float32) for raster in (east, south)]
    padded_active = np.pad(active, 1)
    gains = _gains(padded[0], padded[1], padded_active, dx, dy)
    width = padded_active.shape[1]
    steps = _Steps(gains.reshape(4, -1), np.array([rows * width + cols for rows, cols in STEPS]))
    highest_first = np.flatnonzero(padded_active)
    highest_first = highest_first[np.argsort(-level[active], kind="stable")]
    return _best_paths(steps, _upstream_first(steps, highest_first))


def _upstream_first(steps: _Steps, highest_first: np.ndarray) -> np.ndarray:
    """The cells from upstream to downstream, in topological order."""
    incoming = np.zeros(steps.gains.shape[1], np.int8)
    _count_incoming(steps, highest_first, incoming)
    starts = highest_first[incoming[highest_first] == 0]
    order, ready = np.empty_like(highest_first), np.empty_like(highest_first)
    ready[: len(starts)] = starts
    done = np.zeros(steps.gains.shape[1], np.uint8)
    _sort(steps, highest_first, incoming, done, ready, len(starts), order)
    return order


def _best_paths(steps: _Steps, order: np.ndarray) -> FlowDirections:
    """The best path on from each cell and up to it."""
    cells = steps.gains.shape[1]
    directions = FlowDirections(np.full(cells, -1), np.zeros(cells), np.full(cells, -1), np.zeros(cells))
    _find_downstream(steps, order, directions, np.zeros(cells), np.zeros(cells, np.uint8))
    _find_upstream(order, directions)
    return directions


def _gains(east: np.ndarray, south: np.ndarray, active: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """What each of STEPS gains, negative where the water goes the other way, shape (4, rows, cols), float32."""
    rows, cols = active.shape
    gains = np.zeros((4, rows, cols), np.float32)
    start = (slice(1, rows - 1), slice(1, cols - 1))
    for index, (down, right) in enumerate(STEPS):
        end = (slice(1 + down, rows - 1 + down), slice(1 + right, cols - 1 + right))
        mean_east, mean_south = 0.5 * (east[start] + east[end]), 0.5 * (south[start] + south[end])
        gain = mean_east * right * dx + mean_south * down * dy
        along = np.hypot(mean_east, mean_south) * np.hypot(right * dx, down * dy)
        usable = active[start] & active[end] & (np.abs(gain) > MIN_COSINE * along)
        if down and right:  # no way through between two walls that touch at a corner
            sides = active[1 + down : rows - 1 + down, 1 : cols - 1] | active[start[0], end[1]]
            usable &= sides
        gains[index][start] = np.where(usable, gain, 0)
    gains[0][[1, -2]] = gains[1][:, [1, -2]] = 0
    falling, rising = gains[2][:, :-1], gains[3][:, 1:]  # the two steps across the square right of and below a cell
    weaker = np.abs(falling) < np.abs(rising)
    falling[weaker] = 0
    rising[~weaker] = 0
    return gains


@compiled
def _step(steps: _Steps, cell: int, number: int) -> tuple[int, float]:
    """The cell to which step `number` of 8 leads, and its gain; not above 0 if the water does not go there."""
    forwards = number < 4
    step = number if forwards else number - 4
    other = cell + steps.offsets[step] if forwards else cell - steps.offsets[step]
    return other, steps.gains[step, cell] if forwards else -steps.gains[step, other]


@compiled
def _count_incoming(steps: _Steps, cells: np.ndarray, incoming: np.ndarray) -> None:
    """Count the neighbours from which each cell gets water."""
    for index in range(cells.shape[0]):
        for number in range(8):
            other, gain = _step(steps, cells[index], number)
            if gain > 0.0:
                incoming[other] += 1


@compiled
def _sort(
    steps: _Steps,
    highest_first: np.ndarray,
    incoming: np.ndarray,
    done: np.ndarray,
    ready: np.ndarray,
    ready_count: int,
    order: np.ndarray,
) -> None:
    """Sort cells from upstream to downstream: Kahn (1962), Commun. ACM 5, with circles entered at their highest cell.

    steps: between cells.
    highest_first: active cells by falling water level.
    incoming: for each cell, neighbours that it gets water from and that are not sorted yet; changed.
    done: whether a cell is sorted; changed.
    ready: stack of cells without incoming ones; changed.
    ready_count: cells on the stack at first.
    order: filled with the sorted cells.
    """
    searched = 0
    for index in range(order.shape[0]):
        while not ready_count:  # what is left are circles, and what comes after them
            ready[0] = highest_first[searched]
            ready_count = 0 if done[ready[0]] else 1
            searched += 1
        ready_count -= 1
        cell = ready[ready_count]
        done[cell] = 1
        order[index] = cell
        for number in range(8):
            other, gain = _step(steps, cell, number)
            if gain > 0.0 and not done[other]:
                incoming[other] -= 1
                if incoming[other] == 0:
                    ready[ready_count] = other
                    ready_count += 1


@compiled
def _find_downstream(
    steps: _Steps,
    order: np.ndarray,
    directions: FlowDirections,
    gain_ahead: np.ndarray,
    visited: np.ndarray,
) -> None:
    """Set the best step on from each cell, from the ends upwards; a step to a cell not yet visited closes a circle."""
    for index in range(order.shape[0] - 1, -1, -1):
        cell = order[index]
        for number in range(8):
            other, gain = _step(steps, cell, number)
            if gain > 0.0 and visited[other] and gain + gain_ahead[other] > gain_ahead[cell]:
                gain_ahead[cell] = gain + gain_ahead[other]
                directions.downstream[cell], directions.gain[cell] = other, gain
        visited[cell] = 1


@compiled
def _find_upstream(order: np.ndarray, directions: FlowDirections) -> None:
    """Set the best path up to each cell, from the starts downwards."""
    for index in range(order.shape[0]):
        cell = order[index]
        target = directions.downstream[cell]
        gain = directions.upstream_gain[cell] + directions.gain[cell]
        if target >= 0 and gain > directions.upstream_gain[target]:
            directions.upstream_gain[target], directions.upstream[target] = gain, cell
