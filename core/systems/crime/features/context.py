"""Records as the context network sees them: a row of one table per categorical input, and a few numbers of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.systems.crime.features import places

MISSING, UNKNOWN = 0, 1
"""Codes that every input has: nothing was given, or something that training did not know."""

LEAST_ROWS = 4  # rows below which a place has no entry of its own
MOST_SIBLINGS = 10
KNOTS_APART = 0.5  # years between the knots of the trend
YEAR = 365.25  # days
DAY = 86_400  # s

PLACES = ("address", "street", "cross_street", *(f"cell_{place}" for place in range(len(places.CELLS))))
CATEGORIES = ("district", "location_type", "domestic")
CLOCK = {
    "minute_of_day": 1442,
    "hour": 26,
    "minute": 62,
    "hour_of_week": 170,
    "day_of_month": 34,
    "day_of_year": 369,
}
"""Inputs of time with their sizes, the two codes above included."""

SLOTS = (*PLACES, *CATEGORIES, *CLOCK, "siblings")
"""The inputs in the order of the codes' columns."""

GROUPS: dict[str, tuple[str, ...]] = {
    "address": ("address", "street", "cross_street"),
    "place": tuple(name for name in PLACES if name.startswith("cell_")),
    "district": ("district",),
    "location_type": ("location_type",),
    "domestic": ("domestic",),
    "siblings": ("siblings",),
}
"""What a record can lack, and the slots that then are missing."""


@dataclass(frozen=True)
class Vocabulary:
    """What training knew: sorted keys of places, texts of categories, and where and when the data lie.

    keys: {slot of PLACES: int64, sorted}; words: {slot of CATEGORIES: texts}. origin: latitude, longitude [degrees] of
    the middle, or None without coordinates. first, last: days since 1970 of the training data's ends.
    """

    keys: Mapping[str, np.ndarray]
    words: Mapping[str, Sequence[str]]
    origin: tuple[float, float] | None
    first: float
    last: float

    def sizes(self) -> list[int]:
        """Codes of each slot, in the order of SLOTS."""
        found = {name: len(keys) + 2 for name, keys in self.keys.items()}
        found |= {name: len(words) + 2 for name, words in self.words.items()}
        found |= {**CLOCK, "siblings": MOST_SIBLINGS + 1}
        return [found[name] for name in SLOTS]

    @property
    def knots(self) -> np.ndarray:
        """Knots of the trend [years since `first`]."""
        return np.arange(0, (self.last - self.first) / YEAR + KNOTS_APART, KNOTS_APART)


def vocabulary(frame: pd.DataFrame) -> Vocabulary:
    """What there is in training records (`cleaning.Records.frame`)."""
    latitude, longitude = (frame[name].to_numpy(dtype=float) for name in ("latitude", "longitude"))
    known = np.isfinite(latitude)
    origin = (float(np.median(latitude[known])), float(np.median(longitude[known]))) if known.any() else None
    columns = _place_keys(frame, origin)
    keys = {name: _frequent(columns[:, place]) for place, name in enumerate(PLACES)}
    words = {
        name: sorted(str(text) for text in frame[name].dropna().unique()) for name in ("district", "location_type")
    }
    words["domestic"] = ["no", "yes"] if (frame["domestic"] >= 0).any() else []
    days = _days(frame["datetime"])
    return Vocabulary(keys, words, origin, float(days.min()), float(days.max()))


def _frequent(column: np.ndarray) -> np.ndarray:
    keys, counts = np.unique(column, return_counts=True)
    return np.asarray(keys[(counts >= LEAST_ROWS) & (keys != MISSING)], dtype=np.int64)


def _place_keys(frame: pd.DataFrame, origin: tuple[float, float] | None) -> np.ndarray:
    """Keys of PLACES; int64, shape (rows, len(PLACES))."""
    addresses = places.address_keys(frame["address"])
    if origin is None:
        return np.concatenate([addresses, np.zeros((len(frame), len(places.CELLS)), dtype=np.int64)], axis=1)
    latitude, longitude = (frame[name].to_numpy(dtype=float) for name in ("latitude", "longitude"))
    return np.concatenate([addresses, places.cell_keys(latitude, longitude, origin)], axis=1)


