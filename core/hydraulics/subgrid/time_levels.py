"""At which time level each part of the coarse grid steps: tiles with fast or deep water step often, the others seldom.

Local time stepping with levels of powers of two, as in Sanders (2008), J. Hydraul. Res. 46: a tile of level k steps
once in 2 ** k shortest steps. A face steps with the lower level of its two cells' tiles, a cell with the lowest of its
faces; what runs through a face in its step is the same for both its cells, so that no water is lost between levels.

Rows and columns of cells and of tiles count from 1, after the rim.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics.constants import GRAVITY
from core.hydraulics.jit import compiled
from core.hydraulics.subgrid.state import FIRST_ROW, INACTIVE, INNER_ROW, LAST_ROW, StepSchedule

TILE_ROWS, TILE_COLS = 4, 32  # cells of a tile; a row of one fills the widest vector registers
MIN_WAVE_DEPTH = 0.1  # that a step is reckoned with: what comes in while it lasts may be as deep [m]
MAX_STEP_RATIO = 2.0  # a tile's step is at most so many times that of a neighbour


def new_schedule(shape: tuple[int, ...], outlets: int, levels: int) -> StepSchedule:
    """The arrays of a schedule in which no tile is active.

    shape: of the coarse grid with its rim.
    outlets: how many there are.
    levels: how many levels there are above 0.
    """
    down, across = -(-(shape[0] - 2) // TILE_ROWS), -(-(shape[1] - 2) // TILE_COLS)
    tiles = (down + 2, across + 2)
    return StepSchedule(
        allowed_step=np.zeros(tiles),
        level=np.full(tiles, INACTIVE, np.int64),
        wet=np.zeros(tiles, np.int64),
        runs=np.zeros((4, down + 2, across, 6), np.int64),
        run_counts=np.zeros((4, down + 2), np.int64),
        min_run_level=np.full((4, down + 2), INACTIVE, np.int64),
        interfaces=np.zeros((down + 2, across, 3), np.int64),
        interface_counts=np.zeros(down + 2, np.int64),
        rain=np.zeros((2**levels, levels + 1)),
        outlet_level=np.zeros(outlets, np.int64),
        timing=np.zeros(5),
    )


@compiled
def tile_row_of(row: int) -> int:
    """The row of tiles in which a row of cells lies."""
    return (row - 1) // TILE_ROWS + 1


@compiled
def tile_col_of(col: int) -> int:
    """The column of tiles in which a column of cells lies."""
    return (col - 1) // TILE_COLS + 1


@compiled
def tile_level(schedule: StepSchedule, row: int, col: int) -> int:
    """The level of the tile in which a cell lies."""
    return int(schedule.level[tile_row_of(row), tile_col_of(col)])


@compiled
def face_steps(schedule: StepSchedule, row: int, col: int, other_row: int, other_col: int) -> int:
    """How many of the shortest steps make one step of the face between a cell and another."""
    return int(1 << min(tile_level(schedule, row, col), tile_level(schedule, other_row, other_col)))


@compiled
def run_level(schedule: StepSchedule, row: int, rows: int, col: int) -> int:
    """The level at which the run of a cell steps; rows: number of rows of cells."""
    kind, level = row_kind(row, rows), tile_level(schedule, row, col)
    if kind == FIRST_ROW:
        return min(level, tile_level(schedule, row - 1, col))
    return min(level, tile_level(schedule, row + 1, col)) if kind == LAST_ROW else level


@compiled
def cell_level(schedule: StepSchedule, row: int, col: int) -> int:
    """The level at which a cell steps: the lowest of its own tile's and its four neighbours'."""
    own = tile_level(schedule, row, col)
    if own == INACTIVE:
        return INACTIVE
    across = min(tile_level(schedule, row, col - 1), tile_level(schedule, row, col + 1))
    return min(own, across, tile_level(schedule, row - 1, col), tile_level(schedule, row + 1, col))


@compiled
def steps_alone(schedule: StepSchedule, due: int, row: int, rows: int, interface: int) -> bool:
    """Whether the slower cell beside a level interface steps now by itself, more often than the run that it lies in.

    due: the highest level that steps now.
    row: of cells; rows: number of rows of cells.
    interface: its number in the row of tiles.
    """
    tile_row = tile_row_of(row)
    level = schedule.interfaces[tile_row, interface, 2]
    return bool(level <= due and level < run_level(schedule, row, rows, schedule.interfaces[tile_row, interface, 1]))


@compiled
def row_kind(row: int, rows: int) -> int:
    """Whether a row is a tile's first, its last, or an inner one; rows: number of rows of cells."""
    in_tile = (row - 1) % TILE_ROWS
    if in_tile == 0:
        return FIRST_ROW
    return LAST_ROW if in_tile == TILE_ROWS - 1 or row == rows else INNER_ROW


