"""Has the flood loops compiled before the tests begin: processes side by side would each do it at the same time."""

from __future__ import annotations

import numpy as np

from core.hydraulics.domain import Domain, hydrograph
from core.hydraulics.local_inertial.solver import solve
from core.systems.flood.engine import FloodEngine

if __name__ == "__main__":
    FloodEngine("none", None).warm_up()
    rows, _ = np.mgrid[:48, :48]
    solve(Domain(10.0 - 0.05 * rows, 10.0, 10.0), 60.0, hydrograph([(0, 50), (60, 50)], 1 / 3.6e6))
