"""Merewether, June 2007: the solver against five surveyed flood marks. TUFLOW is off by 0.114 m there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.hydraulics.local_inertial.solver import solve
from core.systems.flood import event, surveyed_levels


def test_the_flood_of_merewether_reaches_the_surveyed_levels(shared_flood: Path) -> None:
    found = event.read(shared_flood / "events" / "merewether_2007", cell_size=2.0)
    run = solve(found.domain, found.duration, found.rain, found.inflows)
    seen = found.observations
    assert seen is not None
    computed = surveyed_levels.sample_levels(found.ground, found.domain.elevation, run.max_depth, seen)
    assert np.isfinite(computed).all()
    assert surveyed_levels.rmse(computed, seen.level) <= 0.15
    assert abs(run.balance.error) < 1e-9
    assert run.balance.outflow > 0.5 * run.balance.inflow
