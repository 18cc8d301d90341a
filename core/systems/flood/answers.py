"""From a question to an answer: the forecast, its files, its numbers, and why it came out so."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from core.artefacts import answer_files, forecast_files
from core.contract import Answer, Explanation, Files
from core.hydraulics.domain import Hydrograph
from core.hydraulics.local_inertial.kernels import GRAVITY
from core.progress import Progress, ProgressListener, Stage
from core.systems.flood.engine import FloodEngine
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.physics import MODES
from core.systems.flood.products import exposure, outputs
from core.systems.flood.products.judgement import NO_INTERVALS, Judgement, judge
from core.systems.flood.products.summary import summarise
from core.systems.flood.question import Question

SECONDS_PER_STEP = 2e-8  # of one coarse cell, on one core [s]
SECONDS_PER_CELL = 5e-6  # of one fine cell: pooling at some times, network, files [s]
DEEP = 3.0  # that waves are taken to run on [m]
FILES_SHARE = 0.95  # of the time, for progress
AT_ONCE = 2  # forecasts that are computed at a time, by this process
SECONDS_TO_LOOK = 0.5  # between two looks whether it is one's turn, or whether one was cancelled
_turns = threading.BoundedSemaphore(AT_ONCE)


def expected_seconds(asked: Question) -> float:
    """About how long a forecast takes, by its cells and steps [s]."""
    mode, cells = MODES[asked.mode], asked.ground.elevation.size
    longest = mode.courant * mode.factor * min(asked.ground.dx, asked.ground.dy) / np.sqrt(GRAVITY * DEEP)
    steps = asked.duration / min(longest, 60.0)
    return float(cells * (SECONDS_PER_CELL + SECONDS_PER_STEP * steps / mode.factor**2))


def answer(
    engine: FloodEngine, asked: Question, progress: ProgressListener | None, said: dict[str, Any] | None = None
) -> Answer:
    """Forecast, keep the files, and say what was found. Raises InvalidInput, Cancelled.

    said: the request in words of JSON, which is kept beside the maps, so that it can be shown and checked later.
    """
    with _turn(progress):
        return _answer(engine, asked, progress, said)


@contextmanager
def _turn(progress: ProgressListener | None) -> Iterator[None]:
    """Wait until fewer than AT_ONCE forecasts are computed: each may take gigabytes."""
    while not _turns.acquire(timeout=SECONDS_TO_LOOK):
        if progress is not None:
            progress(Progress(0.0, Stage.WAITING))
    try:
        yield
    finally:
        _turns.release()


def _answer(
    engine: FloodEngine, asked: Question, progress: ProgressListener | None, said: dict[str, Any] | None
) -> Answer:
    forecast = engine.run(asked, progress).forecast
    if progress is not None:
        progress(Progress(FILES_SHARE, Stage.WRITING))
    found = exposure.assess(forecast, list(asked.assets)) if asked.assets else None

    def write(folder: Path) -> None:
        outputs.write(forecast, folder, found)
        if said is not None:
            (folder / forecast_files.REQUEST_FILE).write_text(json.dumps(said), encoding="utf-8")

    files = answer_files.keep(write, apart=[forecast_files.SUMMARY_FILE], about=outputs.about(forecast))
    judged = judge(forecast)
    return Answer(
        value=judged.value,
        score=judged.alternatives[0].score,
        alternatives=judged.alternatives,
        abstained=not judged.has_interval,
        reason=None if judged.has_interval else NO_INTERVALS,
        details={**_details(forecast, judged, found), "area": (said or {}).get("dem", {}).get("area")},
        features=features(asked),
        files=files,
        beside=_maps(files),
    )


def _details(forecast: FloodForecast, judged: Judgement, found: list[exposure.Exposure] | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "summary": summarise(forecast),
        "deepest_hundredth_m": judged.depth,
        "deepest_hundredth_low_m": judged.low,
        "deepest_hundredth_high_m": judged.high,
    }
    if found is not None:
        said["assets_asked"] = len(found)
        said["assets_flooded"] = sum(one.state == "flooded" for one in found)
    return said


def _maps(files: Files) -> dict[str, Any]:
    """What the GeoJSON files hold."""
    home: Path = answer_files.folder(files.folder)
    names = {one: forecast_files.layer_file(one) for one in forecast_files.LAYERS}
    return {one: json.loads((home / name).read_bytes()) for one, name in names.items() if name in files.names}


def features(asked: Question) -> dict[str, float]:
    """What the terrain and the event are like, for drift."""
    ground, domain = asked.ground, asked.domain
    valid = ground.elevation[ground.valid]
    area = float(ground.valid.sum() * ground.dx * ground.dy)
    series = [one.series for one in asked.inflows]
    inflow = sum(float(one.volumes[-1]) for one in series)
    return {
        "cell_size_m": float(np.sqrt(ground.dx * ground.dy)),
        "area_km2": area / 1e6,
        "holes_share": 1 - float(ground.valid.mean()),
        "relief_m": float(np.ptp(valid)),
        "slope": _slope(asked),
        "manning": float(np.mean(domain.manning)),
        "open_edges": float(len(domain.open_edges)),
        "duration_h": asked.duration / 3600,
        "rain_mm": 1e3 * float(asked.rain.volumes[-1]) if asked.rain else 0.0,
        "rain_peak_mm_per_h": 3.6e6 * _peak(asked.rain),
        "inflow_mm": 1e3 * inflow / area,
        "inflow_peak_m3_per_s": max(map(_peak, series), default=0.0),
    }


def _peak(series: Hydrograph | None) -> float:
    return float(series.rates.max()) if series is not None else 0.0


def _slope(asked: Question) -> float:
    """The mean slope between neighbours that have data."""
    ground, total, count = asked.ground, 0.0, 0
    for axis, width in enumerate((ground.dy, ground.dx)):
        falls = np.abs(np.diff(ground.elevation, axis=axis))
        total += float(np.nansum(falls)) / width
        count += int(np.isfinite(falls).sum())
    return total / count if count else 0.0


def explain(engine: FloodEngine, asked: Question) -> Explanation:
    """Where the water is as deep as the class says; and of all that came, the share as rain and from each inflow."""
    with _turn(None):
        forecast = engine.run(asked).forecast
    depth = np.nan_to_num(forecast.max_depth)
    heat = np.clip(depth / max(judge(forecast).depth, 1e-3), 0.0, 1.0)
    come = {"rain": forecast.balance.rain}
    come |= {f"inflow {place}": float(one.series.volumes[-1]) for place, one in enumerate(asked.inflows, 1)}
    total = sum(come.values()) or 1.0
    return Explanation(heat=heat, contributions={name: volume / total for name, volume in come.items()})
