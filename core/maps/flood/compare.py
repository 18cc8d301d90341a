"""Two forecasts of one area beside one another: how alike their floods are, in numbers for a table."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.evaluation import extents
from core.evaluation.classes import percent
from core.hydraulics.hazard import WET
from core.maps.flood.folder import Folder, band
from core.maps.flood.pictures import alike

DEPTHS = tuple(extents.THRESHOLDS.values())  # from which the extents are compared [m]


@dataclass(frozen=True)
class Comparison:
    """What `one` says against `other`, which counts as the truth where one of them must. None where nothing is wet.

    csi: by depth [m], cells wet in both over cells wet in either, of the greatest depths; hit_rate: of what is wet in
    `other`; false_alarms: of what is wet in `one`. mean_error, rmse: of the greatest depth where one of them is
    wet [m]. largest_error: by amount [m]. arrival_error: mean amount where both arrive [s]. area_one, area_other: with
    0.05 m or more [m2]. volume_error: at the last lead time that both have, as a share of that in `other`. seconds_one,
    seconds_other: what each took.
    """

    csi: dict[float, float | None]
    hit_rate: dict[float, float | None]
    false_alarms: dict[float, float | None]
    mean_error: float | None
    rmse: float | None
    largest_error: float | None
    arrival_error: float | None
    area_one: float
    area_other: float
    volume_error: float | None
    seconds_one: float
    seconds_other: float

    @property
    def speed_up(self) -> float | None:
        """How many times as long `other` took."""
        return _share(self.seconds_other, self.seconds_one)

    def table(self) -> list[tuple[str, str]]:
        """What is told and its value in words, units in both."""
        bounds = list(self.csi)
        rows = [(f"CSI of {bound:g} m or more", _said(self.csi[bound], "", 1)) for bound in bounds]
        rows += [(f"Of the wet cells found, {bound:g} m", percent(self.hit_rate[bound])) for bound in bounds]
        rows += [(f"Of its wet cells wrong, {bound:g} m", percent(self.false_alarms[bound])) for bound in bounds]
        rows += [
            ("Mean error of the greatest depth", _said(self.mean_error, " m", 1)),
            ("RMSE of the greatest depth", _said(self.rmse, " m", 1)),
            ("Largest error of the greatest depth", _said(self.largest_error, " m", 1)),
            ("Mean error of the arrival", _said(self.arrival_error, " min", 1 / 60)),
            ("Flooded area, and of the other", f"{self.area_one / 1e4:,.1f} and {self.area_other / 1e4:,.1f} ha"),
            ("Error of the volume at the end", _said(self.volume_error, " %", 100)),
            ("Time taken, and by the other", f"{self.seconds_one:,.1f} and {self.seconds_other:,.1f} s"),
        ]
        return rows


def compare(one: Folder, other: Folder) -> Comparison:
    """The comparison of two forecasts on one grid. Raises InvalidInput where they do not lie on one, or are damaged."""
    alike([one, other])
    ours, theirs = (_band(each, "max_depth") for each in (one, other))
    ours, theirs = ours + 0 * theirs, theirs + 0 * ours  # NaN in one is NaN in both
    apart = (ours - theirs)[(ours >= np.float32(WET)) | (theirs >= np.float32(WET))].astype(np.float64)
    cell = math.prod(one.cell_size)
    volume_one, volume_other = _volumes(one, other)
    return Comparison(
        csi={bound: extents.csi(ours, theirs, bound) for bound in DEPTHS},
        hit_rate={bound: extents.hit_rate(ours, theirs, bound) for bound in DEPTHS},
        false_alarms={bound: extents.false_alarm_ratio(ours, theirs, bound) for bound in DEPTHS},
        mean_error=float(apart.mean()) if apart.size else None,
        rmse=extents.wet_errors(ours, theirs)[0],
        largest_error=float(np.abs(apart).max()) if apart.size else None,
        arrival_error=extents.arrival_error(_band(one, "arrival"), _band(other, "arrival")),
        area_one=np.count_nonzero(ours >= np.float32(WET)) * cell,
        area_other=np.count_nonzero(theirs >= np.float32(WET)) * cell,
        volume_error=_share(volume_one - volume_other, volume_other),
        seconds_one=float(one.summary.get("seconds") or 0.0),
        seconds_other=float(other.summary.get("seconds") or 0.0),
    )


def _band(folder: Folder, name: str, number: int = 1) -> np.ndarray:
    with folder.raster(name) as dataset:
        return band(dataset, number)


def _volumes(one: Folder, other: Folder) -> tuple[float, float]:
    """Of the last lead time that both have [m3]; nothing where they share none."""
    shared = sorted(set(one.lead_times) & set(other.lead_times))
    if not shared:
        return 0.0, 0.0
    made = []
    for folder in (one, other):
        depth = _band(folder, "depth", folder.lead_times.index(shared[-1]) + 1)
        made.append(float(np.nansum(depth, dtype=np.float64)) * math.prod(folder.cell_size))
    return made[0], made[1]


def _share(part: float, of: float) -> float | None:
    return part / of if of else None


def _said(value: float | None, unit: str, times: float) -> str:
    return "–" if value is None else f"{value * times:.2f}{unit}"
