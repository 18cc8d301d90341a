"""From a question to an answer: the forecast, its files, its numbers, and why it came out so."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import numpy as np
from pydantic import JsonValue

from core.artefacts import answer_files, forecast_files
from core.artefacts.forecast_files import REQUEST_FILE
from core.contract import Answer, Explanation, Files
from core.hydraulics.constants import GRAVITY
from core.hydraulics.domain import Hydrograph
from core.progress import Progress, ProgressListener, Stage
from core.systems.flood.engine import FloodEngine
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.physics import MODES
from core.systems.flood.products import exposure, outputs
from core.systems.flood.products.judgement import NO_INTERVALS, Judgement, judge
from core.systems.flood.products.summary import summarise
from core.systems.flood.question import Question
from core.systems.flood.terrain.terrain import Terrain

SECONDS_PER_STEP = 2e-8  # of one coarse cell, on one core [s]
SECONDS_PER_CELL = 5e-6  # of one fine cell: pooling at some times, network, files [s]
WAVE_DEPTH = 3.0  # on which the waves that limit the time step are taken to run [m]
MAX_TIME_STEP = 60.0  # that is counted with [s]
FILES_SHARE = 0.95  # of the time, for progress
MAX_AT_ONCE = 2  # forecasts that are computed at a time, by this process
SECONDS_BETWEEN_LOOKS = 0.5  # while a forecast waits for its turn, and may be cancelled [s]
_turns = threading.BoundedSemaphore(MAX_AT_ONCE)


def expected_seconds(question: Question) -> float:
    """About how long a forecast takes, by its cells and steps [s]."""
    mode, cells = MODES[question.mode], question.ground.elevation.size
    cell = min(question.ground.dx, question.ground.dy)
    time_step = mode.courant * mode.factor * cell / np.sqrt(GRAVITY * WAVE_DEPTH)
    steps = question.duration / min(time_step, MAX_TIME_STEP)
    return float(cells * (SECONDS_PER_CELL + SECONDS_PER_STEP * steps / mode.factor**2))


def answer(
    engine: FloodEngine,
    question: Question,
    progress: ProgressListener | None,
    request: Mapping[str, JsonValue] | None = None,
) -> Answer:
    """Forecast, keep the files, and sum up. Raises InvalidInput, Cancelled.

    engine: a version of the model.
    question: what it is asked.
    progress: is called while the forecast is computed.
    request: plain JSON, which is kept beside the maps, so that it can be shown and checked later; None of an event
        folder.
    """
    with _turn(progress):
        return _answer(engine, question, progress, request)


@contextmanager
def _turn(progress: ProgressListener | None) -> Iterator[None]:
    """Wait until fewer than MAX_AT_ONCE forecasts are computed: each may take gigabytes."""
    while not _turns.acquire(timeout=SECONDS_BETWEEN_LOOKS):
        if progress is not None:
            progress(Progress(0.0, Stage.WAITING))
    try:
        yield
    finally:
        _turns.release()


def _answer(
    engine: FloodEngine,
    question: Question,
    progress: ProgressListener | None,
    request: Mapping[str, JsonValue] | None,
) -> Answer:
    forecast = engine.run(question, progress).forecast
    if progress is not None:
        progress(Progress(FILES_SHARE, Stage.WRITING))
    exposures = exposure.assess(forecast, list(question.assets)) if question.assets else None

    def write(folder: Path) -> None:
        outputs.write(forecast, folder, exposures)
        if request is not None:
            (folder / REQUEST_FILE).write_text(json.dumps(request), encoding="utf-8")

    files = answer_files.keep(write, apart=[forecast_files.SUMMARY_FILE], about=outputs.about(forecast))
    judgement, area = judge(forecast), _area(request)
    return Answer(
        value=judgement.value,
        score=judgement.alternatives[0].score,
        alternatives=judgement.alternatives,
        abstained=not judgement.has_interval,
        reason=None if judgement.has_interval else NO_INTERVALS,
        details={**_details(forecast, judgement, exposures), "area": area},
        features=features(question),
        groups={} if not isinstance(area, str) else {"area": area},
        files=files,
        beside=_maps(files),
    )


def _area(request: Mapping[str, JsonValue] | None) -> JsonValue:
    """The name of the registered area of a request; None for another terrain."""
    dem = (request or {}).get("dem")
    return dem.get("area") if isinstance(dem, dict) else None


def _details(
    forecast: FloodForecast, judgement: Judgement, exposures: Sequence[exposure.Exposure] | None
) -> dict[str, JsonValue]:
    """The numbers of the answer, for the log and the page; depths [m]."""
    details: dict[str, JsonValue] = {
        "summary": cast("JsonValue", summarise(forecast)),
        "deepest_hundredth_m": judgement.depth,
        "deepest_hundredth_low_m": judgement.low,
        "deepest_hundredth_high_m": judgement.high,
    }
    if exposures is not None:
        details["assets_asked"] = len(exposures)
        details["assets_flooded"] = sum(asset.state == "flooded" for asset in exposures)
    return details


def _maps(files: Files) -> dict[str, JsonValue]:
    """What the GeoJSON files hold, by name."""
    home: Path = answer_files.folder(files.folder)
    names = {layer: forecast_files.layer_file(layer) for layer in forecast_files.LAYERS}
    return {layer: json.loads((home / name).read_bytes()) for layer, name in names.items() if name in files.names}


def features(question: Question) -> dict[str, float]:
    """What the terrain and the event are like, for drift; units in the names."""
    ground, domain = question.ground, question.domain
    valid = ground.elevation[ground.valid]
    area = float(ground.valid.sum() * ground.dx * ground.dy)
    discharges = [inflow.series for inflow in question.inflows]
    inflow_volume = sum(float(discharge.volumes[-1]) for discharge in discharges)
    return {
        "cell_size_m": float(np.sqrt(ground.dx * ground.dy)),
        "area_km2": area / 1e6,
        "holes_share": 1 - float(ground.valid.mean()),
        "relief_m": float(np.ptp(valid)),
        "slope": _slope(ground),
        "manning": float(np.mean(domain.manning)),
        "open_edges": float(len(domain.open_edges)),
        "duration_h": question.duration / 3600,
        "rain_mm": 1e3 * float(question.rain.volumes[-1]) if question.rain else 0.0,
        "rain_peak_mm_per_h": 3.6e6 * _peak(question.rain),
        "inflow_mm": 1e3 * inflow_volume / area,
        "inflow_peak_m3_per_s": max(map(_peak, discharges), default=0.0),
    }


def _peak(series: Hydrograph | None) -> float:
    """The greatest rate; 0 without a series."""
    return float(series.rates.max()) if series is not None else 0.0


def _slope(ground: Terrain) -> float:
    """The mean slope between neighbours that have data [m/m]."""
    total, count = 0.0, 0
    for axis, width in enumerate((ground.dy, ground.dx)):
        falls = np.abs(np.diff(ground.elevation, axis=axis))
        total += float(np.nansum(falls)) / width
        count += int(np.isfinite(falls).sum())
    return total / count if count else 0.0


def explain(engine: FloodEngine, question: Question) -> Explanation:
    """Where the water is as deep as the class says; and of all that came, the share as rain and from each inflow."""
    with _turn(None):
        forecast = engine.run(question).forecast
    depth = np.nan_to_num(forecast.max_depth)
    heat = np.clip(depth / max(judge(forecast).depth, 1e-3), 0.0, 1.0)
    volumes = {"rain": forecast.balance.rain}
    volumes |= {
        f"inflow {number}": float(inflow.series.volumes[-1]) for number, inflow in enumerate(question.inflows, 1)
    }
    total = sum(volumes.values()) or 1.0
    return Explanation(heat=heat, contributions={name: volume / total for name, volume in volumes.items()})
