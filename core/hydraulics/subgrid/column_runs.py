"""Which columns of a row step together: runs of tiles of one level, and the seams between levels.

A run reads the depths of the cells beside it, and where the tile after it is slower, the face between them steps with
the run. There it takes LANES cells more, which costs no more than one: what was not due among them is put back.
"""

from __future__ import annotations

from core.hydraulics.jit import compiled
from core.hydraulics.subgrid.time_levels import ASLEEP, BOTTOM, INSIDE, TOP, UPPER, WIDE, StepSchedule

LANES = 8  # numbers of single precision that usual vector registers hold


@compiled
def find_runs(plan: StepSchedule, last_col: int) -> None:
    """The runs and seams of all rows of tiles; last_col: one after the last column of cells."""
    for row in range(1, plan.level.shape[0] - 1):
        for kind in range(4):
            plan.many[kind, row], plan.soonest[kind, row] = 0, ASLEEP
        plan.seams_many[row] = 0
        for col in range(1, plan.level.shape[1] - 1):
            own, before, after = plan.level[row, col], plan.level[row, col - 1], plan.level[row, col + 1]
            above, below = plan.level[row - 1, col], plan.level[row + 1, col]
            first = 1 + (col - 1) * WIDE
            end = min(first + WIDE, last_col)
            read_first = max(first - LANES, 1) if own < before < ASLEEP else first
            read_end = min(end + LANES, last_col) if own < after < ASLEEP else end
            if own != ASLEEP:
                columns = (first, end, read_first, read_end)
                _add(plan, INSIDE, row, columns, own, own)
                _add(plan, TOP, row, columns, min(own, above), own)
                _add(plan, BOTTOM, row, columns, min(own, below), own)
                if above != ASLEEP:
                    _add(plan, UPPER, row, columns, min(own, above), own)
            if col > 1 and before != own:
                place = plan.seams_many[row]
                shut = before == ASLEEP or own == ASLEEP
                plan.seams[row, place, 0] = first
                plan.seams[row, place, 1] = first if own > before else first - 1
                plan.seams[row, place, 2] = ASLEEP if shut else min(own, before)
                plan.seams_many[row] = place + 1


@compiled
def _add(plan: StepSchedule, kind: int, row: int, columns: tuple[int, int, int, int], level: int, own: int) -> None:
    """One more run, or a longer last one; columns: its first, one after its last, and the same of what it reads."""
    first, end, read_first, read_end = columns
    place = plan.many[kind, row]
    runs = plan.runs[kind, row]
    if place > 0 and runs[place - 1, 1] == first and runs[place - 1, 2] == level and runs[place - 1, 3] == own:
        runs[place - 1, 1], runs[place - 1, 5] = end, read_end
    else:
        runs[place, 0], runs[place, 1], runs[place, 2], runs[place, 3] = first, end, level, own
        runs[place, 4], runs[place, 5] = read_first, read_end
        plan.many[kind, row] = place + 1
    plan.soonest[kind, row] = min(plan.soonest[kind, row], level)
