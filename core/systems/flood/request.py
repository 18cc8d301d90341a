"""What a request for a forecast holds: plain data, checked field by field before any terrain is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticKnownError

from core.errors import InvalidInput, refusal
from core.security.encoded_files import decode_base64

MAX_ROWS = 10_000  # of a series
MAX_INFLOWS = 100
MAX_LEAD_TIMES = 100
TERRAIN_FILE = "a GeoTIFF or ASCII grid"

Mode = Literal["accurate", "fast"]
Edge = Literal["north", "east", "south", "west"]
SeriesRow = tuple[float, float]
"""Time [s], and rain [mm/h] or discharge [m3/s]."""


def refuse_other_than_object(value: object, class_name: str) -> object:
    """Refuse what is no JSON object as pydantic does, but by the name that the model has for callers."""
    if not isinstance(value, dict | BaseModel):
        raise PydanticKnownError("model_type", {"class_name": class_name})
    return value


class RequestPart(BaseModel):
    """What all parts of a request have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Dem(RequestPart):
    """The terrain: a file, or the name of an area that is registered."""

    b64: str | bytes | None = Field(None, description=f"Base64 of {TERRAIN_FILE}.")
    area: str | None = Field(None, min_length=1, max_length=100, description="A registered area, such as sample.")

    @model_validator(mode="before")
    @classmethod
    def _bare_file(cls, value: object) -> object:
        return {"b64": value} if isinstance(value, bytes) else value

    @model_validator(mode="after")
    def _either_file_or_area(self) -> Dem:
        if (self.b64 is None) == (self.area is None):
            raise ValueError(
                refusal(
                    'a terrain, as {"b64": base64 of a GeoTIFF} or as {"area": name}',
                    "neither" if self.area is None else "both",
                    "Give one of them.",
                )
            )
        return self

    @property
    def file(self) -> bytes:
        """The file's bytes. Raises InvalidInput for text that is no base64."""
        content = self.b64 or b""
        return content if isinstance(content, bytes) else decode_base64(content, TERRAIN_FILE, InvalidInput)


class InflowRequest(RequestPart):
    """Water that enters at a place."""

    model_config = ConfigDict(title="Series")

    longitude: float = Field(ge=-180, le=180, description="Degrees east, WGS 84.")
    latitude: float = Field(ge=-90, le=90, description="Degrees north, WGS 84.")
    series: list[SeriesRow] = Field(max_length=MAX_ROWS, description="Rows of time [s] and discharge [m3/s].")


class Manning(RequestPart):
    """Roughness: one number, and others in polygons."""

    default: float = Field(0.035, ge=0, le=1, description="Manning's n outside the polygons [s m-1/3].")
    zones: dict[str, object] = Field(description="GeoJSON polygons in WGS 84, each with the property n.")


def _number_as_float(value: object) -> object:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


class FloodRequest(RequestPart):
    """Terrain, water and what is wanted; times are seconds from the start."""

    model_config = ConfigDict(
        title="Input",
        json_schema_extra={
            "examples": [
                {
                    "dem": {"area": "sample"},
                    "rain": [[0, 0], [1800, 40], [5400, 0]],
                    "duration_s": 7200,
                    "lead_times_s": [1800, 3600, 7200],
                    "open_edges": ["south"],
                    "mode": "fast",
                }
            ]
        },
    )

    dem: Dem = Field(description=f'The terrain: {{"b64": base64 of {TERRAIN_FILE}}} or {{"area": name}}.')
    cell_size: float | None = Field(
        None, gt=0, description="Average the terrain into cells of this width, in the file's units."
    )
    rain: list[SeriesRow] | None = Field(
        None, max_length=MAX_ROWS, description="Rows of time [s] and intensity [mm/h], linear between rows."
    )
    inflows: list[
        Annotated[InflowRequest, BeforeValidator(lambda value: refuse_other_than_object(value, "Series"))]
    ] = Field(
        default_factory=list, max_length=MAX_INFLOWS, description="Places where water enters, with a series each."
    )
    manning: Annotated[float, BeforeValidator(_number_as_float), Field(ge=0, le=1)] | Manning = Field(
        0.035, description="Manning's n: one number, or a default and polygons [s m-1/3]."
    )
    open_edges: tuple[Edge, ...] = Field(
        ("north", "east", "south", "west"),
        max_length=4,
        description="Edges that let water out; the others are walls.",
    )
    duration_s: float | None = Field(
        None, gt=0, description="How long the flood is followed [s]; an hour more than rain and inflow, if not said."
    )
    lead_times_s: list[float] | None = Field(
        None, min_length=1, max_length=MAX_LEAD_TIMES, description="When depths are wanted [s]; twelve, if not said."
    )
    assets: dict[str, object] | None = Field(None, description="Places to look at: GeoJSON in WGS 84, named by `name`.")
    starts_at: AwareDatetime | None = Field(
        None, description="The moment from which times count, with its offset; clock times are shown by it."
    )
    mode: Mode = Field("accurate", description="accurate, or fast: a coarser computation.")

    def without_files(self) -> dict[str, JsonValue]:
        """The request as JSON has it, but for the terrain's bytes and the assets."""
        return self.model_dump(mode="json", exclude={"dem": {"b64"}, "assets": True})


@dataclass(frozen=True)
class EventFolder:
    """An event folder on this machine as an instance; only the command line asks so, for a request cannot be one."""

    path: Path
    mode: Mode = "accurate"
