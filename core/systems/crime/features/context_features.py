"""Records as the context network sees them: a code per categorical slot, and a few numbers of time and place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.systems.crime.features.places import local_metres
from core.systems.crime.features.vocabulary import (
    CATEGORIES,
    CLOCK,
    DAYS_PER_YEAR,
    KNOT_SPACING,
    MAX_SIBLINGS,
    MISSING,
    PLACES,
    SLOTS,
    UNKNOWN,
    Vocabulary,
    coordinates,
    days_since_1970,
    place_keys,
)

PLACE_SCALE = 5000  # distance from the city's middle that counts as 1 [m]
MAX_PLACE = 5  # scaled distance at which a place's coordinates are cut


def encode_slots(frame: pd.DataFrame, vocabulary: Vocabulary, siblings: np.ndarray | None = None) -> np.ndarray:
    """Codes of records, one per slot.

    frame: as `IncidentRecords.frame`.
    vocabulary: what training knew.
    siblings: records of the same incident (`count_siblings`), 0 where that is not known, shape (rows,).

    Returns int32, shape (rows, len(SLOTS)).
    """
    codes = np.zeros((len(frame), len(SLOTS)), dtype=np.int32)
    keys = place_keys(frame, vocabulary.origin)
    for index, name in enumerate(PLACES):
        codes[:, index] = _key_codes(keys[:, index], vocabulary.keys[name])
    for index, name in enumerate(CATEGORIES, len(PLACES)):
        codes[:, index] = _word_codes(frame[name], vocabulary.words[name])
    start = len(PLACES) + len(CATEGORIES)
    codes[:, start : start + len(CLOCK)] = _clock_codes(frame["datetime"])
    if siblings is not None:
        codes[:, -1] = np.minimum(siblings, MAX_SIBLINGS)
    return codes


def _key_codes(keys: np.ndarray, vocabulary: np.ndarray) -> np.ndarray:
    if not len(vocabulary):
        return np.zeros(len(keys), dtype=np.int32)  # the input was not there to learn from: as good as missing
    nearest = np.minimum(np.searchsorted(vocabulary, keys), len(vocabulary) - 1)
    codes = np.where(vocabulary[nearest] == keys, nearest + 2, UNKNOWN)
    return np.where(keys == MISSING, MISSING, codes).astype(np.int32)


def _word_codes(values: pd.Series, vocabulary: Sequence[str]) -> np.ndarray:
    if not len(vocabulary):
        return np.zeros(len(values), dtype=np.int32)
    if values.name == "domestic":
        flags = values.to_numpy(dtype=np.int64)
        return np.where(flags < 0, MISSING, flags + 2).astype(np.int32)
    code_of = {text: code for code, text in enumerate(vocabulary, 2)}
    numbers, texts = pd.factorize(values)
    codes = np.array([*(code_of.get(str(text), UNKNOWN) for text in texts), MISSING], dtype=np.int32)
    return np.asarray(codes[numbers])


def _clock_codes(moments: pd.Series) -> np.ndarray:
    """Codes of CLOCK; 0 where the time is missing."""
    timed = moments.notna().to_numpy()
    minutes = np.where(timed, moments.to_numpy().astype("datetime64[m]").astype(np.int64), 0)
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
    return np.where(timed[:, None], np.stack(columns, axis=1) + 2, MISSING).astype(np.int32)


def encode_numbers(frame: pd.DataFrame, vocabulary: Vocabulary) -> np.ndarray:
    """Trend, daily and yearly cycles, and the place itself.

    The trend is a hat function per knot and stays at its last value after the training data end: what comes later is
    not known. The cycles are the first Fourier terms, three of the day and two of the year.

    Returns float32, shape (rows, knots + 12).
    """
    days = np.nan_to_num(days_since_1970(frame["datetime"]), nan=vocabulary.last)
    years = (np.clip(days, vocabulary.first, vocabulary.last) - vocabulary.first) / DAYS_PER_YEAR
    hats = np.maximum(0.0, 1 - np.abs(years[:, None] - vocabulary.knots) / KNOT_SPACING)
    day, year = 2 * np.pi * (days % 1), 2 * np.pi * (days % DAYS_PER_YEAR) / DAYS_PER_YEAR
    waves = [
        wave(turn * angle)
        for angle, turns in ((day, 3), (year, 2))
        for turn in range(1, turns + 1)
        for wave in (np.sin, np.cos)
    ]
    if vocabulary.origin is None:
        scaled = np.zeros((len(frame), 2))
    else:
        north, east = local_metres(*coordinates(frame), vocabulary.origin)
        scaled = np.nan_to_num(np.stack((north, east), axis=1) / PLACE_SCALE)
    columns = [hats, np.stack(waves, axis=1), np.clip(scaled, -MAX_PLACE, MAX_PLACE)]
    return np.concatenate(columns, axis=1).astype(np.float32)


def count_siblings(frame: pd.DataFrame, counted: np.ndarray | None = None) -> np.ndarray:
    """How many records share time and address with each, itself included: one incident may carry several codes.

    frame: as `IncidentRecords.frame`.
    counted: which records count, all if None; boolean, shape (rows,).

    Returns int32, shape (rows,); 0 where time or address is missing, for then it is not known.
    """
    complete = (frame["datetime"].notna() & frame["address"].notna()).to_numpy()
    moments = pd.factorize(frame["datetime"])[0].astype(np.int64)
    pairs = moments * (int(frame["address"].nunique()) + 2) + pd.factorize(frame["address"])[0]
    incident = pd.factorize(pairs)[0]
    counts = np.bincount(incident, weights=counted)
    return np.where(complete, np.maximum(counts[incident], 1), 0).astype(np.int32)
