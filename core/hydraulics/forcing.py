"""Rain and inflows as one array of rates over time, for the compiled loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.hydraulics.domain import Hydrograph, Inflow


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


def forcing_series(rain: Hydrograph | None, inflows: Sequence[Inflow]) -> ForcingSeries:
    """Rain and the inflows, in their order; no rain is a series of zeros."""
    no_rain = Hydrograph(np.array([0.0, 1.0]), np.zeros(2))
    hydrographs = [rain or no_rain, *(inflow.series for inflow in inflows)]
    starts = np.concatenate(([0], np.cumsum([len(series.times) for series in hydrographs])))
    columns = [(series.times, series.rates, series.volumes) for series in hydrographs]
    return ForcingSeries(starts, *(np.concatenate(column).astype(np.float64) for column in zip(*columns, strict=True)))
