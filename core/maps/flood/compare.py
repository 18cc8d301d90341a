"""Two forecasts of one area beside one another: how alike their floods are, in numbers for a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.depths import WET
from core.maps.flood.folder import Folder, band
from core.maps.flood.pictures import alike

DEPTHS = (WET, 0.3)  # from which the extents are compared [m]
ROWS = 512  # that are read at a time: all numbers are sums


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
        rows += [(f"Of the wet cells found, {bound:g} m", _said(self.hit_rate[bound], " %", 100)) for bound in bounds]
        rows += [
            (f"Of its wet cells wrong, {bound:g} m", _said(self.false_alarms[bound], " %", 100)) for bound in bounds
        ]
        rows += [
            ("Mean error of the greatest depth", _said(self.mean_error, " m", 1)),
            ("RMSE of the greatest depth", _said(self.rmse, " m", 1)),
            ("Largest error of the greatest depth", _said(self.largest_error, " m", 1)),
            ("Mean error of the arrival", _said(self.arrival_error, " min", 1 / 60)),
            ("Flooded area, and of the other", f"{self.area_one / 1e4:,.1f} and {self.area_other / 1e4:,.1f} ha"),
            ("Error of the volume at the end", _said(self.volume_error, " %", 100)),
            ("Time taken, and by the other", f"{self.seconds_one:,.2g} and {self.seconds_other:,.2g} s"),
        ]
        return rows


def compare(one: Folder, other: Folder) -> Comparison:
    """The comparison of two forecasts on one grid. Raises InvalidInput where they do not lie on one, or are damaged."""
    alike([one, other])
    sums = _sums(one, other)
    cell = math.prod(one.cell_size)
    either = sums["either", WET]
    both_arrive, volume_one, volume_other = sums["both arrive"], *_volumes(one, other)
    return Comparison(
        csi={bound: _share(sums["both", bound], sums["either", bound]) for bound in DEPTHS},
        hit_rate={bound: _share(sums["both", bound], sums["other", bound]) for bound in DEPTHS},
        false_alarms={bound: _share(sums["one", bound] - sums["both", bound], sums["one", bound]) for bound in DEPTHS},
        mean_error=_share(sums["error"], either),
        rmse=math.sqrt(sums["squared"] / either) if either else None,
        largest_error=sums["largest"] if either else None,
        arrival_error=_share(sums["late"], both_arrive),
        area_one=sums["one", WET] * cell,
        area_other=sums["other", WET] * cell,
        volume_error=_share(volume_one - volume_other, volume_other),
        seconds_one=float(one.summary.get("seconds") or 0.0),
        seconds_other=float(other.summary.get("seconds") or 0.0),
    )


def _sums(one: Folder, other: Folder) -> dict[Any, float]:
    """Counts and sums over all cells that have data in both."""
    made: dict[Any, float] = dict.fromkeys(("error", "squared", "largest", "late", "both arrive"), 0.0)
    made |= {(name, bound): 0.0 for name in ("one", "other", "both", "either") for bound in DEPTHS}
    for first in range(0, one.shape[0], ROWS):
        window = ((first, min(first + ROWS, one.shape[0])), (0, one.shape[1]))
        ours, theirs = (_rows(each, "max_depth", window) for each in (one, other))
        ours, theirs = ours + 0 * theirs, theirs + 0 * ours  # NaN in one is NaN in both
        for bound in DEPTHS:
            wet, truth = ours >= np.float32(bound), theirs >= np.float32(bound)
            for name, cells in (("one", wet), ("other", truth), ("both", wet & truth), ("either", wet | truth)):
                made[name, bound] += int(cells.sum())
        apart = (ours - theirs)[(ours >= np.float32(WET)) | (theirs >= np.float32(WET))].astype(np.float64)
        made["error"] += float(apart.sum())
        made["squared"] += float((apart**2).sum())
        made["largest"] = max(made["largest"], float(np.abs(apart).max(initial=0.0)))
        late = np.abs(_rows(one, "arrival", window) - _rows(other, "arrival", window)).astype(np.float64)
        made["late"] += float(np.nansum(late))
        made["both arrive"] += int(np.isfinite(late).sum())
    return made


def _rows(folder: Folder, name: str, window: Sequence[tuple[int, int]]) -> np.ndarray:
    with folder.raster(name) as dataset:
        return band(dataset, window=tuple(window))


def _volumes(one: Folder, other: Folder) -> tuple[float, float]:
    """Of the last lead time that both have [m3]; nothing where they share none."""
    shared = sorted(set(one.lead_times) & set(other.lead_times))
    if not shared:
        return 0.0, 0.0
    made = []
    for folder in (one, other):
        with folder.raster("depth") as dataset:
            depth = band(dataset, folder.lead_times.index(shared[-1]) + 1)
        made.append(float(np.nansum(depth, dtype=np.float64)) * math.prod(folder.cell_size))
    return made[0], made[1]


def _share(part: float, of: float) -> float | None:
    return part / of if of else None


def _said(value: float | None, unit: str, times: float) -> str:
    return "–" if value is None else f"{value * times:.2g}{unit}" if unit == " %" else f"{value * times:.2f}{unit}"
