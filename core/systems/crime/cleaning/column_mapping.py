"""Which column of a table plays which part: guesses that are shown, and columns that are refused with their reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from core.errors import InvalidInput
from core.systems.crime.cleaning.column_values import guess_parts

PARTS = (
    "date",
    "label",
    "latitude",
    "longitude",
    "district",
    "address",
    "location_type",
    "description",
    "domestic",
)
"""What a column can be; `date` and, for training, `label` are required."""

SYNONYMS: dict[str, tuple[str, ...]] = {
    "date": (
        "date", "dates", "datetime", "date time", "incident datetime", "incident date", "occurred", "occurred on date",
        "date occurred", "date occ", "occurrence date", "reported date", "date reported", "report date", "timestamp",
        "time", "cmplnt fr dt", "date of occurrence", "offense date", "start date",
    ),
    "label": (
        "category", "label", "primary type", "incident category", "offense category", "offence category", "crime type",
        "offense type", "offence type", "type of crime", "offense", "offence", "crime", "ofns desc", "true category",
    ),
    "latitude": ("latitude", "lat", "y", "y coordinate", "point y"),
    "longitude": ("longitude", "lon", "long", "lng", "x", "x coordinate", "point x"),
    "district": (
        "district", "pd district", "police district", "precinct", "beat", "community area", "neighborhood",
        "neighbourhood", "sector", "ward", "area", "area name", "division", "borough",
    ),
    "address": ("address", "block", "block address", "street", "street address", "intersection", "location"),
    "location_type": (
        "location type", "location description", "premise", "premises", "premise type", "premis desc", "place type",
    ),
    "description": (
        "descript", "description", "offense description", "offence description", "incident description", "text",
        "pd desc", "narrative",
    ),
    "domestic": ("domestic", "domestic flag", "is domestic", "domestic violence"),
}  # fmt: skip
"""Names by which the parts go in the open data of cities, likeliest first."""

AFTERWARDS = re.compile(
    r"\b(resolution|arrests?|arrested|disposition|outcome|clear(ed|ance)|closed|case status|status|updated( on)?|"
    r"iucr|ucr|nibrs|fbi code|offen[cs]e code|charges?|statute|law code|ky cd|pd cd|crm cd|severity|cleared by)\b"
)
PERSON = re.compile(
    r"\b(names?|surname|first name|last name|victims?|vict|suspects?|susp|offenders?|perpetrator|perp|witness|officer|"
    r"reporter|complainant|phone|telephone|mobile|e ?mail|ssn|social security|passport|birth|born|dob|age|sex|gender|"
    r"race|ethnicity|descent|nationality|licen[cs]e|plate|vin|badge)\b"
)
PLACES_NAMED = re.compile(r"\b(area|district|street|location|category|type|premise|division|borough|column) names?\b")
IDENTIFIER = re.compile(
    r"\b(id|ids|uuid|guid|key|row|number|num|no|nr|incidnt?num|incidntnum|incident num(ber)?|case num(ber)?|dr no|"
    r"report num(ber)?)\b"
)
PHONE = re.compile(r"(?:\+?\d[\s().-]*){10,13}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.\w+")
SOCIAL_SECURITY = re.compile(r"\d{3}-\d{2}-\d{4}")
MAX_ROWS_SEEN = 200  # rows whose values are looked at
MIN_SHARE = 0.6  # share of them that must look alike
MAX_COLUMNS_SHOWN = 30
MAX_UNUSED_SHOWN = 20


@dataclass(frozen=True)
class ColumnMapping:
    """How the columns of a table are used.

    chosen: {part: column}.
    guessed: the parts whose column no one named.
    refused: {column: why it is no input}.
    left_out: {column: why it may not even be looked at}.
    unused: columns without a part.
    certainties: {part: how well the values fit, in [0, 1]} of the parts that were guessed from values, not by name.
    """

    chosen: Mapping[str, str]
    guessed: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    certainties: Mapping[str, float] = field(default_factory=dict)

    def sentences(self) -> list[str]:
        """What an analyst must see before anything is computed."""
        chosen = [f"{part}: column {column!r}" + self._basis(part) for part, column in self.chosen.items()]
        refused = [f"not an input: {column!r}, {why}" for column, why in self.refused.items()]
        left = [f"left out: {column!r}, {why}" for column, why in self.left_out.items()]
        return (
            chosen + refused + left + ([f"unused: {', '.join(self.unused[:MAX_UNUSED_SHOWN])}"] if self.unused else [])
        )

    def _basis(self, part: str) -> str:
        if part in self.certainties:
            return f" (guessed from its values, of which {100 * self.certainties[part]:.0f} % fit)"
        return " (guessed)" if part in self.guessed else ""


def comparable_name(name: str) -> str:
    """A column's name in lower case with its words apart: `PdDistrict` and `pd_district` are `pd district`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", str(name))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", spaced.lower()).split())


