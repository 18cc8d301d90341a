"""Two forecasts of one area beside one another: how alike their floods are, in numbers for a table."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.artefacts import forecast_files
from core.evaluation import extents
from core.hydraulics.hazard import WET
from core.maps.flood.forecast_folder import ForecastFolder, read_band
from core.maps.flood.pictures import require_one_grid
from core.written_numbers import percent

DEPTHS = tuple(extents.THRESHOLDS.values())  # from which the extents are compared [m]


@dataclass(frozen=True)
class Comparison:
    """How far a forecast agrees with a reference, which counts as the truth. None where nothing is wet.

    csi: critical success index by depth [m]: cells wet in both over cells wet in either, of the greatest depths.
    hit_rate: share of the reference's wet cells that the forecast has, by depth [m].
    false_alarms: share of the forecast's wet cells that the reference does not have, by depth [m].
    mean_error, rmse, largest_error: of the greatest depth where one of them is wet; the largest by amount [m].
    arrival_error: mean absolute error where water arrives in both [s].
    area_forecast, area_reference: area with 0.05 m or more [m2].
    volume_error: of the water at the last lead time that both have, as a share of the reference's.
    seconds_forecast, seconds_reference: what the computations took [s].
    """

    csi: dict[float, float | None]
    hit_rate: dict[float, float | None]
    false_alarms: dict[float, float | None]
    mean_error: float | None
    rmse: float | None
    largest_error: float | None
    arrival_error: float | None
    area_forecast: float
    area_reference: float
    volume_error: float | None
    seconds_forecast: float
    seconds_reference: float

    def table(self) -> list[tuple[str, str]]:
        """Name and value of each figure in words, with units."""
        bounds = list(self.csi)
        rows = [(f"CSI of {bound:g} m or more", _figure(self.csi[bound], "", 1)) for bound in bounds]
        rows += [(f"Of the wet cells found, {bound:g} m", percent(self.hit_rate[bound])) for bound in bounds]
        rows += [(f"Of its wet cells wrong, {bound:g} m", percent(self.false_alarms[bound])) for bound in bounds]
        rows += [
            ("Mean error of the greatest depth", _figure(self.mean_error, " m", 1)),
            ("RMSE of the greatest depth", _figure(self.rmse, " m", 1)),
            ("Largest error of the greatest depth", _figure(self.largest_error, " m", 1)),
            ("Mean error of the arrival", _figure(self.arrival_error, " min", 1 / 60)),
            (
                "Flooded area, and of the other",
                f"{self.area_forecast / 1e4:,.1f} and {self.area_reference / 1e4:,.1f} ha",
            ),
            ("Error of the volume at the end", _figure(self.volume_error, " %", 100)),
            ("Time taken, and by the other", f"{self.seconds_forecast:,.1f} and {self.seconds_reference:,.1f} s"),
        ]
        return rows


def compare(forecast: ForecastFolder, reference: ForecastFolder) -> Comparison:
    """The comparison of two forecasts. Raises InvalidInput where they do not lie on one grid, or are damaged."""
    require_one_grid([forecast, reference])
    ours, theirs = (_band(folder, forecast_files.MAX_DEPTH) for folder in (forecast, reference))
    ours, theirs = ours + 0 * theirs, theirs + 0 * ours  # NaN in one is NaN in both
    differences = (ours - theirs)[(ours >= np.float32(WET)) | (theirs >= np.float32(WET))].astype(np.float64)
    cell = math.prod(forecast.cell_size)
    volume_forecast, volume_reference = _volumes(forecast, reference)
    return Comparison(
        csi={bound: extents.csi(ours, theirs, bound) for bound in DEPTHS},
        hit_rate={bound: extents.hit_rate(ours, theirs, bound) for bound in DEPTHS},
        false_alarms={bound: extents.false_alarm_ratio(ours, theirs, bound) for bound in DEPTHS},
        mean_error=float(differences.mean()) if differences.size else None,
        rmse=extents.wet_errors(ours, theirs)[0],
        largest_error=float(np.abs(differences).max()) if differences.size else None,
        arrival_error=extents.arrival_error(
            _band(forecast, forecast_files.ARRIVAL), _band(reference, forecast_files.ARRIVAL)
        ),
        area_forecast=np.count_nonzero(ours >= np.float32(WET)) * cell,
        area_reference=np.count_nonzero(theirs >= np.float32(WET)) * cell,
        volume_error=_share(volume_forecast - volume_reference, volume_reference),
        seconds_forecast=float(forecast.summary.get("seconds") or 0.0),
        seconds_reference=float(reference.summary.get("seconds") or 0.0),
    )


def _band(folder: ForecastFolder, name: str, number: int = 1) -> np.ndarray:
    with folder.raster(name) as dataset:
        return read_band(dataset, number)


def _volumes(forecast: ForecastFolder, reference: ForecastFolder) -> tuple[float, float]:
    """Water of each at the last lead time that both have [m3]; 0 where they share none."""
    shared = sorted(set(forecast.lead_times) & set(reference.lead_times))
    if not shared:
        return 0.0, 0.0
    volumes = []
    for folder in (forecast, reference):
        depth = _band(folder, forecast_files.DEPTH, folder.lead_times.index(shared[-1]) + 1)
        volumes.append(float(np.nansum(depth, dtype=np.float64)) * math.prod(folder.cell_size))
    return volumes[0], volumes[1]


def _share(part: float, total: float) -> float | None:
    return part / total if total else None


def _figure(value: float | None, unit: str, factor: float) -> str:
    return "–" if value is None else f"{value * factor:.2f}{unit}"
