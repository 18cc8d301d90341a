"""What the context network knows: its categorical inputs ("slots"), and the keys and words that training saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import pandas as pd

from core.systems.crime.features import places

MISSING, UNKNOWN = 0, 1
"""Codes that every slot has: nothing was given, or something that training did not know."""

MIN_ROWS = 4  # rows below which a place has no entry of its own
MAX_SIBLINGS = 10
KNOT_SPACING = 0.5  # between the knots of the trend [years]
DAYS_PER_YEAR = 365.25
SECONDS_PER_DAY = 86_400

PLACES = ("address", "street", "cross_street", *(f"cell_{index}" for index in range(len(places.CELLS))))
CATEGORIES = ("district", "location_type", "domestic")
CLOCK = {
    "minute_of_day": 1442,
    "hour": 26,
    "minute": 62,
    "hour_of_week": 170,
    "day_of_month": 34,
    "day_of_year": 369,
}
"""Slots of time with their numbers of codes, the two codes above included."""

SLOTS = (*PLACES, *CATEGORIES, *CLOCK, "siblings")
"""The slots in the order of the codes' columns."""

INPUT_GROUPS: dict[str, tuple[str, ...]] = {
    "address": ("address", "street", "cross_street"),
    "place": tuple(name for name in PLACES if name.startswith("cell_")),
    "district": ("district",),
    "location_type": ("location_type",),
    "domestic": ("domestic",),
    "siblings": ("siblings",),
}
"""What a record can lack, and the slots that then are missing."""


class VocabularyRecord(TypedDict):
    """The part of a vocabulary that is no array, as metadata.json holds it; fields as of `Vocabulary`."""

    words: dict[str, list[str]]
    origin: list[float] | None
    first: float
    last: float


@dataclass(frozen=True)
class Vocabulary:
    """What training knew.

    keys: {slot of PLACES: sorted keys of places, int64}.
    words: {slot of CATEGORIES: texts}.
    origin: latitude and longitude of the data's middle [degrees], or None without coordinates.
    first, last: ends of the training data [days since 1970-01-01].
    """

    keys: Mapping[str, np.ndarray]
    words: Mapping[str, Sequence[str]]
    origin: tuple[float, float] | None
    first: float
    last: float

    def sizes(self) -> list[int]:
        """Number of codes of each slot, in the order of SLOTS."""
        counts = {name: len(keys) + 2 for name, keys in self.keys.items()}
        counts |= {name: len(words) + 2 for name, words in self.words.items()}
        counts |= {**CLOCK, "siblings": MAX_SIBLINGS + 1}
        return [counts[name] for name in SLOTS]

    def as_record(self) -> VocabularyRecord:
        """All but the keys, as metadata.json holds it."""
        return {
            "words": {name: list(words) for name, words in self.words.items()},
            "origin": None if self.origin is None else list(self.origin),
            "first": self.first,
            "last": self.last,
        }

    @staticmethod
    def from_record(record: VocabularyRecord, keys: Mapping[str, np.ndarray]) -> Vocabulary:
        """Inverse of `as_record`."""
        origin = (record["origin"][0], record["origin"][1]) if record["origin"] else None
        return Vocabulary(keys, record["words"], origin, record["first"], record["last"])

    @property
    def knots(self) -> np.ndarray:
        """Knots of the trend [years since `first`]."""
        return np.arange(0, (self.last - self.first) / DAYS_PER_YEAR + KNOT_SPACING, KNOT_SPACING)


def build_vocabulary(frame: pd.DataFrame) -> Vocabulary:
    """The vocabulary of training records; frame: as `IncidentRecords.frame`."""
    latitude, longitude = coordinates(frame)
    located = np.isfinite(latitude)
    origin = (float(np.median(latitude[located])), float(np.median(longitude[located]))) if located.any() else None
    columns = place_keys(frame, origin)
    keys = {name: _frequent_keys(columns[:, index]) for index, name in enumerate(PLACES)}
    words = {
        name: sorted(str(text) for text in frame[name].dropna().unique()) for name in ("district", "location_type")
    }
    words["domestic"] = ["no", "yes"] if (frame["domestic"] >= 0).any() else []
    days = days_since_1970(frame["datetime"])
    return Vocabulary(keys, words, origin, float(days.min()), float(days.max()))


def _frequent_keys(column: np.ndarray) -> np.ndarray:
    keys, counts = np.unique(column, return_counts=True)
    return np.asarray(keys[(counts >= MIN_ROWS) & (keys != MISSING)], dtype=np.int64)


def coordinates(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude of records, float64, shape (rows,) [degrees]."""
    latitude, longitude = (frame[name].to_numpy(dtype=float) for name in ("latitude", "longitude"))
    return latitude, longitude


def place_keys(frame: pd.DataFrame, origin: tuple[float, float] | None) -> np.ndarray:
    """Keys of the slots of PLACES; int64, shape (rows, len(PLACES))."""
    addresses = places.address_keys(frame["address"])
    if origin is None:
        return np.concatenate([addresses, np.zeros((len(frame), len(places.CELLS)), dtype=np.int64)], axis=1)
    return np.concatenate([addresses, places.cell_keys(*coordinates(frame), origin)], axis=1)


def days_since_1970(moments: pd.Series) -> np.ndarray:
    """Days since 1970-01-01 with the time of day as a fraction, float64, shape (rows,); NaN where missing."""
    seconds = moments.to_numpy().astype("datetime64[s]").astype(np.int64).astype(np.float64)
    return np.where(moments.notna().to_numpy(), seconds / SECONDS_PER_DAY, np.nan)
