"""Crime: the category of a reported incident, from the officer's words (coding) or from place and time (context).

What serves is imported on the first call: the app opens without NumPy and pandas.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from core.contract import Answer, Explanation
from core.errors import refusal

if TYPE_CHECKING:
    from core.systems.crime.engine import CrimeEngine

NAME = "crime"
TITLE = "Crime"
QUESTION = "What category of reported incident is this record?"
OFTEN_UNSURE = True
"""Place and time alone leave most records open: many answers that are not sure are no alarm."""


def _read_moment(value: object) -> object:
    """A date in any usual form; the offset, if it has one, is kept."""
    if isinstance(value, str) and value.strip():
        from core.systems.crime.cleaning.dates import parse_date

        return parse_date(value, keep_offset=True)
    return None if isinstance(value, str) else value


def _read_text(value: object) -> object:
    """An empty cell of a form or a table means that nothing is known; a number (district 7) is a text."""
    if isinstance(value, str) and not value.strip():
        return None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _read_blank(value: object) -> object:
    """None for an empty text, else the value."""
    return None if isinstance(value, str) and not value.strip() else value


Text = Annotated[str | None, BeforeValidator(_read_text)]


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

    datetime: Annotated[dt.datetime | None, BeforeValidator(_read_moment)] = Field(
        None, description="When it happened, on the city's clock: 2014-09-30 23:51."
    )
    latitude: Annotated[float | None, BeforeValidator(_read_blank)] = Field(
        None, ge=-80, le=80, description="Degrees north, WGS 84."
    )
    longitude: Annotated[float | None, BeforeValidator(_read_blank)] = Field(
        None, ge=-180, le=180, description="Degrees east, WGS 84; negative in the Americas."
    )
    district: Text = Field(None, max_length=100, description="Police district or area, as the city names it.")
    address: Text = Field(None, max_length=300, description="Block or crossing; a house number is cut to its block.")
    location_type: Text = Field(None, max_length=100, description="Kind of place, such as STREET or APARTMENT.")
    domestic: Annotated[bool | None, BeforeValidator(_read_blank)] = Field(
        None, description="Whether it was filed as domestic."
    )
    description: Text = Field(
        None, max_length=300, description="The offence in the officer's words; with it the answer is a coding."
    )
    siblings: Annotated[int | None, BeforeValidator(_read_blank)] = Field(
        None, ge=1, le=1000, description="Rows of the table that share time and address, this one included."
    )

    @model_validator(mode="before")
    @classmethod
    def _read_file(cls, value: object) -> object:
        """A file's bytes hold one record as JSON."""
        if not isinstance(value, bytes):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError(
                refusal("a JSON object with one record", "other bytes", "For a table, name a result: -o OUT.csv.")
            ) from None

    @model_validator(mode="after")
    def _check_enough(self) -> CrimeInput:
        if self.datetime is None and self.description is None:
            raise ValueError(
                refusal("a datetime or a description", "neither", "Give when it happened, or the offence text.")
            )
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError(refusal("latitude and longitude together", "one of them", "Give both or none."))
        return self


Input = CrimeInput


def load(folder: Path) -> CrimeEngine:
    """The engine of the artefacts in `folder`."""
    from core.systems.crime.engine import CrimeEngine

    return CrimeEngine.load(folder)


def predict(engine: CrimeEngine, inputs: Sequence[CrimeInput]) -> list[Answer]:
    """Answers to validated records, in order."""
    from core.systems.crime.answers import answer_records

    return answer_records(engine, [record.model_dump() for record in inputs])


def explain(engine: CrimeEngine, instance: CrimeInput) -> Explanation:
    """How far each input, or each word of the text, moved the answer, in logits."""
    from core.systems.crime.answers import contributions

    return Explanation(contributions=contributions(engine, instance.model_dump()))
