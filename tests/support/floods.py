"""Small floods for tests of the solvers: a rough hillside with a hole in it, a storm and a river."""

from __future__ import annotations

import numpy as np

from core.hydraulics.domain import Domain, Inflow, hydrograph
from tests.support.terrains import hills

STORM = hydrograph([(0, 20), (600, 90), (1500, 0)], 1 / 3.6e6)
ALL = frozenset({"north", "east", "south", "west"})


def rough(open_edges: frozenset[str] = ALL) -> Domain:
    """Hills on a slope of 61 x 75 cells of 10 m, with a hole without data."""
    ground = hills(61, 75, height=6.0) + np.linspace(3, 0, 75)
    ground[30:34, 40:50] = np.nan
    return Domain(ground, 10.0, 10.0, 0.03, open_edges)


def river() -> Inflow:
    """Up to 15 m3/s in one cell of it."""
    return Inflow(np.array([[20, 20]]), hydrograph([(0, 0), (600, 15), (1800, 5)]))
