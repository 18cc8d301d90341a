"""The coming hours' rain at a place, from Open-Meteo or a server that answers like it.

LOOKOUT_WEATHER names the host of forecasts (/v1/forecast), LOOKOUT_WEATHER_ENSEMBLES that of ensembles (/v1/ensemble).
A number is the rain of the hour before its time, in mm: https://open-meteo.com/en/docs
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import InvalidInput
from core.hydraulics.domain import Hydrograph
from core.settings import settings
from core.systems.flood import remote
from core.systems.flood.forcing import storms

MAX_HOURS = 168
HOUR = 3600
ENSEMBLE = "icon_seamless"  # of the German weather service: 40 members, finest where there are finer models
WHAT = "a forecast of rain"

Depth = Annotated[float, Field(ge=0, le=storms.MAX_DEPTH, allow_inf_nan=False)]


class OpenMeteoAnswer(BaseModel):
    """What is used of an answer of Open-Meteo; the series are None where the forecast does not reach."""

    model_config = ConfigDict(strict=True)

    latitude: float
    longitude: float
    hourly_units: dict[str, str]
    hourly: dict[str, list[Depth | None] | list[int]]


@dataclass(frozen=True)
class Outlook:
    """The rain of the coming hours.

    start: of the first hour, UTC.
    depths: of each hour, shape (members, hours), one member without an ensemble [mm].
    """

    start: datetime
    depths: np.ndarray

    @property
    def rains(self) -> list[Hydrograph]:
        """Each member from time 0 on."""
        edges = np.arange(self.depths.shape[1] + 1) * float(HOUR)
        return [storms.steps(edges, member) for member in self.depths]


def coming(longitude: float, latitude: float, hours: int = 24, *, ensemble: bool = False) -> Outlook:
    """The rain from the running hour on. Raises InvalidInput, and HostUnavailable if it cannot be had."""
    if not 1 <= hours <= MAX_HOURS:
        raise InvalidInput(expected=f"1 to {MAX_HOURS} hours", received=f"{hours}", advice="Choose fewer or more.")
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        raise InvalidInput(
            expected="a place in degrees",
            received=f"longitude {longitude:g}, latitude {latitude:g}",
            advice="Correct it.",
        )
    query: dict[str, str | float] = {
        "latitude": round(latitude, 4),
        "longitude": round(longitude, 4),
        "hourly": "precipitation",
        "precipitation_unit": "mm",
        "timeformat": "unixtime",
        "timezone": "GMT",
        "forecast_hours": hours + 1,  # the first is of the hour that has passed
    }
    if ensemble:
        address = remote.base(settings().weather_ensembles, "LOOKOUT_WEATHER_ENSEMBLES", "ensembles of rain")
        address, query = f"{address}/v1/ensemble", {**query, "models": ENSEMBLE}
    else:
        address = f"{remote.base(settings().weather, 'LOOKOUT_WEATHER', 'forecasts of rain')}/v1/forecast"
    return _outlook(_answer(address, query), address, hours)


def _answer(address: str, query: dict[str, str | float]) -> OpenMeteoAnswer:
    """The host's answer, checked. Raises HostUnavailable."""
    try:
        answer = OpenMeteoAnswer.model_validate(remote.json_of(address, query, WHAT))
    except ValidationError as problem:
        location = ".".join(map(str, problem.errors()[0]["loc"])) or "the whole"
        raise remote.strange(address, WHAT, f"an answer whose {location:.60} is something else") from None
    units = {answer.hourly_units.get("time"), answer.hourly_units.get("precipitation")}
    if units != {"unixtime", "mm"}:
        raise remote.strange(address, WHAT, "other units than were asked for")
    if "time" not in answer.hourly or len({len(series) for series in answer.hourly.values()}) != 1:
        raise remote.strange(address, WHAT, "an answer in which times and numbers do not match")
    return answer


def _outlook(answer: OpenMeteoAnswer, address: str, hours: int) -> Outlook:
    """The hours that are still to come, up to the first that a member does not know. Raises HostUnavailable."""
    times = np.array(answer.hourly["time"], dtype=np.float64)
    members = [series for name, series in sorted(answer.hourly.items()) if name.startswith("precipitation")]
    if not members or not np.isfinite(times).all() or (np.diff(times) != HOUR).any():
        raise remote.strange(address, WHAT, "an answer without rain of each hour")
    ahead = times > datetime.now(UTC).timestamp()
    depths = np.array(members, dtype=np.float64)[:, ahead][:, :hours]
    reach = int(np.logical_and.accumulate(np.isfinite(depths).all(axis=0)).sum())  # hours up to the first unknown one
    if not reach:
        raise remote.strange(address, WHAT, "none of the coming hours")
    start = datetime.fromtimestamp(times[ahead][0] - HOUR, UTC)
    return Outlook(start, depths[:, :reach])
