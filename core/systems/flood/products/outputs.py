"""A forecast as a folder of files that other programs open: rasters, lines and outlines, a table, a summary.

| file | holds |
|---|---|
| terrain.tif | ground above datum, as it was computed on [m] |
| depth.tif | depth at the lead times, a band for each [m] |
| max_depth.tif, max_depth_low.tif, max_depth_high.tif | greatest depth, and its 80 % interval where one is known [m] |
| arrival.tif | first time of 0.05 m [s] |
| max_speed.tif | greatest speed [m/s] |
| hazard.tif | hazard rating, see `core.hydraulics.hazard` |
| routes.geojson, extents.geojson | where the terrain says where it lies |
| assets.csv, assets.geojson | where assets were given |
| summary.json | the numbers of `summary` |

Rasters are cloud-optimised GeoTIFFs of float32 in the terrain's coordinate system; NaN is no data.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import InvalidInput
from core.hydraulics.hazard import WET
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.products import assets as assets_at
from core.systems.flood.products import extents, flow_paths
from core.systems.flood.products.summary import summary
from core.systems.flood.terrain.raster_files import write_raster
from core.tables.spreadsheet import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

SUMMARY = "summary.json"  # marks a folder of ours, which may be replaced


def write(forecast: FloodForecast, folder: Path, found: Sequence[assets_at.Exposure] | None = None) -> list[Path]:
    """Write all files, with `found` at assets; the folder appears complete or not at all. Returns the files, by name.

    A folder that a forecast was written to before is replaced. Raises InvalidInput for one that holds other things.
    """
    with _complete(folder) as made:
        for name, bands in _rasters(forecast).items():
            write_raster(made / f"{name}.tif", forecast.terrain, *bands)
        if forecast.terrain.crs is not None:
            _write_json(made / "routes.geojson", flow_paths.routes(forecast))
            _write_json(made / "extents.geojson", extents.extents(forecast))
        if found is not None:
            (made / "assets.csv").write_bytes(table(found).encode("utf-8-sig"))
            _write_json(made / "assets.geojson", assets_at.collection(list(found)))
        _write_json(made / SUMMARY, summary(forecast))
    return sorted(folder.iterdir())


def _rasters(forecast: FloodForecast) -> dict[str, tuple[np.ndarray, str, list[str]]]:
    """Raster, unit, and what each band holds, by file name."""
    interval = {"max_depth_low": (forecast.low, "Lower"), "max_depth_high": (forecast.high, "Upper")}
    return {
        "terrain": (forecast.terrain.elevation, "m", ["Ground above datum"]),
        "depth": (forecast.depth, "m", [f"Water depth after {one:g} s" for one in forecast.lead_times]),
        "max_depth": (forecast.max_depth, "m", ["Greatest water depth"]),
        **{
            name: (raster, "m", [f"{side} end of the 80 % interval of the greatest depth"])
            for name, (raster, side) in interval.items()
            if raster is not None
        },
        "arrival": (forecast.arrival, "s", [f"First time with {WET:g} m of water; no data where it never comes"]),
        "max_speed": (forecast.max_speed, "m/s", [f"Greatest speed while at least {WET:g} m deep"]),
        "hazard": (forecast.hazard, "1", ["Hazard rating d (v + 0.5) + DF, FD2320; from 0.75, 1.25, 2.0 a class up"]),
    }


def table(found: Sequence[assets_at.Exposure]) -> str:
    """Assets as CSV, safe to open in a spreadsheet."""
    text = io.StringIO()
    rows = [assets_at.row(one) for one in found]
    names = list(rows[0]) if rows else ["name"]
    writer = csv.DictWriter(text, names, lineterminator="\r\n")
    writer.writeheader()
    for one in rows:
        writer.writerow({name: harmless(value) for name, value in one.items()})
    return text.getvalue()


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, allow_nan=False, ensure_ascii=False), encoding="utf-8")


def about(forecast: FloodForecast) -> str:
    """All that the summary says but for the time that it took: what tells forecasts with equal rasters apart."""
    return json.dumps({**summary(forecast), "seconds": None}, sort_keys=True)


@contextmanager
def _complete(folder: Path) -> Iterator[Path]:
    """A folder to write into that takes the place of `folder` at the end, and is gone if anything fails."""
    if folder.exists() and not _ours(folder):
        raise InvalidInput(
            f"Expected a new folder, or one that holds an earlier forecast. Received {folder}, which holds other "
            "things. Choose another."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        made, old = work / "new", work / "old"
        made.mkdir()
        yield made
        if folder.exists():
            folder.rename(old)
        made.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _ours(folder: Path) -> bool:
    return folder.is_dir() and ((folder / SUMMARY).is_file() or not any(folder.iterdir()))
