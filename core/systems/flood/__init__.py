"""Flood: where the water goes, how deep and how soon, from terrain, rain and inflow.

What serves is imported on the first call: the app opens without NumPy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidatorFunctionWrapHandler,
    model_validator,
)

from core.contract import Answer, Explanation
from core.errors import InvalidInput
from core.progress import ProgressListener
from core.security.photos import decode_base64

NAME = "flood"
TITLE = "Flood"
QUESTION = "Where will the water go, how deep, and how soon?"
LABELS = ("dry", "ankle-deep", "knee-deep", "waist-deep", "chest-deep", "over the head")
"""How deep the water gets on the deepest hundredth of the area: see `judgement`."""

MOST_ROWS = 10_000  # of a series
MOST_INFLOWS = 100
MOST_LEAD_TIMES = 100
TERRAIN_FILE = "a GeoTIFF or ASCII grid"

Mode = Literal["accurate", "fast"]
Edge = Literal["north", "east", "south", "west"]
Row = tuple[float, float]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Dem(_Part):
    """The terrain: a file, or the name of an area that is registered."""

    b64: str | bytes | None = Field(None, description=f"Base64 of {TERRAIN_FILE}.")
    area: str | None = Field(None, min_length=1, max_length=100, description="A registered area, such as sample.")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"b64": value} if isinstance(value, bytes) else value

    @model_validator(mode="after")
    def _one_of_them(self) -> Dem:
        if (self.b64 is None) == (self.area is None):
            raise ValueError(
                'Expected a terrain, as {"b64": base64 of a GeoTIFF} or as {"area": name}. Received '
                f"{'neither' if self.area is None else 'both'}. Give one of them."
            )
        return self

    @property
    def file(self) -> bytes:
        """The file's bytes."""
        given = self.b64 or b""
        return given if isinstance(given, bytes) else decode_base64(given, TERRAIN_FILE, InvalidInput)


class InflowRequest(_Part):
    """Water that enters at a place."""

    longitude: float = Field(ge=-180, le=180, description="Degrees east, WGS 84.")
    latitude: float = Field(ge=-90, le=90, description="Degrees north, WGS 84.")
    series: list[Row] = Field(max_length=MOST_ROWS, description="Rows of time [s] and discharge [m3/s].")


class Manning(_Part):
    """Roughness: one number, and others in polygons."""

    default: float = Field(0.035, ge=0, le=1, description="Manning's n outside the polygons [s m-1/3].")
    zones: dict[str, Any] = Field(description="GeoJSON polygons in WGS 84, each with the property n.")


def _number_as_float(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@dataclass(frozen=True)
class EventFolder:
    """An event folder on this machine as an instance; only the command line asks so, for a request cannot be one."""

    path: Path
    mode: Mode = "accurate"


class FloodInput(_Part):
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
    rain: list[Row] | None = Field(
        None, max_length=MOST_ROWS, description="Rows of time [s] and intensity [mm/h], linear between rows."
    )
    inflows: list[InflowRequest] = Field(
        default_factory=list, max_length=MOST_INFLOWS, description="Places where water enters, with a series each."
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
        None, min_length=1, max_length=MOST_LEAD_TIMES, description="When depths are wanted [s]; twelve, if not said."
    )
    assets: dict[str, Any] | None = Field(None, description="Places to look at: GeoJSON in WGS 84, named by `name`.")
    mode: Mode = Field("accurate", description="accurate, or fast: a coarser computation.")
    _question: Any = PrivateAttr()

    @model_validator(mode="wrap")
    @classmethod
    def _asked(cls, value: Any, validate: ValidatorFunctionWrapHandler) -> FloodInput:
        """Read the terrain and all at once, so that what is wrong is refused as input and not as a failure."""
        from core.systems.flood import question

        if isinstance(value, cls):
            return value
        made: FloodInput
        if isinstance(value, EventFolder):
            made = cls.model_construct(dem=Dem.model_construct(), mode=value.mode)
            made._question = question.of_folder(value.path, value.mode)
            return made
        made = validate(_from_file(value))
        made._question = question.of_request(made)
        return made

    @property
    def question(self) -> Any:
        """question.Question."""
        return self._question

    def said(self) -> dict[str, Any] | None:
        """What was asked, as JSON has it, but for the terrain's bytes and the assets; None of an event folder."""
        if self.dem.area is None and self.dem.b64 is None:
            return None
        return self.model_dump(mode="json", exclude={"dem": {"b64"}, "assets": True})

    def content(self) -> bytes:
        """What identifies the input in the log: the terrain's numbers and all that was asked."""
        return str(self._question.digest).encode()


Input = FloodInput


def _from_file(value: Any) -> Any:
    """A file's bytes hold one request as JSON."""
    if not isinstance(value, bytes):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError(
            "Expected a JSON object with a request. Received other bytes. For an event folder, say --event FOLDER."
        ) from None


Folder = EventFolder


def load(folder: Path) -> Any:
    """The engine of the artefacts in `folder`."""
    from core.systems.flood.engine import FloodEngine

    return FloodEngine.load(folder)


def rehearse(engine: Any) -> None:
    """Have the loops compiled, which takes half a minute on a machine that never did, before somebody waits for it."""
    engine.warm_up()


def expected_seconds(inputs: Sequence[FloodInput]) -> float:
    """About how long `predict` will take [s]."""
    from core.systems.flood import answers

    return sum(answers.expected_seconds(one.question) for one in inputs)


def predict(engine: Any, inputs: Sequence[FloodInput], progress: ProgressListener | None = None) -> list[Answer]:
    """One answer per request, in order; its rasters are kept as files."""
    from core.systems.flood import answers

    return [answers.answer(engine, one.question, progress, one.said()) for one in inputs]


def explain(engine: Any, instance: FloodInput) -> Explanation:
    """Where the water is as deep as the answer says, and how much of it came as rain and from each inflow."""
    from core.systems.flood import answers

    return answers.explain(engine, instance.question)


def write_sample(folder: Path) -> Mapping[str, str]:
    """Write the sample event into a new folder; InvalidInput if it holds something."""
    from core.systems.flood.terrain import sample

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(f"Expected a new folder, or an empty one. Received {folder}. Choose another.")
    sample.write(folder)
    return {path.name: str(path) for path in sorted(folder.iterdir())}
