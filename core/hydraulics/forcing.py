"""Rain and inflows as one array of rates over time, for the compiled loops."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class ForcingSeries(NamedTuple):
    """Rates over time, one series after the other: linear between rows and zero outside; series 0 is the rain.

    starts: rows starts[k] to starts[k + 1] belong to series k, shape (series + 1,).
    time: time of each row, ascending within a series, shape (rows,) [s].
    rate: rate at each row [m/s for rain, m3/s for inflow].
    volume: integral of the rate up to each row [m for rain, m3 for inflow].
    """

    starts: np.ndarray
    time: np.ndarray
    rate: np.ndarray
    volume: np.ndarray
