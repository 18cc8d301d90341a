"""Forecasts out of the log, with their files: what a link opens, and what a list of earlier ones offers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypedDict, cast

from pydantic import JsonValue

from core import inference, work
from core.artefacts.forecast_files import REQUEST_FILE, ForecastSummary
from core.contract import Prediction
from core.errors import InvalidInput, UnknownWork
from core.maps.flood import forecast_folder
from core.maps.flood.clock import Clock
from core.maps.flood.forecast_folder import ForecastFolder
from core.store import OutcomeRow, Query, store
from pages.parts.flood.words import LogRow, area_name, inflow_line, rain_line
from pages.parts.flood.workbench import SYSTEM, GeoJson, RequestedInflow, SeriesRows, bench
from pages.parts.shared import logged
from pages.parts.shared.words import counted, viewer_zone

MAX_LISTED = 30  # earlier forecasts that are offered
COLUMNS = ("id", "created_at", "batch", "details", "features")
REQUESTS_FILE = "requests.json"  # in the folder of a work


class StoredRequest(TypedDict, total=False):
    """The parts of a stored request that the page reads; empty for a forecast of an event folder."""

    dem: Mapping[str, str | None]
    cell_size: float | None
    rain: SeriesRows | None
    inflows: list[RequestedInflow]
    manning: float | Mapping[str, Any]
    open_edges: Sequence[str]
    duration_s: float | None
    lead_times_s: list[float] | None
    assets: GeoJson | None
    mode: str
    starts_at: str | None


@dataclass(frozen=True)
class LoggedForecast:
    """A forecast out of the log with its files. outcome: the last feedback or check; None without any."""

    prediction: Prediction
    folder: ForecastFolder
    outcome: OutcomeRow | None

    @property
    def id(self) -> str:
        """The id of its prediction."""
        return self.prediction.id

    @property
    def details(self) -> Mapping[str, Any]:
        """Details of the answer beside its class."""
        return self.prediction.answer.details if self.prediction.answer else {}

    @property
    def area(self) -> str | None:
        """The name of the area that it is of; None for an uploaded terrain or an event folder."""
        name: str | None = self.details.get("area")
        return name

    @property
    def summary(self) -> ForecastSummary:
        """Its numbers as they were logged; those of its folder where none were."""
        return cast(ForecastSummary, self.details.get("summary") or self.folder.summary)

    @cached_property
    def request(self) -> StoredRequest:
        """The request that it answers; empty for one of an event folder."""
        return read_request(self.folder.path)

    @property
    def title(self) -> str:
        """Area, rain and inflow, in words."""
        return request_title(self.request, self.area)

    @property
    def clock(self) -> Clock:
        """Tells times since the start, in the viewer's zone; elapsed times where the request named no start."""
        return clock_of(self.request)

    @property
    def whole_request(self) -> StoredRequest:
        """The request with its places: as the work keeps it, else with the middle of each place alone."""
        if not self.request:
            return {}
        work_requests = kept_requests(self.prediction.batch) if self.prediction.batch else []
        assets = work_requests[0].get("assets") if work_requests else self._middles()
        return {**self.request, "assets": assets}

    def _middles(self) -> GeoJson | None:
        """The forecast's places as points; None where it had none."""
        features: list[JsonValue] = [
            {
                "type": "Feature",
                "properties": {"name": asset["name"]},
                "geometry": {"type": "Point", "coordinates": [asset["longitude"], asset["latitude"]]},
            }
            for asset in self.folder.assets()
        ]
        return {"type": "FeatureCollection", "features": features} if features else None


def read(prediction_id: str) -> LoggedForecast:
    """The forecast of that id. Raises UnknownPrediction, UnknownFile, InvalidInput, StoreUnavailable."""
    prediction, outcome = logged.from_log(prediction_id)
    return _opened(prediction, outcome)


def read_ensemble(batch: str) -> list[LoggedForecast]:
    """All answered forecasts of a batch. Raises as `read`."""
    rows = store().rows(Query(system=SYSTEM, batch=batch, status="answered"), limit=1000)
    if not rows:
        raise InvalidInput(
            expected="forecasts of one batch", received=f"{batch!r:.80}, which has none", advice="Ask again."
        )
    return [_opened(logged.of_row(row), None) for row in rows]


