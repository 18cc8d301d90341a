"""Where the water goes from each cell: one step on, along the way that carries the most.

A step between neighbours (four sides, four corners) gains what the water's own motion gives it: unit discharge times
the step, q . dl. Summed along a way it does not depend on wiggles, only on how much water goes along, so that the best
way keeps to the thalweg of a wide stream and leaves a narrow one nowhere. Of two steps that cross in a square of four
cells the weaker is left out, so that no two ways cross. No step leads along the grid's edge, where what leaves the grid
is not part of the discharge.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.hydraulics.jit import compiled

SIDEWAYS = 0.38  # least cosine between a step and the water's motion: 67.5 degrees, one and a half neighbours off
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))  # rows, columns: east, south, south-east, south-west; the others are reversed


class Ways(NamedTuple):
    """For each cell of a grid with a rim, flat. next: where the water goes on, -1 where it ends. gain: of that step.

    from_where: the cell that brings the most, -1 at a start. behind: the gains of the best way up to the cell.
    """

    next: np.ndarray
    gain: np.ndarray
    from_where: np.ndarray
    behind: np.ndarray


def ways(east: np.ndarray, south: np.ndarray, active: np.ndarray, level: np.ndarray, dx: float, dy: float) -> Ways:
    """Ways over the active cells; arrays of shape (rows, cols), and of (rows + 2) * (cols + 2) in the answer.

    east, south: unit discharge, of one time or summed over many. level: water level; where the water goes in circles,
    the circle is cut where it stands highest.
    """
    padded = [np.pad(np.where(active, one, 0), 1).astype(np.float32) for one in (east, south)]
    live = np.pad(active, 1)
    gains = _gains(padded[0], padded[1], live, dx, dy)
    width = live.shape[1]
    offsets = np.array([rows * width + cols for rows, cols in STEPS])
    highest_first = np.flatnonzero(live)
    highest_first = highest_first[np.argsort(-level[active], kind="stable")]
    flat = gains.reshape(4, -1)
    return _best_ways(flat, offsets, _ordered(flat, offsets, highest_first))


def _ordered(gains: np.ndarray, offsets: np.ndarray, highest_first: np.ndarray) -> np.ndarray:
    """The cells from upstream to downstream."""
    coming = np.zeros(gains.shape[1], np.int8)
    _count(gains, offsets, highest_first, coming)
    starts = highest_first[coming[highest_first] == 0]
    order, waiting = np.empty_like(highest_first), np.empty_like(highest_first)
    waiting[: len(starts)] = starts
    done = np.zeros(gains.shape[1], np.uint8)
    _order(gains, offsets, highest_first, coming, done, waiting, len(starts), order)
    return order


def _best_ways(gains: np.ndarray, offsets: np.ndarray, order: np.ndarray) -> Ways:
    cells = gains.shape[1]
    made = Ways(np.full(cells, -1), np.zeros(cells), np.full(cells, -1), np.zeros(cells))
    _lead_on(gains, offsets, order, made, np.zeros(cells), np.zeros(cells, np.uint8))
    _look_back(order, made)
    return made


def _gains(east: np.ndarray, south: np.ndarray, live: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """What each of STEPS gains, negative where the water goes the other way; shape (4, rows, cols)."""
    rows, cols = live.shape
    gains = np.zeros((4, rows, cols), np.float32)
    here = (slice(1, rows - 1), slice(1, cols - 1))
    for place, (down, right) in enumerate(STEPS):
        there = (slice(1 + down, rows - 1 + down), slice(1 + right, cols - 1 + right))
        mean_east, mean_south = 0.5 * (east[here] + east[there]), 0.5 * (south[here] + south[there])
        gain = mean_east * right * dx + mean_south * down * dy
        along = np.hypot(mean_east, mean_south) * np.hypot(right * dx, down * dy)
        usable = live[here] & live[there] & (np.abs(gain) > SIDEWAYS * along)
        if down and right:  # no way through between two walls that touch at a corner
            sides = live[1 + down : rows - 1 + down, 1 : cols - 1] | live[here[0], there[1]]
            usable &= sides
        gains[place][here] = np.where(usable, gain, 0)
    gains[0][[1, -2]] = gains[1][:, [1, -2]] = 0
    falling, rising = gains[2][:, :-1], gains[3][:, 1:]  # the two ways across the square right of and below a cell
    weaker = np.abs(falling) < np.abs(rising)
    falling[weaker] = 0
    rising[~weaker] = 0
    return gains


@compiled
def _step(gains: np.ndarray, offsets: np.ndarray, at: int, number: int) -> tuple[int, float]:
    """The cell to which step `number` of 8 leads, and its gain; not above 0 if the water does not go there."""
    forwards = number < 4
    step = number if forwards else number - 4
    other = at + offsets[step] if forwards else at - offsets[step]
    return other, gains[step, at] if forwards else -gains[step, other]


@compiled
def _count(gains: np.ndarray, offsets: np.ndarray, cells: np.ndarray, coming: np.ndarray) -> None:
    """How many neighbours each cell gets water from."""
    for place in range(cells.shape[0]):
        for number in range(8):
            other, gain = _step(gains, offsets, cells[place], number)
            if gain > 0.0:
                coming[other] += 1


@compiled
def _order(
    gains: np.ndarray,
    offsets: np.ndarray,
    highest_first: np.ndarray,
    coming: np.ndarray,
    done: np.ndarray,
    waiting: np.ndarray,
    waits: int,
    order: np.ndarray,
) -> None:
    """Fill `order` (Kahn 1962), from `waits` cells that wait at first; a circle is entered at its highest cell."""
    searched = 0
    for place in range(order.shape[0]):
        while not waits:  # what is left are circles, and what comes after them
            waiting[0] = highest_first[searched]
            waits = 0 if done[waiting[0]] else 1
            searched += 1
        waits -= 1
        at = waiting[waits]
        done[at] = 1
        order[place] = at
        for number in range(8):
            other, gain = _step(gains, offsets, at, number)
            if gain > 0.0 and not done[other]:
                coming[other] -= 1
                if coming[other] == 0:
                    waiting[waits] = other
                    waits += 1


@compiled
def _lead_on(
    gains: np.ndarray, offsets: np.ndarray, order: np.ndarray, made: Ways, ahead: np.ndarray, seen: np.ndarray
) -> None:
    """The best way on from each cell, found from the ends upwards; a step to a cell not `seen` closes a circle."""
    for place in range(order.shape[0] - 1, -1, -1):
        at = order[place]
        for number in range(8):
            other, gain = _step(gains, offsets, at, number)
            if gain > 0.0 and seen[other] and gain + ahead[other] > ahead[at]:
                ahead[at], made.next[at], made.gain[at] = gain + ahead[other], other, gain
        seen[at] = 1


@compiled
def _look_back(order: np.ndarray, made: Ways) -> None:
    """The best way to each cell, from the starts down."""
    for place in range(order.shape[0]):
        at = order[place]
        to = made.next[at]
        if to >= 0 and made.behind[at] + made.gain[at] > made.behind[to]:
            made.behind[to], made.from_where[to] = made.behind[at] + made.gain[at], at
