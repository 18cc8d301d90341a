"""What a column is, judged by its values alone: dates, categories, coordinates, offence texts, blocks and districts."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.systems.crime.cleaning.dates import parse_dates

MAX_VALUES = 200  # of a column that are looked at
MIN_VALUES = 5  # below which values show nothing
MIN_FITTING = 0.8  # share of the values that must fit
MIN_COHERENCE = 0.5  # of districts: share of the places' variance that lies between them
MAX_DISTRICTS = 100
MAX_CITY = 4.0  # degrees from one end of a city to the other
MAX_LATITUDE, MAX_LONGITUDE = 80, 180  # of cities [degrees]
RIGHT_BY_SIZE = 0.7  # how sure latitude is told from longitude where both could be either
TEXT_WORDS = 2  # words at least of an offence text
TEXT_LENGTH = 300  # characters at most

DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}\.? ?[A-Za-z]{3,9}\.?,? ?\d{4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}"
)
STREET = re.compile(
    r"\b(?:block of|st|street|av|ave|avenue|blvd|boulevard|rd|road|dr|drive|ln|lane|way|pl|place|ct|court|hwy)\b|"
    r"(?:stra(?:ss|ß)e|platz|allee|gasse)\b|\S / \S|^\d+x* ",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    r"\b(?:district|precinct|sector|zone|beat|ward|division|area|north|south|east|west|central|bezirk)(?:ern)?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ValueGuess:
    """A column for a part, and how well its values fit, in [0, 1]."""

    column: str
    certainty: float


def guess_parts(
    frame: pd.DataFrame, free: Sequence[str], missing: Collection[str], is_category: Callable[[str], bool]
) -> dict[str, ValueGuess]:
    """The columns that show by their values what they are.

    frame: the first rows of a table. free: its columns without a part. missing: parts without a column. is_category:
    whether a text is the category of an incident in some city.
    """
    guesses: dict[str, ValueGuess] = {}
    columns = {name: values for name in free if len(values := _filled(frame[name])) >= MIN_VALUES}
    if {"latitude", "longitude"} <= set(missing):
        guesses |= _coordinates(columns)
    fits: dict[str, Callable[[pd.Series], float]] = {
        "date": _date_share,
        "label": lambda values: _share(values.map(is_category)),
        "address": _street_share,
        "description": _text_share,
    }
    for part, share in fits.items():
        taken = {guess.column for guess in guesses.values()}
        left = [name for name in columns if name not in taken]
        scored = [ValueGuess(name, share(columns[name])) for name in left]
        best = max(scored, key=lambda guess: guess.certainty, default=None)
        if best and best.certainty >= MIN_FITTING and (part in missing or part == "label"):
            guesses[part] = best
    if "label" in guesses and "label" not in missing:
        del guesses["label"]  # it was taken so that no other part is guessed from it
    taken = {guess.column for guess in guesses.values()}
    if "district" in missing:
        guesses |= _district(frame, [name for name in columns if name not in taken], guesses, is_category)
    return guesses


def _filled(values: pd.Series) -> pd.Series:
    """The first values that are there; those of a text trimmed."""
    filled = values.dropna().head(MAX_VALUES)
    if pd.api.types.is_datetime64_any_dtype(filled) or pd.api.types.is_bool_dtype(filled):
        return filled
    texts = filled.astype("string").str.strip()
    return texts[texts != ""].astype(object)


def _share(fitting: pd.Series) -> float:
    return float(fitting.astype(float).mean()) if len(fitting) else 0.0


def _date_share(values: pd.Series) -> float:
    """Share of the values that are dates; one whose times of day differ beats one that has days alone."""
    if pd.api.types.is_datetime64_any_dtype(values):
        moments = values
    elif values.dtype != object or _share(values.str.contains(DATE)) < MIN_FITTING:
        return 0.0
    else:
        moments = parse_dates(values.reset_index(drop=True)).moments
    read = moments.dropna()
    timed = len(read) and bool((read != read.dt.normalize()).any())
    return _share(moments.notna()) * (1.0 if timed else 0.99)


def _numbers(values: pd.Series) -> np.ndarray:
    """Numbers of texts, float64, NaN for what is none; a comma may be the decimal sign."""
    if values.dtype != object:
        return np.full(len(values), np.nan)
    numbers = pd.to_numeric(values.str.replace(",", ".", regex=False), errors="coerce")
    return np.asarray(numbers.to_numpy(dtype=np.float64, na_value=np.nan))


def _degree_share(values: pd.Series) -> float:
    """Share of the values that can be degrees of one city, to a hundredth at least; 0 if they span more than a city."""
    numbers = _numbers(values)
    with np.errstate(invalid="ignore"):
        fine = (np.abs(numbers) <= MAX_LONGITUDE) & (np.abs(numbers * 100 - np.round(numbers * 100)) > 1e-6)
    if fine.mean() < MIN_FITTING:
        return 0.0
    low, high = np.quantile(numbers[fine], (0.05, 0.95))
    return float(fine.mean()) if 0 < high - low <= MAX_CITY else 0.0


def _coordinates(columns: dict[str, pd.Series]) -> dict[str, ValueGuess]:
    """Latitude and longitude among columns of degrees: told apart by range, else the larger number is the latitude."""
    shares = {name: _degree_share(values) for name, values in columns.items()}
    degrees = [name for name, share in shares.items() if share]
    if len(degrees) != 2:
        return {}  # one is no place, and three leave open which
    middles = {name: abs(float(np.nanmedian(_numbers(columns[name])))) for name in degrees}
    by_range = max(middles.values()) > MAX_LATITUDE
    smaller, larger = sorted(degrees, key=middles.__getitem__)
    if by_range and middles[smaller] > MAX_LATITUDE:
        return {}
    latitude, longitude = (smaller, larger) if by_range else (larger, smaller)
    certainty = min(shares[latitude], shares[longitude]) * (1.0 if by_range else RIGHT_BY_SIZE)
    return {"latitude": ValueGuess(latitude, certainty), "longitude": ValueGuess(longitude, certainty)}


def _street_share(values: pd.Series) -> float:
    if values.dtype != object:
        return 0.0
    return _share(values.str.contains(STREET) & values.str.contains("[A-Za-z]"))


def _text_share(values: pd.Series) -> float:
    """Share of the values that read like an officer's words: several words, mostly letters, and they differ."""
    if values.dtype != object or values.nunique() < max(3, len(values) // 50):
        return 0.0
    letters = values.str.count(r"[^\W\d_]") / values.str.len()
    fitting = (values.str.count(r"\S+") >= TEXT_WORDS) & (letters > 0.6) & (values.str.len() <= TEXT_LENGTH)
    looks_else = max(_share(values.str.contains(DATE)), _street_share(values))
    return 0.0 if looks_else > 0.5 else _share(fitting)


def _district(
    frame: pd.DataFrame, free: Sequence[str], guesses: dict[str, ValueGuess], is_category: Callable[[str], bool]
) -> dict[str, ValueGuess]:
    """The column whose values lie apart on the map; without places, the one that is named like districts."""
    coordinates = None
    if {"latitude", "longitude"} <= set(guesses):
        coordinates = pd.DataFrame(
            {
                name: pd.to_numeric(frame[guesses[name].column].astype("string").str.replace(",", "."), errors="coerce")
                for name in ("latitude", "longitude")
            }
        ).head(MAX_VALUES)
    scored = []
    for name in free:
        values = _filled(frame[name])
        if values.dtype != object or not 2 <= values.nunique() <= min(MAX_DISTRICTS, len(values) // 2):
            continue
        if _share(values.map(is_category)) > 0.5 or values.str.len().max() > 40:
            continue
        certainty = (
            _coherence(values, coordinates) if coordinates is not None else _share(values.str.contains(NUMBERED))
        )
        if certainty >= (MIN_COHERENCE if coordinates is not None else MIN_FITTING):
            scored.append(ValueGuess(name, certainty))
    best = max(scored, key=lambda guess: guess.certainty, default=None)
    return {"district": best} if best else {}


def _coherence(values: pd.Series, coordinates: pd.DataFrame) -> float:
    """Adjusted share of the places' variance that lies between the values: near 1 for districts, near 0 for others."""
    located = coordinates.loc[values.index.intersection(coordinates.index)].dropna()
    groups = values.loc[located.index]
    count, kinds = len(located), groups.nunique()
    if count <= kinds + 1:
        return 0.0
    total = float(((located - located.mean()) ** 2).sum().sum())
    within = float(((located - located.groupby(groups).transform("mean")) ** 2).sum().sum())
    return max(0.0, 1 - (within / (count - kinds)) / (total / (count - 1))) if total else 0.0
