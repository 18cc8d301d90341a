"""Steps that go down the grid behind each other: the water of single steps, on the cells that it can reach alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from core.hydraulics.boundaries import forcing_series
from core.hydraulics.constants import INFLOW, OUTFLOW, STEPS, TIME
from core.hydraulics.domain import Domain, Inflow, hydrograph
from core.hydraulics.local_inertial.arrays import new_state, new_terrain
from core.hydraulics.local_inertial.options import SolverOptions, scheme_parameters
from core.hydraulics.local_inertial.solver import solve
from core.hydraulics.local_inertial.state import MAX_BLOCK_STEPS, SEGMENT, FlowState
from core.hydraulics.local_inertial.sweep import advance
from tests.support.terrains import hills

ALL = frozenset({"north", "east", "south", "west"})
POND = SolverOptions(longest_step=0.5)  # an exact step, whatever the depth


@dataclass(frozen=True)
class Run:
    """A flood that is stepped block by block."""

    domain: Domain
    inflows: tuple[Inflow, ...] = ()
    start: np.ndarray | None = None
    options: SolverOptions = POND

    def blocks(self, until: float, alone: bool = False) -> tuple[FlowState, list[int]]:
        """The water at `until` [s], and how many steps were taken at a time; `alone`: one, as on swelling water."""
        terrain, forcing = new_terrain(self.domain, self.inflows), forcing_series(None, self.inflows)
        state = new_state(self.domain, self.start, terrain, 1 + len(self.inflows))
        parameters, together = scheme_parameters(self.options), []
        while state.clock[TIME] < until:
            before = state.clock[STEPS]
            advance(terrain, forcing, state, parameters, until, 1)
            together.append(int(state.clock[STEPS] - before))
            state.previous_block[0] *= not alone
        return state, together


def pond(size: int = 70) -> Run:
    """A pond that runs out over hills and open edges, fed by a river beside it."""
    start = np.zeros((size, size))
    start[20:30, 22:32] = 1.5
    river = Inflow(np.array([[40, 40], [12, 31]]), hydrograph([(0, 3), (200, 3)]))
    return Run(Domain(hills(size, size, height=4.0), 5.0, 5.0, 0.03, ALL), (river,), start)


def test_steps_taken_together_give_the_water_of_single_ones_to_the_last_bit() -> None:
    (behind, together), (alone, single) = pond().blocks(150.0), pond().blocks(150.0, alone=True)
    assert max(together) == MAX_BLOCK_STEPS
    assert set(single) == {1}
    assert behind.clock[STEPS] == alone.clock[STEPS] == 300
    for name in ("depth", "flow_x", "flow_y", "max_depth", "arrival", "max_speed"):
        assert np.array_equal(getattr(behind, name), getattr(alone, name)), name
    assert behind.clock[INFLOW] == pytest.approx(450.0)
    assert behind.clock[OUTFLOW] == pytest.approx(alone.clock[OUTFLOW], rel=1e-12)
    assert behind.clock[OUTFLOW] > 1.0


@pytest.mark.parametrize("turned", [False, True], ids=["from row to row", "from unit to unit"])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("short_of_border", range(MAX_BLOCK_STEPS + 1))
def test_a_front_that_crosses_units_within_a_block_finds_them_awake(
    short_of_border: int, mirrored: bool, turned: bool
) -> None:
    start = np.zeros((3 * SEGMENT, 6))
    start[: SEGMENT - short_of_border] = 2.0
    start = start[::-1] if mirrored else start
    start = start.T.copy() if turned else start.copy()
    run = Run(Domain(np.zeros(start.shape), 5.0, 5.0), start=start, options=SolverOptions())
    everywhere = replace(run, options=SolverOptions(wet_only=False))
    (some, together), (whole, _) = run.blocks(30.0), everywhere.blocks(30.0)
    assert together[:3] == [1, MAX_BLOCK_STEPS, MAX_BLOCK_STEPS]
    assert some.clock[STEPS] == whole.clock[STEPS]
    assert np.array_equal(some.depth, whole.depth)
    assert not some.active[1:-1, 1:-1].all()


@pytest.mark.parametrize("col", range(SEGMENT - MAX_BLOCK_STEPS - 1, SEGMENT + MAX_BLOCK_STEPS + 1))
def test_water_that_comes_in_within_a_block_finds_the_cells_around_awake(col: int) -> None:
    source = Inflow(np.array([[20, col]]), hydrograph([(10, 2), (60, 2)]))  # too little to be met with single steps
    start = np.zeros((40, 3 * SEGMENT))
    start[:3, -3:] = 2.0
    ground = np.zeros(start.shape)
    ground[3, -4:] = ground[:4, -4] = np.nan
    run = Run(Domain(ground, 20.0, 20.0), (source,), start, SolverOptions())
    (some, together), (whole, _) = run.blocks(60.0), replace(run, options=SolverOptions(wet_only=False)).blocks(60.0)
    assert set(together[1:]) == {MAX_BLOCK_STEPS} or together[-1] < MAX_BLOCK_STEPS
    assert np.array_equal(some.depth, whole.depth)


def test_steps_are_single_where_the_greatest_depth_grows() -> None:
    river = Inflow(np.array([[5, 5]]), hydrograph([(50, 20), (150, 20)]))
    _, together = Run(Domain(np.zeros((40, 40)), 5.0, 5.0), (river,), options=SolverOptions()).blocks(150.0)
    assert longest(0.05) * (1 + MAX_BLOCK_STEPS) < 50 < longest(0.05) * (1 + 2 * MAX_BLOCK_STEPS)
    assert together[:4] == [1, MAX_BLOCK_STEPS, 1, 1]  # dry, dry, and the river begins
    assert together[-2] == MAX_BLOCK_STEPS


def longest(depth: float) -> float:
    """A step on cells of 5 m with the default options [s]."""
    return float(0.6 * 5.0 / np.sqrt(9.80665 * depth))


def test_steps_up_to_a_stop_are_equal() -> None:
    start = np.full((20, 40), 2.0)
    seconds = 10.3 * longest(2.0)
    lake = Run(Domain(np.zeros((20, 40)), 5.0, 5.0), start=start, options=SolverOptions())
    assert lake.blocks(seconds)[1] == [1, MAX_BLOCK_STEPS, 10 - MAX_BLOCK_STEPS]
    run = solve(lake.domain, seconds, start_depth=start, lead_times=[seconds / 2, seconds])
    assert run.steps == 2 * 6
