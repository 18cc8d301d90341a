"""From records to answers: which of the two questions is answered, what is in the set, and what moved the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from core.contract import Alternative, Answer
from core.errors import InvalidInput
from core.systems.crime import ABOUT
from core.systems.crime.calibration import ranked
from core.systems.crime.engine import Context, CrimeEngine
from core.systems.crime.features import context as features
from core.systems.crime.features import text
from core.systems.crime.features.absence import without

LEAST_SCORE = 0.5
SMALLEST_SHOWN = 5e-4  # probability below which an alternative is not listed
TINY = 1e-9
HOURS_OF_WEEK = 168


@dataclass(frozen=True)
class Answered:
    """Answers of n records.

    probabilities: shape (n, classes). order: classes best first, shape (n, classes). set_sizes: how many of those are
    in the 90 % set, shape (n,). coding: whether the text was answered, boolean (n,). codes: the records as the context
    network sees them, shape (n, slots), if there is one.
    """

    probabilities: np.ndarray
    order: np.ndarray
    set_sizes: np.ndarray
    coding: np.ndarray
    codes: np.ndarray | None


def frame_of(records: Sequence[Mapping[str, Any]], timezone: str | None) -> tuple[pd.DataFrame, np.ndarray]:
    """Records (fields of `Input`) as `cleaning.Records.frame` has them, and their sibling counts, 0 for unknown."""
    moments = [_local(one.get("datetime"), timezone) for one in records]
    frame = pd.DataFrame({"datetime": pd.Series(moments, dtype="datetime64[us]")})
    for name in ("latitude", "longitude"):
        frame[name] = np.array([np.nan if (one.get(name)) is None else one[name] for one in records], dtype=float)
    for name in ("district", "address", "location_type", "description"):
        frame[name] = pd.Series([one.get(name) for one in records], dtype=object)
    flags = [-1 if one.get("domestic") is None else int(one["domestic"]) for one in records]
    frame["domestic"] = np.array(flags, dtype=np.int8)
    return frame, np.array([one.get("siblings") or 0 for one in records], dtype=np.int32)


def _local(moment: Any, timezone: str | None) -> Any:
    if moment is None or moment.tzinfo is None:
        return moment
    return (moment.astimezone(ZoneInfo(timezone)) if timezone else moment).replace(tzinfo=None)


def answer_table(engine: CrimeEngine, frame: pd.DataFrame, siblings: np.ndarray) -> Answered:
    """Answer many records at once; those with an offence text are coded, the others answered from their context.

    frame: as `cleaning.Records.frame`; siblings: rows of the same incident, 0 where unknown, shape (n,). Raises
    InvalidInput if this version cannot answer one of them.
    """
    has_text = frame["description"].notna().to_numpy()
    coding = has_text & (engine.coding is not None)
    _check(engine, coding, frame["datetime"].notna().to_numpy())
    probabilities = np.zeros((len(frame), len(engine.labels)), dtype=np.float32)
    bounds = np.zeros((len(frame), 1))
    codes = features.codes(frame, engine.context.known, siblings) if engine.context else None
    if coding.any() and engine.coding is not None:
        probabilities[coding] = engine.coding.probabilities(frame.loc[coding, "description"])
        bounds[coding] = engine.coding.calibration.bounds(probabilities[coding])
    if not coding.all() and engine.context is not None and codes is not None:
        rest = frame[~coding]
        probabilities[~coding] = engine.context.probabilities(rest, siblings[~coding], codes[~coding])
        bounds[~coding] = engine.context.set_from(siblings[~coding] > 0)
    return Answered(probabilities, *ranked(probabilities, bounds), coding, codes)


def _check(engine: CrimeEngine, coding: np.ndarray, has_time: np.ndarray) -> None:
    if not (coding | has_time).all():
        raise InvalidInput(
            "Expected a datetime: this version learnt no offence texts. Received a description alone. Give both."
        )


def answers(engine: CrimeEngine, records: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """One answer per record, in order."""
    if not records:
        return []
    frame, siblings = frame_of(records, engine.metadata.get("timezone"))
    found = answer_table(engine, frame, siblings)
    numbers = drift(frame, siblings, found)
    return [_answer(engine, found, row, numbers) for row in range(len(records))]


def _answer(engine: CrimeEngine, found: Answered, row: int, numbers: Mapping[str, np.ndarray]) -> Answer:
    probabilities, order, coding = found.probabilities[row], found.order[row], bool(found.coding[row])
    listed = [place for place in order if probabilities[place] >= SMALLEST_SHOWN]
    alternatives = tuple(
        Alternative(value=engine.labels[place], score=min(1.0, float(probabilities[place]))) for place in listed
    )
    members: list[Any] = [engine.labels[place] for place in order[: found.set_sizes[row]]]
    unsure = alternatives[0].score < LEAST_SCORE
    return Answer(
        value=alternatives[0].value,
        score=alternatives[0].score,
        alternatives=alternatives,
        abstained=unsure,
        reason=why_unsure(coding, len(members)) if unsure else None,
        details={"mode": "coding" if coding else "context", "set90": members, "about": ABOUT},
        features={name: float(values[row]) for name, values in numbers.items() if not np.isnan(values[row])},
    )


def why_unsure(coding: bool, open_categories: int) -> str:
    """Why an answer is not sure, in a sentence."""
    basis = "The text leaves" if coding else "Place and time leave"
    return f"{basis} {open_categories} categories open: no one is likelier than not."


def drift(frame: pd.DataFrame, siblings: np.ndarray, found: Answered) -> dict[str, np.ndarray]:
    """Numbers that say what kind of record each was, NaN where it lacks them; none leads back to a place or a person.

    Each has shape (n,).
    """
    moments = frame["datetime"].dt
    numbers: dict[str, Any] = {
        "siblings": siblings,
        "text_length": frame["description"].str.len().fillna(0),
        "hour": moments.hour,
        "weekday": moments.day_of_week,
        "month": moments.month,
    }
    if found.codes is not None:
        numbers["inputs_given"] = (found.codes != features.MISSING).mean(axis=1)
        numbers["address_known"] = found.codes[:, 0] > features.UNKNOWN
    numbers["set_size"] = found.set_sizes
    return {name: np.asarray(values, dtype=np.float64) for name, values in numbers.items()}


def contributions(engine: CrimeEngine, record: Mapping[str, Any]) -> dict[str, float]:
    """By input: how far the log-odds of the answer fall without it; for a coding, by word.

    Without an input means: as the network answers records that lack it. For the time of day and week: the mean over all
    hours of a week.
    """
    frame, siblings = frame_of([record], engine.metadata.get("timezone"))
    found = answer_table(engine, frame, siblings)
    value = int(found.probabilities[0].argmax())
    if found.coding[0]:
        return _by_word(engine, str(record["description"]), value)
    if engine.context is None:
        return {}
    return _by_input(engine.context, frame, siblings, value)


def _by_word(engine: CrimeEngine, description: str, value: int) -> dict[str, float]:
    words = text.normalise(description).split()
    without_each = [" ".join(words[:place] + words[place + 1 :]) for place in range(len(words))]
    if engine.coding is None or not words:
        return {"description": 0.0}
    odds = _log_odds(engine.coding.probabilities(pd.Series([" ".join(words), *without_each])), value)
    found: dict[str, float] = {}
    for place, word in enumerate(words):
        name = f"description: {word}"
        found[name] = found.get(name, 0.0) + float(odds[0] - odds[place + 1])
    return found


def _by_input(context: Context, frame: pd.DataFrame, siblings: np.ndarray, value: int) -> dict[str, float]:
    codes, numbers = features.codes(frame, context.known, siblings), features.numbers(frame, context.known)
    given = [
        group
        for group, slots in features.GROUPS.items()
        if any(codes[0, features.SLOTS.index(name)] != features.MISSING for name in slots)
    ]
    changed = np.repeat(codes, len(given) + 1, axis=0)
    history = np.repeat(context.past.of(codes), len(changed), axis=0)
    moved = np.repeat(numbers, len(changed), axis=0)
    for row, group in enumerate(given, 1):
        without(group, np.arange(len(changed)) == row, changed, history, moved)
    probabilities = context.calibrated(context.run(changed, history, moved), changed[:, -1] > 0)
    odds = _log_odds(probabilities, value)
    found = {group: float(odds[0] - odds[row]) for row, group in enumerate(given, 1)}
    found["datetime"] = float(odds[0] - _mean_week(context, frame, siblings, value))
    return found


def _mean_week(context: Context, frame: pd.DataFrame, siblings: np.ndarray, value: int) -> float:
    """Log-odds of the mean probability over the hours of the record's week."""
    week = frame.loc[frame.index.repeat(HOURS_OF_WEEK)].reset_index(drop=True)
    monday = frame["datetime"].iloc[0].normalize() - pd.Timedelta(days=int(frame["datetime"].iloc[0].weekday()))
    minutes = frame["datetime"].iloc[0].minute
    week["datetime"] = monday + pd.to_timedelta(np.arange(HOURS_OF_WEEK) * 60 + minutes, unit="m")
    probabilities = context.probabilities(week, np.repeat(siblings, HOURS_OF_WEEK))
    return float(_log_odds(probabilities.mean(axis=0, keepdims=True), value)[0])


def _log_odds(probabilities: np.ndarray, value: int) -> np.ndarray:
    own = np.clip(probabilities[:, value].astype(np.float64), TINY, 1 - TINY)
    return np.asarray(np.log(own / (1 - own)))