def codes(frame: pd.DataFrame, known: Vocabulary, siblings: np.ndarray | None = None) -> np.ndarray:
    """Codes of records; int32, shape (rows, len(SLOTS)).

    siblings: rows of the same incident (`count_siblings`), 0 where that is not known; shape (rows,).
    """
    found = np.zeros((len(frame), len(SLOTS)), dtype=np.int32)
    keys = _place_keys(frame, known.origin)
    for place, name in enumerate(PLACES):
        found[:, place] = _look_up(keys[:, place], known.keys[name])
    for place, name in enumerate(CATEGORIES, len(PLACES)):
        found[:, place] = _category(frame[name], known.words[name])
    start = len(PLACES) + len(CATEGORIES)
    found[:, start : start + len(CLOCK)] = _clock_codes(frame["datetime"])
    if siblings is not None:
        found[:, -1] = np.minimum(siblings, MOST_SIBLINGS)
    return found


def _look_up(keys: np.ndarray, known: np.ndarray) -> np.ndarray:
    if not len(known):
        return np.zeros(len(keys), dtype=np.int32)  # the input was not there to learn from: as good as missing
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(keys == MISSING, MISSING, np.where(known[at] == keys, at + 2, UNKNOWN)).astype(np.int32)


def _category(values: pd.Series, known: Sequence[str]) -> np.ndarray:
    if not len(known):
        return np.zeros(len(values), dtype=np.int32)
    if values.name == "domestic":
        flags = values.to_numpy(dtype=np.int64)
        return np.where(flags < 0, MISSING, flags + 2).astype(np.int32)
    places_of = {text: place for place, text in enumerate(known, 2)}
    numbers, texts = pd.factorize(values)
    found = np.array([*(places_of.get(str(text), UNKNOWN) for text in texts), MISSING], dtype=np.int32)
    return np.asarray(found[numbers])


def _clock_codes(moments: pd.Series) -> np.ndarray:
    """Codes of CLOCK; 0 where the time is missing."""
    known = moments.notna().to_numpy()
    minutes = np.where(known, moments.to_numpy().astype("datetime64[m]").astype(np.int64), 0)
    day, minute = np.divmod(minutes, 1440)
    hour = minute // 60
    date = moments.dt
    columns = [
        minute,
        hour,
        minute % 60,
        (day + 3) % 7 * 24 + hour,  # 1970-01-01 was a Thursday; Monday is 0
        np.nan_to_num(date.day.to_numpy(dtype=float)).astype(np.int64),
        np.nan_to_num(date.day_of_year.to_numpy(dtype=float)).astype(np.int64),
    ]
    return np.where(known[:, None], np.stack(columns, axis=1) + 2, MISSING).astype(np.int32)


def numbers(frame: pd.DataFrame, known: Vocabulary) -> np.ndarray:
    """Trend, daily and yearly cycles, and the place itself; float32, shape (rows, knots + 12).

    The trend is a hat function per knot and stays at its last value after the training data end: what comes later is
    not known.
    """
    days = np.nan_to_num(_days(frame["datetime"]), nan=known.last)
    years = (np.clip(days, known.first, known.last) - known.first) / YEAR
    hats = np.maximum(0.0, 1 - np.abs(years[:, None] - known.knots) / KNOTS_APART)
    day, year = 2 * np.pi * (days % 1), 2 * np.pi * (days % YEAR) / YEAR
    waves = [
        wave(turn * angle)
        for angle, turns in ((day, 3), (year, 2))
        for turn in range(1, turns + 1)
        for wave in (np.sin, np.cos)
    ]
    if known.origin is None:
        place = np.zeros((len(frame), 2))
    else:
        latitude, longitude = (frame[name].to_numpy(dtype=float) for name in ("latitude", "longitude"))
        place = np.nan_to_num(np.stack(places.metres(latitude, longitude, known.origin), axis=1) / 5000)
    return np.concatenate([hats, np.stack(waves, axis=1), np.clip(place, -5, 5)], axis=1).astype(np.float32)


def _days(moments: pd.Series) -> np.ndarray:
    """Days since 1970-01-01 with the time of day as a fraction; NaN where missing."""
    seconds = moments.to_numpy().astype("datetime64[s]").astype(np.int64).astype(np.float64)
    return np.where(moments.notna().to_numpy(), seconds / DAY, np.nan)


def count_siblings(frame: pd.DataFrame, counted: np.ndarray | None = None) -> np.ndarray:
    """How many records share time and address with each (one incident may carry several codes), itself included.

    0 where time or address is missing: then it is not known. counted: which records count, all if None; boolean, shape
    (rows,). int32, shape (rows,).
    """
    known = (frame["datetime"].notna() & frame["address"].notna()).to_numpy()
    moments = pd.factorize(frame["datetime"])[0].astype(np.int64)
    both = moments * (int(frame["address"].nunique()) + 2) + pd.factorize(frame["address"])[0]
    group = pd.factorize(both)[0]
    counts = np.bincount(group, weights=counted)
    return np.where(known, np.maximum(counts[group], 1), 0).astype(np.int32)
