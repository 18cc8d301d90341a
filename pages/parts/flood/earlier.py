"""Forecasts out of the log, with their files: what a link opens, and what a list of earlier ones offers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from core import inference
from core.contract import Prediction
from core.errors import InvalidInput
from core.maps.flood import folder
from core.maps.flood.folder import Folder
from core.store import Query, store
from pages.parts.flood.words import SYSTEM, area_name, inflow_line, rain_line
from pages.parts.shared import logged

LISTED = 30  # earlier forecasts that are offered
ASKED = "asked.json"
COLUMNS = ("id", "created_at", "batch", "details", "features")


@dataclass(frozen=True)
class Forecast:
    """A logged forecast. outcome: what was said of it last."""

    prediction: Prediction
    folder: Folder
    outcome: dict[str, Any] | None
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        """Of its prediction."""
        return self.prediction.id

    @property
    def details(self) -> Mapping[str, Any]:
        """What the answer says beside its class."""
        return self.prediction.answer.details if self.prediction.answer else {}

    @property
    def summary(self) -> Mapping[str, Any]:
        """Its numbers."""
        return self.folder.summary

    @cached_property
    def asked(self) -> dict[str, Any]:
        """The request, without terrain and assets; empty for one of an event folder."""
        return asked(self.folder.path)

    @property
    def title(self) -> str:
        """Area, rain and inflow, in words."""
        return titled(self.asked, self.details.get("area"))


def one(prediction_id: str) -> Forecast:
    """The forecast of that id. Raises UnknownPrediction, UnknownFile, InvalidInput, StoreUnavailable."""
    prediction, outcome = logged.from_log(prediction_id)
    return _opened(prediction, outcome)


def many(batch: str) -> list[Forecast]:
    """All answered forecasts of a batch, those of an ensemble. Raises as `one`."""
    rows = store().rows(Query(system=SYSTEM, batch=batch, status="answered"), limit=1000)
    if not rows:
        raise InvalidInput(f"Expected forecasts of one batch. Received {batch!r:.80}, which has none. Ask again.")
    return [_opened(logged.of_row(row), None) for row in rows]


def failed(batch: str) -> list[str]:
    """Why those of a batch failed that did."""
    return [str(row["error"]) for row in store().rows(Query(system=SYSTEM, batch=batch, status="failed"), ("error",))]


def _opened(prediction: Prediction, outcome: dict[str, Any] | None) -> Forecast:
    if prediction.system != SYSTEM or prediction.answer is None:
        raise InvalidInput(
            f"Expected a forecast of a flood. Received {prediction.id}, which is "
            + ("an answer of another system." if prediction.system != SYSTEM else f"none: {prediction.error}")
            + " Ask for a new one."
        )
    return Forecast(prediction, folder.read(inference.files(prediction.id)), outcome)


def asked(path: Path) -> dict[str, Any]:
    """The request that lies in a forecast's folder; empty where there is none."""
    import json

    try:
        found = json.loads((path / ASKED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def titled(said: Mapping[str, Any], area: str | None) -> str:
    """What was asked, in words: "The sample valley (invented), 60 mm of rain within 1 h"."""
    parts = [area_name(area) if said else "An event folder"]
    if said.get("rain"):
        found = inference.workbench(SYSTEM).summary(said["rain"])
        parts.append(rain_line(found.total, found.duration))
    if said.get("inflows"):
        parts.append(inflow_line(said["inflows"]))
    return ", ".join(parts)


def earlier() -> Sequence[Mapping[str, Any]]:
    """Rows of the latest forecasts that brought maps, newest first; members of ensembles left out."""
    return [row for row in _latest() if row["batch"] is None][:LISTED]


def ensembles() -> Sequence[tuple[Mapping[str, Any], int]]:
    """The latest row of each of the latest ensembles, newest first, and how many rains it has."""
    of_batches = [row for row in _latest() if row["batch"] is not None]
    sizes = Counter(row["batch"] for row in of_batches)
    first = {row["batch"]: row for row in reversed(of_batches)}
    return [(first[batch], size) for batch, size in sizes.items() if size > 1][:LISTED]


def _latest() -> Sequence[Mapping[str, Any]]:
    rows = store().rows(Query(system=SYSTEM, status="answered"), COLUMNS, limit=10 * LISTED)
    return [row for row in rows if (row["details"] or {}).get("files")]
