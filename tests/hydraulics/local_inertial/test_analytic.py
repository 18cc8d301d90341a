"""The solver against solutions in closed form, with the error that it has."""

from __future__ import annotations

import numpy as np
import pytest

from core.hydraulics.constants import GRAVITY
from core.hydraulics.domain import Domain, Hydrograph, Inflow
from core.hydraulics.local_inertial.options import SolverOptions
from core.hydraulics.local_inertial.solver import solve


@pytest.mark.parametrize("across", [False, True], ids=["to the east", "to the south"])
@pytest.mark.parametrize(("width", "worst"), [(50.0, 0.02), (25.0, 0.02)])
def test_a_wave_that_does_not_break_runs_over_a_plane_as_computed(width: float, worst: float, across: bool) -> None:
    """Hunter et al. (2005), Adv. Water Resour. 28; Bates et al. (2010), section 4.1: a front of constant speed u.

    Their equation has no inertia; ours has, which is a part of the difference.
    """
    manning, speed, seconds = 0.03, 1.0, 3600.0

    def depth(x: np.ndarray, t: float | np.ndarray) -> np.ndarray:
        return np.asarray(np.maximum(7 / 3 * manning**2 * speed**2 * (speed * t - x), 0.0) ** (3 / 7))

    cells = int(5000 / width)
    ground = np.zeros((cells, 1)) if across else np.zeros((1, cells))
    times = np.linspace(0, seconds, 721)
    inflow = Inflow(np.array([[0, 0]]), Hydrograph(times, speed * depth(np.array(0.0), times) * width))
    computed = solve(Domain(ground, width, width, manning), seconds, inflows=[inflow]).depth.ravel()
    expected = depth((np.arange(cells) + 0.5) * width, seconds)
    wet = expected > 0
    assert np.sqrt(np.mean((computed - expected)[wet] ** 2)) < worst * expected.max()
    assert abs(np.argmin(computed > 0.05) - np.argmin(expected > 0.05)) <= 2 * 50 / width


def ritter(x: np.ndarray, t: float, upstream: float) -> np.ndarray:
    """Depth after a dam at x = 0 breaks, over a dry bed without friction: Ritter (1892) [m]."""
    wave = np.sqrt(GRAVITY * upstream)
    middle = (2 * wave - x / t) ** 2 / (9 * GRAVITY)
    return np.where(x < -wave * t, upstream, np.where(x > 2 * wave * t, 0.0, middle))


def stoker(x: np.ndarray, t: float, upstream: float, downstream: float) -> np.ndarray:
    """Depth after a dam at x = 0 breaks, over a wet bed without friction: Stoker (1957) [m]."""
    wave = np.sqrt(GRAVITY * upstream)

    def mismatch(depth: float) -> float:
        speed = 2 * (wave - np.sqrt(GRAVITY * depth))
        shock = np.sqrt(GRAVITY * depth * (depth + downstream) / (2 * downstream))
        return float(speed * depth - shock * (depth - downstream))

    low, high = downstream, upstream
    for _ in range(100):
        low, high = ((low + high) / 2, high) if mismatch((low + high) / 2) > 0 else (low, (low + high) / 2)
    plateau = low
    speed = 2 * (wave - np.sqrt(GRAVITY * plateau))
    shock = speed * plateau / (plateau - downstream)
    fan = (2 * wave - x / t) ** 2 / (9 * GRAVITY)
    tail = (speed - np.sqrt(GRAVITY * plateau)) * t
    behind = np.where(x < -wave * t, upstream, np.where(x < tail, fan, plateau))
    return np.where(x > shock * t, downstream, behind)


@pytest.mark.parametrize(
    ("downstream", "mean_error", "front_error"),
    [(0.0, 0.15, 0.60), (0.1, 0.22, 0.40), (0.5, 0.15, 0.25)],
    ids=["dry", "wet, 1:20", "wet, 1:4"],
)
def test_a_dam_break_is_off_by_no_more_than_stated(downstream: float, mean_error: float, front_error: float) -> None:
    """Without advection the front is too slow or too fast and the fan's shape is another: Bates et al. (2010) say so.

    mean_error: of depth, as a share of the upstream depth, over cells between the two fronts.
    """
    upstream, width, seconds = 2.0, 1.0, 20.0
    x = (np.arange(600) + 0.5) * width - 300
    start = np.where(x < 0, upstream, downstream)[None, :]
    computed = solve(
        Domain(np.zeros((1, 600)), width, width, 0.0), seconds, start_depth=start, options=SolverOptions()
    ).depth[0]
    expected = stoker(x, seconds, upstream, downstream) if downstream else ritter(x, seconds, upstream)
    moved = np.abs(expected - np.where(x < 0, upstream, downstream)) > 1e-6
    above = downstream + 0.05
    fronts = [float(x[depth > above].max()) for depth in (computed, expected)]
    assert np.abs(computed - expected)[moved].mean() < mean_error * upstream
    assert abs(fronts[0] - fronts[1]) < front_error * fronts[1]
    assert computed.sum() == pytest.approx(start.sum(), rel=1e-12)