def map_columns(
    frame: pd.DataFrame,
    named: Mapping[str, str] | None = None,
    is_category: Callable[[str], bool] | None = None,
) -> ColumnMapping:
    """The parts that a table's columns play: those that are named, and guesses for the others.

    frame: at least the first rows of the table.
    named: {part: column}; a part named with an empty column stays unused.
    is_category: whether a text is an incident's category in some city; with it, what no name tells is guessed from the
        values too.

    Raises InvalidInput for a part or a column that there is not, and for a column that may not be an input.
    """
    named = dict(named or {})
    _check_names(named, list(frame.columns))
    chosen = {part: column for part, column in named.items() if column}
    refused, left_out = _unfit_columns(frame, set(chosen.values()))
    for part, column in chosen.items():
        _check_use(part, column, frame, refused, left_out)
    guessed = []
    free = [column for column in frame.columns if column not in {*chosen.values(), *refused, *left_out}]
    for part in PARTS:
        if part not in named and (likely := _guess(part, free, frame)):
            chosen[part] = likely
            guessed.append(part)
            free.remove(likely)
    certainties = {}
    if is_category:
        missing = [part for part in PARTS if part not in chosen and part not in named]
        for part, guess in guess_parts(frame, free, missing, is_category).items():
            chosen[part], certainties[part] = guess.column, guess.certainty
            guessed.append(part)
            free.remove(guess.column)
    refused |= {
        column: "a text that states the offence, an input of coding alone"
        for column in free
        if comparable_name(column) in SYNONYMS["description"]
    }
    unused = tuple(column for column in free if column not in refused)
    in_order = {part: chosen[part] for part in PARTS if part in chosen}
    return ColumnMapping(in_order, tuple(guessed), refused, left_out, unused, certainties)


def _check_names(named: Mapping[str, str], columns: Sequence[str]) -> None:
    for part, column in named.items():
        if part not in PARTS:
            raise InvalidInput(
                expected=f"one of {', '.join(PARTS)}", received=f"{part!r:.40}", advice="Write date=COLUMN, say."
            )
        if column and column not in columns:
            raise InvalidInput(
                expected=f"a column of the table for {part}: {', '.join(map(str, columns[:MAX_COLUMNS_SHOWN]))}",
                received=f"{column!r:.60}",
                advice="Check its spelling.",
            )


def _unfit_columns(frame: pd.DataFrame, chosen: set[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Columns that are refused, and those about persons; the values of unnamed columns are looked at too."""
    refused, left_out = {}, {}
    for column in frame.columns:
        if why := afterwards(column):
            refused[column] = why
        elif why := about_a_person(column, frame[column] if column not in chosen else None):
            left_out[column] = why
    return refused, left_out


def afterwards(column: str) -> str | None:
    """Why a column is no input because of when it is written; None if it may be one."""
    if AFTERWARDS.search(comparable_name(column)):
        return "written with or after the category, so that it is not known when the question is asked"
    return None


def about_a_person(column: str, values: pd.Series | None = None) -> str | None:
    """Why a column is taken for person-level data; None if it does not look like it."""
    name = comparable_name(column)
    if PERSON.search(name) and not PLACES_NAMED.search(name):
        return "named like something about a person"
    if IDENTIFIER.search(name) and name not in ("street number", "block number"):
        return "named like an identifier of a case, a person or a row"
    for pattern, what in ((EMAIL, "e-mail addresses"), (SOCIAL_SECURITY, "social security numbers"), (PHONE, "phones")):
        if values is not None and _mostly(values, pattern):
            return f"holds values that look like {what}"
    return None


def _mostly(values: pd.Series, pattern: re.Pattern[str]) -> bool:
    if not (pd.api.types.is_string_dtype(values) or values.dtype == object):
        return False
    texts = values.dropna().head(MAX_ROWS_SEEN).astype(str).str.strip()
    return bool(len(texts)) and float(texts.str.fullmatch(pattern).mean()) > MIN_SHARE


def _check_use(
    part: str, column: str, frame: pd.DataFrame, refused: Mapping[str, str], left_out: Mapping[str, str]
) -> None:
    """An input must be known when the question is asked, and may say nothing of a person."""
    if part in ("label", "date"):
        return
    why = refused.get(column) or left_out.get(column)
    if why is None and part != "description" and comparable_name(column) in SYNONYMS["description"]:
        why = "the offence text is an input of coding alone: map it as description"
    if why is None:
        why = about_a_person(column, frame[column]) if part not in ("latitude", "longitude") else None
    if why:
        raise InvalidInput(
            expected=f"an input for {part}", received=f"{column!r}: {why}", advice="Map another column, or none."
        )


def _guess(part: str, free: Sequence[str], frame: pd.DataFrame) -> str | None:
    names = {comparable_name(column): column for column in reversed(free)}
    for synonym in SYNONYMS[part]:
        if synonym in names and _plausible(part, frame[names[synonym]]):
            return names[synonym]
    return None


def _plausible(part: str, values: pd.Series) -> bool:
    """A name alone is not enough for a coordinate or a date: `X` may be anything."""
    filled = values.dropna().head(MAX_ROWS_SEEN)
    if not len(filled):
        return False
    if part in ("latitude", "longitude"):
        texts = filled.astype("string").str.strip().str.replace(",", ".", regex=False)
        numbers = pd.to_numeric(texts, errors="coerce")
        return bool(numbers.abs().le(180).fillna(False).mean() > MIN_SHARE)  # what is no number fits no coordinate
    if part == "date" and not pd.api.types.is_datetime64_any_dtype(filled):
        return bool(filled.astype(str).str.contains(r"\d.*\d").mean() > MIN_SHARE)
    return True
