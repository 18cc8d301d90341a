"""What a forecast is asked: the ground, the water that comes, and the times and places that are wanted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import get_args

import numpy as np

from core.errors import InvalidInput, TooLarge
from core.hydraulics.domain import MAX_DURATION, Domain, Hydrograph, Inflow
from core.systems.flood.products.assets import NO_CRS, Asset
from core.systems.flood.request import Mode
from core.systems.flood.terrain.terrain import Terrain

MODES: tuple[str, ...] = get_args(Mode)
LEAD_TIMES = 12  # steps to the end, where none are named and not too many cells; the times that `physics` takes anyway
MAX_NUMBERS = 12 * 4096 * 4096  # cells times lead times, of which a forecast keeps the depths: 0.8 GB


@dataclass(frozen=True, eq=False)
class Question:
    """What the engine answers. Raises InvalidInput and TooLarge for what cannot be forecast.

    ground: as read from the file.
    domain: what the water runs on, houses raised.
    duration: how long the flood is followed [s].
    rain: intensity over time [m/s]; None for none.
    inflows: water that enters at cells, discharge over time [m3/s].
    lead_times: when depths are wanted, ascending [s].
    mode: accurate or fast.
    assets: places where depths are wanted.
    """

    ground: Terrain
    domain: Domain
    duration: float
    rain: Hydrograph | None
    inflows: tuple[Inflow, ...]
    lead_times: tuple[float, ...]
    mode: Mode
    assets: tuple[Asset, ...] | None = None

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise InvalidInput(
                expected=f"a mode out of {', '.join(MODES)}", received=f"{self.mode!r:.40}", advice="Choose one."
            )
        times, cells = self.lead_times, self.ground.elevation.size
        if not 0 < self.duration <= MAX_DURATION:
            raise InvalidInput(
                expected=f"a duration above 0 and up to {MAX_DURATION:,.0f} s (30 days)",
                received=f"{self.duration:g} s",
                advice="Shorten the event.",
            )
        if not times or any(np.diff(times) <= 0) or not 0 <= times[0] <= times[-1] <= self.duration:
            raise InvalidInput(
                expected=f"lead times that ascend, from 0 to the duration, {self.duration:g} s",
                received=f"{list(times)!s:.80}",
                advice="Correct them, or leave them out.",
            )
        if len(times) * cells > MAX_NUMBERS:
            raise TooLarge(
                expected=f"up to {MAX_NUMBERS:,} cells times lead times",
                received=f"{cells:,} cells at {len(times)} lead times",
                advice="Ask for fewer of them, or for wider cells.",
            )
        if self.assets and self.ground.crs is None:
            raise InvalidInput(NO_CRS)

    @property
    def digest(self) -> str:
        """sha256 of all that decides the answer, in hex."""
        sha256 = hashlib.sha256()
        series = [self.rain, *(inflow.series for inflow in self.inflows)]
        arrays = [self.domain.elevation, np.asarray(self.domain.manning, np.float64)]
        arrays += [inflow.cells for inflow in self.inflows]
        arrays += [part for rate in series if rate is not None for part in (rate.times, rate.rates)]
        for array in arrays:
            sha256.update(np.ascontiguousarray(array).data if array.size else b"")
            sha256.update(repr(array.shape).encode())
        domain, ground = self.domain, self.ground
        plain = (
            domain.dx,
            domain.dy,
            sorted(domain.open_edges),
            ground.crs,
            tuple(ground.transform),
            self.rain is None,
        )
        assets = [(asset.name, asset.shape.wkb_hex) for asset in self.assets or ()]
        sha256.update(repr((plain, self.duration, self.lead_times, self.mode, assets)).encode())
        return sha256.hexdigest()


def equal_lead_times(duration: float, ground: Terrain) -> tuple[float, ...]:
    """Lead times in equal steps to the end of `duration` [s], as many as a forecast on `ground` can keep."""
    count = min(LEAD_TIMES, max(1, MAX_NUMBERS // ground.elevation.size))
    return tuple(np.linspace(0.0, duration, count + 1)[1:].tolist())
