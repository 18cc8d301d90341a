"""How long each part of the coarse grid may step: tiles with quick or deep water step often, the others seldom.

Local time steps in powers of two, as in Sanders (2008), Adv. Water Resour. 31: a tile of level k steps once in 2 ** k
shortest steps. A face steps with the quicker of its two cells' tiles, a cell with the quickest of its faces; what runs
through a face in its step is the same for both its cells, so that no water is lost between levels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.hydraulics.constants import GRAVITY
from core.hydraulics.jit import compiled
from core.hydraulics.subgrid import residence_time

TALL, WIDE = 4, 32  # cells of a tile; a row of one fills the widest vector registers
ASLEEP = 100  # level of a tile without water in or beside it
SAFE = 0.6  # courant of which no step need be shorter, as solver.SolverOptions has it
LEAST_DEPTH = 0.1  # that a step is reckoned with: what comes in while it lasts may be as deep [m]
NEIGHBOUR = 2.0  # times that a tile's step may be as long as its neighbour's
INSIDE, TOP, BOTTOM, UPPER = range(4)  # kinds of runs: of a tile's rows, of its first, of its last; its upper faces


class SubgridParameters(NamedTuple):
    """The numbers that the scheme is steered by; see `coarse.Options`."""

    courant: float
    threshold: float
    longest_step: float
    steps_per_record: int
    turnover: float
    hurried: float
    likeness: float
    arrived_at: float
    levels: int


class StepSchedule(NamedTuple):
    """What steps when, for some steps; arrays with a rim of tiles, shape (tile rows + 2, tile cols + 2).

    longest: step [s] that each tile allows; level. runs: (kind, tile row, place, 6): first column, one after the last,
    level at which it steps, level of its tiles, and the first column and the one after the last that it reads, see
    `coarse_runs`. many: of them, shape (kind, tile row); soonest: the least level.
    seams: (tile row, place, 3): column of a face between tiles of two levels, column of the slower cell beside it, the
    lesser level; ASLEEP for a face that stays shut. seams_many: shape (tile row,). wet: whether there is water. rain:
    what falls in each step of each level, shape (steps, levels + 1) [m]. outlets: the level at which each outlet's cell
    steps.
    """

    longest: np.ndarray
    level: np.ndarray
    wet: np.ndarray
    runs: np.ndarray
    many: np.ndarray
    soonest: np.ndarray
    seams: np.ndarray
    seams_many: np.ndarray
    rain: np.ndarray
    outlets: np.ndarray


def new_schedule(shape: tuple[int, ...], outlets: int, levels: int) -> StepSchedule:
    """Of a coarse grid whose shape has a rim, with so many outlets and levels above 0; no tile is awake."""
    down, across = -(-(shape[0] - 2) // TALL), -(-(shape[1] - 2) // WIDE)
    tiles = (down + 2, across + 2)
    return StepSchedule(
        longest=np.zeros(tiles),
        level=np.full(tiles, ASLEEP, np.int64),
        wet=np.zeros(tiles, np.int64),
        runs=np.zeros((4, down + 2, across, 6), np.int64),
        many=np.zeros((4, down + 2), np.int64),
        soonest=np.full((4, down + 2), ASLEEP, np.int64),
        seams=np.zeros((down + 2, across, 3), np.int64),
        seams_many=np.zeros(down + 2, np.int64),
        rain=np.zeros((2**levels, levels + 1)),
        outlets=np.zeros(outlets, np.int64),
    )


@compiled
def tile_row(row: int) -> int:
    """The row of tiles in which a row of cells lies."""
    return (row - 1) // TALL + 1


@compiled
def tile_col(col: int) -> int:
    """The column of tiles in which a column of cells lies."""
    return (col - 1) // WIDE + 1


@compiled
def level_at(schedule: StepSchedule, row: int, col: int) -> int:
    """The level of the tile in which a cell lies."""
    return int(schedule.level[tile_row(row), tile_col(col)])


@compiled
def steps_of_face(schedule: StepSchedule, row: int, col: int, beside_row: int, beside_col: int) -> int:
    """How many of the shortest steps a step lasts of the face between two cells."""
    return int(1 << min(level_at(schedule, row, col), level_at(schedule, beside_row, beside_col)))


@compiled
def level_in_run(schedule: StepSchedule, row: int, rows: int, col: int) -> int:
    """The level at which the run steps that a cell lies in."""
    kind, level = kind_of(row, rows), level_at(schedule, row, col)
    if kind == TOP:
        return min(level, level_at(schedule, row - 1, col))
    return min(level, level_at(schedule, row + 1, col)) if kind == BOTTOM else level


@compiled
def level_of_cell(schedule: StepSchedule, row: int, col: int) -> int:
    """The level at which a cell steps: the least of its own tile's and its four neighbours'."""
    own = level_at(schedule, row, col)
    if own == ASLEEP:
        return ASLEEP
    across = min(level_at(schedule, row, col - 1), level_at(schedule, row, col + 1))
    return min(own, across, level_at(schedule, row - 1, col), level_at(schedule, row + 1, col))


@compiled
def steps_alone(schedule: StepSchedule, due: int, row: int, rows: int, seam: int) -> bool:
    """Whether the slower cell beside a seam steps now by itself, more often than the run that it lies in."""
    tile = tile_row(row)
    level = schedule.seams[tile, seam, 2]
    return bool(level <= due and level < level_in_run(schedule, row, rows, schedule.seams[tile, seam, 1]))


@compiled
def kind_of(row: int, rows: int) -> int:
    """Whether a row is a tile's first, its last, or inside."""
    place = (row - 1) % TALL
    if place == 0:
        return TOP
    return BOTTOM if place == TALL - 1 or row == rows else INSIDE


