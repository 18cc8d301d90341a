"""Crime: the category of a reported incident, from the officer's words (coding) or from place and time (context).

What serves is imported on the first call: the app opens without NumPy and pandas.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from core.contract import Answer, Explanation

NAME = "crime"
TITLE = "Crime"
QUESTION = "What category of reported incident is this record?"
ABOUT = "category of a reported incident"
OFTEN_UNSURE = True
"""Place and time alone leave most records open: many answers that are not sure are no alarm."""


def _moment(value: Any) -> Any:
    """A date in any usual form; the offset, if it has one, is kept."""
    if isinstance(value, str) and value.strip():
        from core.systems.crime.cleaning import dates

        return dates.one(value, keep_offset=True)
    return None if isinstance(value, str) else value


def _blank(value: Any) -> Any:
    """An empty cell of a form or a table means that nothing is known."""
    if isinstance(value, str) and not value.strip():
        return None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _empty(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


Text = Annotated[str | None, BeforeValidator(_blank)]


class CrimeInput(BaseModel):
    """One incident record: a date and time or an offence text is required, the rest narrows the answer."""

    model_config = ConfigDict(
        title="Input",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "datetime": "2014-09-30 23:51",
                    "latitude": 37.7749,
                    "longitude": -122.4194,
                    "district": "MISSION",
                    "address": "1200 Block of MARKET ST",
                }
            ]
        },
    )

    datetime: Annotated[dt.datetime | None, BeforeValidator(_moment)] = Field(
        None, description="When it happened, on the city's clock: 2014-09-30 23:51."
    )
    latitude: Annotated[float | None, BeforeValidator(_empty)] = Field(
        None, ge=-80, le=80, description="Degrees north, WGS 84."
    )
    longitude: Annotated[float | None, BeforeValidator(_empty)] = Field(
        None, ge=-180, le=180, description="Degrees east, WGS 84; negative in the Americas."
    )
    district: Text = Field(None, max_length=100, description="Police district or area, as the city names it.")
    address: Text = Field(None, max_length=300, description="Block or crossing; a house number is cut to its block.")
    location_type: Text = Field(None, max_length=100, description="Kind of place, such as STREET or APARTMENT.")
    domestic: Annotated[bool | None, BeforeValidator(_empty)] = Field(
        None, description="Whether it was filed as domestic."
    )
    description: Text = Field(
        None, max_length=300, description="The offence in the officer's words; with it the answer is a coding."
    )
    siblings: Annotated[int | None, BeforeValidator(_empty)] = Field(
        None, ge=1, le=1000, description="Rows of the table that share time and address, this one included."
    )

    @model_validator(mode="before")
    @classmethod
    def _file(cls, value: Any) -> Any:
        """A file's bytes hold one record as JSON."""
        if not isinstance(value, bytes):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError(
                "Expected a JSON object with one record. Received other bytes. For a table, name a result: -o OUT.csv."
            ) from None

    @model_validator(mode="after")
    def _enough(self) -> CrimeInput:
        if self.datetime is None and self.description is None:
            raise ValueError(
                "Expected a datetime or a description. Received neither. Give when it happened, or the offence text."
            )
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("Expected latitude and longitude together. Received one of them. Give both or none.")
        return self


Input = CrimeInput


def load(folder: Path) -> Any:
    """The engine of the artefacts in `folder`."""
    from core.systems.crime.engine import CrimeEngine

    return CrimeEngine.load(folder)


def predict(engine: Any, inputs: Sequence[CrimeInput]) -> list[Answer]:
    """One answer per record, in order."""
    from core.systems.crime import answers

    return answers.answers(engine, [one.model_dump() for one in inputs])


def explain(engine: Any, instance: CrimeInput) -> Explanation:
    """How far each input, or each word of the text, moved the answer, in logits."""
    from core.systems.crime import answers

    return Explanation(contributions=answers.contributions(engine, instance.model_dump()))