def answered(batch: str) -> list[str]:
    """Ids of the forecasts of a batch that were answered."""
    return [str(row["id"]) for row in store().rows(Query(system=SYSTEM, batch=batch, status="answered"), ("id",))]


def finished(batch: str) -> int:
    """How many forecasts of a batch are in the log, answered or failed."""
    return store().count(Query(system=SYSTEM, batch=batch))


def failures(batch: str) -> list[str]:
    """Why forecasts of a batch failed, a sentence for each that did."""
    return [str(row["error"]) for row in store().rows(Query(system=SYSTEM, batch=batch, status="failed"), ("error",))]


def _opened(prediction: Prediction, outcome: OutcomeRow | None) -> LoggedForecast:
    if prediction.system != SYSTEM or prediction.answer is None:
        raise InvalidInput(
            f"Expected a forecast of a flood. Received {prediction.id}, which is "
            + ("an answer of another system." if prediction.system != SYSTEM else f"none: {prediction.error}")
            + " Ask for a new one."
        )
    return LoggedForecast(prediction, forecast_folder.read(inference.files(prediction.id)), outcome)


def read_request(path: Path) -> StoredRequest:
    """The request that lies in a forecast's folder; empty where there is none."""
    try:
        request = json.loads((path / REQUEST_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return cast(StoredRequest, request) if isinstance(request, dict) else {}


def keep_requests(folder: Path, requests: Sequence[Mapping[str, object]]) -> None:
    """Write the requests of a work into its folder."""
    (folder / REQUESTS_FILE).write_text(json.dumps(list(requests)), encoding="utf-8")


def kept_requests(work_id: str) -> list[StoredRequest]:
    """The requests of a work, whole; none where it is gone or none were kept."""
    try:
        requests = json.loads((work.find(work_id).folder / REQUESTS_FILE).read_text(encoding="utf-8"))
    except (UnknownWork, OSError, ValueError):
        return []
    return cast(list[StoredRequest], requests) if isinstance(requests, list) else []


def clock_of(request: StoredRequest) -> Clock:
    """The clock of a request, in the viewer's zone."""
    starts_at = request.get("starts_at")
    return Clock(datetime.fromisoformat(starts_at).astimezone(viewer_zone()) if starts_at else None)


def works_title(requests: Sequence[StoredRequest]) -> str:
    """What a work is called: its forecast in words, or the area and how many rains."""
    first = requests[0]
    area = (first.get("dem") or {}).get("area")
    return request_title(first, area) if len(requests) == 1 else f"{area_name(area)}, {counted(len(requests), 'rain')}"


def request_title(request: StoredRequest, area: str | None) -> str:
    """A request in words: "The sample valley (invented), 60 mm of rain within 1 h"."""
    parts = [area_name(area) if request else "An event folder"]
    if rain := request.get("rain"):
        totals = bench().summary(rain)
        parts.append(rain_line(totals.total, totals.duration))
    if inflows := request.get("inflows"):
        parts.append(inflow_line(inflows))
    return ", ".join(parts)


def latest() -> Sequence[LogRow]:
    """Rows of the latest forecasts that brought maps, newest first; members of ensembles left out."""
    rows = _with_files()
    sizes = Counter(row["batch"] for row in rows)
    return [row for row in rows if row["batch"] is None or sizes[row["batch"]] == 1][:MAX_LISTED]


def latest_ensembles() -> Sequence[tuple[LogRow, int]]:
    """The latest row of each of the latest ensembles, newest first, and how many rains it has."""
    of_batches = [row for row in _with_files() if row["batch"] is not None]
    sizes = Counter(row["batch"] for row in of_batches)
    newest = {row["batch"]: row for row in reversed(of_batches)}
    return [(newest[batch], size) for batch, size in sizes.items() if size > 1][:MAX_LISTED]


def _with_files() -> Sequence[LogRow]:
    rows = store().rows(Query(system=SYSTEM, status="answered"), COLUMNS, limit=10 * MAX_LISTED)
    return [row for row in rows if (row["details"] or {}).get("files")]
