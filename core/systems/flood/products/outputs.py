"""A forecast as a folder of files that other programs open: rasters, lines and outlines, a table, a summary.

`core.artefacts.forecast_files` says what the folder holds.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from core.artefacts import forecast_files
from core.errors import InvalidInput
from core.hydraulics.hazard import WET
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.products import exposure, extents, flow_paths, velocity
from core.systems.flood.products.exposure import Exposure
from core.systems.flood.products.summary import summarise
from core.systems.flood.terrain.raster_files import write_raster
from core.tables.spreadsheet import harmless


def write(forecast: FloodForecast, folder: Path, exposures: Sequence[Exposure] | None = None) -> list[Path]:
    """Write all files; the folder appears complete or not at all, and replaces that of an earlier forecast.

    forecast: what is written.
    folder: to write to.
    exposures: what happens at assets; None where none were asked for.

    Returns the files, by name. Raises InvalidInput for a folder that holds other things.
    """
    with _complete(folder) as new:
        for raster, (values, unit, bands) in _rasters(forecast).items():
            write_raster(new / forecast_files.raster_file(raster), forecast.terrain, values, unit, bands)
        _write_velocity(new, forecast)
        if forecast.terrain.crs is not None:
            _write_json(new / forecast_files.layer_file(forecast_files.ROUTES), flow_paths.trace(forecast))
            _write_json(new / forecast_files.layer_file(forecast_files.EXTENTS), extents.outline(forecast))
        if exposures is not None:
            (new / forecast_files.ASSETS_TABLE_FILE).write_bytes(assets_table(exposures).encode("utf-8-sig"))
            _write_json(new / forecast_files.layer_file(forecast_files.ASSETS), exposure.collection(exposures))
        _write_json(new / forecast_files.SUMMARY_FILE, summarise(forecast))
    return sorted(folder.iterdir())


def _rasters(forecast: FloodForecast) -> dict[str, tuple[np.ndarray, str, list[str]]]:
    """Values, unit, and what each band holds, by the raster's name."""
    interval = {
        forecast_files.MAX_DEPTH_LOW: (forecast.low, "Lower"),
        forecast_files.MAX_DEPTH_HIGH: (forecast.high, "Upper"),
    }
    arrival = f"First time with {WET:g} m of water; no data where it never comes"
    hazard = "Hazard rating d (v + 0.5) + DF, FD2320; from 0.75, 1.25, 2.0 a class up"
    return {
        forecast_files.TERRAIN: (forecast.terrain.elevation, "m", ["Ground above datum"]),
        forecast_files.DEPTH: (forecast.depth, "m", [f"Water depth after {time:g} s" for time in forecast.lead_times]),
        forecast_files.MAX_DEPTH: (forecast.max_depth, "m", ["Greatest water depth"]),
        **{
            name: (raster, "m", [f"{side} end of the 80 % interval of the greatest depth"])
            for name, (raster, side) in interval.items()
            if raster is not None
        },
        forecast_files.ARRIVAL: (forecast.arrival, "s", [arrival]),
        forecast_files.MAX_SPEED: (forecast.max_speed, "m/s", [f"Greatest speed while at least {WET:g} m deep"]),
        forecast_files.HAZARD: (forecast.hazard, "1", [hazard]),
    }


def _write_velocity(folder: Path, forecast: FloodForecast) -> None:
    """Write the velocity at the lead times, which has a grid of its own."""
    blocks = velocity.in_blocks(forecast)
    estimated = "" if forecast.engine == "solver" else ", estimated from coarse cells"
    for name, raster, way in (
        (forecast_files.VELOCITY_EAST, blocks.east, "east"),
        (forecast_files.VELOCITY_NORTH, blocks.north, "north"),
    ):
        bands = [f"Velocity to the grid's {way} after {time:g} s{estimated}" for time in forecast.lead_times]
        path = folder / forecast_files.raster_file(name)
        write_raster(path, forecast.terrain, raster, "m/s", bands, blocks.transform, velocity.FILE_BLOCK)


def assets_table(exposures: Sequence[Exposure]) -> str:
    """What happens at assets as CSV, safe to open in a spreadsheet."""
    text = io.StringIO()
    rows = [exposure.row(asset) for asset in exposures]
    names = list(rows[0]) if rows else ["name"]
    writer = csv.DictWriter(text, names, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: harmless(value) for name, value in row.items()})
    return text.getvalue()


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, allow_nan=False, ensure_ascii=False), encoding="utf-8")


def about(forecast: FloodForecast) -> str:
    """The summary as JSON without the time that it took: what tells forecasts with equal rasters apart."""
    return json.dumps({**summarise(forecast), "seconds": None}, sort_keys=True)


@contextmanager
def _complete(folder: Path) -> Iterator[Path]:
    """A folder to write into that takes the place of `folder` at the end, and is gone if anything fails."""
    if folder.exists() and not _holds_forecast(folder):
        raise InvalidInput(
            expected="a new folder, or one that holds an earlier forecast",
            received=f"{folder}, which holds other things",
            advice="Choose another.",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        new, old = work / "new", work / "old"
        new.mkdir()
        yield new
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _holds_forecast(folder: Path) -> bool:
    """Whether a folder is empty or was written here, so that it may be replaced."""
    return folder.is_dir() and ((folder / forecast_files.SUMMARY_FILE).is_file() or not any(folder.iterdir()))