@compiled
def any_due(schedule: StepSchedule, row: int, due: int) -> bool:
    """Whether anything steps in the row of tiles of a row of cells; due: the highest level that steps now.

    A tile's first and last rows step at least as often as its inner ones.
    """
    tile_row = tile_row_of(row)
    return bool(min(schedule.min_run_level[FIRST_ROW, tile_row], schedule.min_run_level[LAST_ROW, tile_row]) <= due)


@compiled
def crossing_time(width: float, depth: float) -> float:
    """The time in which a shallow wave crosses a cell, width / sqrt(g depth) [s].

    width: of the cell [m].
    depth: of the water, taken to be at least MIN_WAVE_DEPTH [m].
    """
    return float(width / np.sqrt(GRAVITY * max(depth, MIN_WAVE_DEPTH)))


@compiled
def set_levels(schedule: StepSchedule, all_active: bool, min_step: float, max_level: int) -> tuple[float, int]:
    """Set the levels of all tiles by the steps that they allow; returns the shortest step [s] and the highest level.

    all_active: whether all tiles are, else those with water in or beside them.
    min_step: a step that no tile need undercut [s].
    max_level: the highest level that may be given.
    """
    _activate(schedule, all_active, min_step)
    _limit_step_ratios(schedule)
    rows, cols = schedule.level.shape
    shortest, longest, highest = np.inf, 0.0, 0
    for row in range(1, rows - 1):
        for col in range(1, cols - 1):
            if schedule.level[row, col] != INACTIVE:
                shortest = min(shortest, schedule.allowed_step[row, col])
                longest = max(longest, schedule.allowed_step[row, col])
    while highest < max_level and shortest * 2.0 ** (highest + 1) <= longest:
        highest += 1
    for row in range(1, rows - 1):
        for col in range(1, cols - 1):
            if schedule.level[row, col] != INACTIVE:
                schedule.level[row, col] = _level_of_step(schedule.allowed_step[row, col], shortest, highest)
    return shortest, highest


@compiled
def _activate(schedule: StepSchedule, all_active: bool, min_step: float) -> None:
    """Give level 0 to active tiles and INACTIVE to the others, and let no tile step below `min_step` [s]."""
    rows, cols = schedule.level.shape
    for row in range(1, rows - 1):
        for col in range(1, cols - 1):
            wet_neighbours = 0
            for down in range(-1, 2):
                for right in range(-1, 2):
                    wet_neighbours += schedule.wet[row + down, col + right]
            schedule.level[row, col] = 0 if all_active or wet_neighbours > 0 else INACTIVE
            schedule.allowed_step[row, col] = max(schedule.allowed_step[row, col], min_step)


@compiled
def _level_of_step(seconds: float, shortest: float, highest: int) -> int:
    """How many times the shortest step may be doubled within `seconds`, up to `highest` times."""
    level = 0
    while level < highest and shortest * 2.0 ** (level + 1) <= seconds:
        level += 1
    return level


@compiled
def _limit_step_ratios(schedule: StepSchedule) -> None:
    """Let no tile step more than MAX_STEP_RATIO times as long as one beside it, in one pass forth and one back."""
    rows, cols = schedule.level.shape
    tiles = (rows - 2) * (cols - 2)
    for backward in range(2):
        for count in range(tiles):
            index = count if backward == 0 else tiles - 1 - count
            row, col = 1 + index // (cols - 2), 1 + index % (cols - 2)
            for down in range(-1, 2):
                for right in range(-1, 2):
                    neighbour = schedule.allowed_step[row + down, col + right]
                    if schedule.level[row + down, col + right] != INACTIVE and neighbour > 0.0:
                        schedule.allowed_step[row, col] = min(
                            schedule.allowed_step[row, col], MAX_STEP_RATIO * neighbour
                        )