@compiled
def any_due(schedule: StepSchedule, row: int, due: int) -> bool:
    """Whether anything steps in the row of tiles of a row of cells: its first and last rows step the soonest."""
    tile = tile_row(row)
    return bool(min(schedule.soonest[TOP, tile], schedule.soonest[BOTTOM, tile]) <= due)


@compiled
def crossing(width: float, depth: float) -> float:
    """The time in which a shallow wave crosses a cell [s]."""
    return float(width / np.sqrt(GRAVITY * max(depth, LEAST_DEPTH)))


@compiled
def look(
    schedule: StepSchedule,
    pace: SubgridParameters,
    tally: np.ndarray,
    narrowest: float,
    row: int,
    col: int,
    depth: float,
) -> None:
    """Keep what a tile's greatest depth [m] and the stays in the tally allow; narrowest: width of a coarse cell [m]."""
    stays = residence_time.quickest(tally, pace.hurried)
    schedule.wet[row, col] = 1 if depth > pace.threshold else 0
    schedule.longest[row, col] = min(
        pace.courant * crossing(narrowest, depth), pace.turnover * stays, pace.longest_step
    )


@compiled
def set_levels(schedule: StepSchedule, awake: bool, least: float, most: int) -> tuple[float, int]:
    """Levels of all tiles; returns the shortest step [s] and the highest level.

    awake: whether all are, else those with water in or beside them. least: a step that no tile need undercut [s].
    most: levels above 0.
    """
    _wake(schedule, awake, least)
    _smooth(schedule)
    rows, cols = schedule.level.shape
    shortest, longest, highest = np.inf, 0.0, 0
    for row in range(1, rows - 1):
        for col in range(1, cols - 1):
            if schedule.level[row, col] != ASLEEP:
                shortest = min(shortest, schedule.longest[row, col])
                longest = max(longest, schedule.longest[row, col])
    while highest < most and shortest * 2.0 ** (highest + 1) <= longest:
        highest += 1
    for row in range(1, rows - 1):
        for col in range(1, cols - 1):
            if schedule.level[row, col] != ASLEEP:
                schedule.level[row, col] = _level_of(schedule.longest[row, col], shortest, highest)
    return shortest, highest


@compiled
def _wake(schedule: StepSchedule, awake: bool, least: float) -> None:
    """Level 0 for what is awake, and no step below `least`."""
    rows, cols = schedule.level.shape
    for row in range(1, rows - 1):
        for col in range(1, cols - 1):
            near = 0
            for down in range(-1, 2):
                for right in range(-1, 2):
                    near += schedule.wet[row + down, col + right]
            schedule.level[row, col] = 0 if awake or near > 0 else ASLEEP
            schedule.longest[row, col] = max(schedule.longest[row, col], least)


@compiled
def _level_of(seconds: float, shortest: float, highest: int) -> int:
    """How often the shortest step [s] may be doubled."""
    level = 0
    while level < highest and shortest * 2.0 ** (level + 1) <= seconds:
        level += 1
    return level


@compiled
def _smooth(schedule: StepSchedule) -> None:
    """No tile steps more than NEIGHBOUR times as long as one beside it."""
    rows, cols = schedule.level.shape
    for turn in range(2):
        for place in range((rows - 2) * (cols - 2)):
            at = place if turn == 0 else (rows - 2) * (cols - 2) - 1 - place
            row, col = 1 + at // (cols - 2), 1 + at % (cols - 2)
            for down in range(-1, 2):
                for right in range(-1, 2):
                    beside = schedule.longest[row + down, col + right]
                    if schedule.level[row + down, col + right] != ASLEEP and beside > 0.0:
                        schedule.longest[row, col] = min(schedule.longest[row, col], NEIGHBOUR * beside)
