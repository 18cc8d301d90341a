"""From records to answers: which of the two networks is asked, what is in the set, and what moved the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from pydantic import JsonValue

from core.contract import PREDICTION_SET, Alternative, Answer
from core.errors import InvalidInput
from core.systems.crime.categories import ABOUT
from core.systems.crime.categories.prediction_sets import rank_classes
from core.systems.crime.engine import ContextNetwork, CrimeEngine
from core.systems.crime.features.ablation import ablate
from core.systems.crime.features.context_features import encode_numbers, encode_slots
from core.systems.crime.features.offence_text import normalise
from core.systems.crime.features.vocabulary import INPUT_GROUPS, MISSING, SLOTS, UNKNOWN

MIN_SCORE = 0.5  # below it an answer is not sure
MAX_GROUP_LENGTH = 60  # characters of a district that are kept
MIN_LISTED = 5e-4  # probability below which an alternative is not listed
MIN_ODDS_PROBABILITY = 1e-9  # that log-odds are taken of
HOURS_PER_WEEK = 168

RecordFields = Mapping[str, Any]
"""The fields of `CrimeInput` by name."""


@dataclass(frozen=True)
class CategoryAnswers:
    """Answers to n records.

    probabilities: calibrated, float32, shape (n, classes).
    order: classes best first, int, shape (n, classes).
    set_sizes: how many of those are in the 90 % set, int, shape (n,).
    coding: whether the offence text was answered, boolean, shape (n,).
    codes: the records as the context network sees them, shape (n, slots); None without such a network.
    """

    probabilities: np.ndarray
    order: np.ndarray
    set_sizes: np.ndarray
    coding: np.ndarray
    codes: np.ndarray | None


def build_frame(records: Sequence[RecordFields], timezone: str | None) -> tuple[pd.DataFrame, np.ndarray]:
    """Records as `IncidentRecords.frame` has them, and their sibling counts, int32, shape (n,), 0 for unknown.

    timezone: IANA name of the city's clock, onto which times with an offset are turned.
    """
    moments = [_local_time(record.get("datetime"), timezone) for record in records]
    frame = pd.DataFrame({"datetime": pd.Series(moments, dtype="datetime64[us]")})
    for name in ("latitude", "longitude"):
        values = [record.get(name) for record in records]
        frame[name] = np.array([np.nan if value is None else value for value in values], dtype=float)
    for name in ("district", "address", "location_type", "description"):
        frame[name] = pd.Series([record.get(name) for record in records], dtype=object)
    flags = [-1 if record.get("domestic") is None else int(record["domestic"]) for record in records]
    frame["domestic"] = np.array(flags, dtype=np.int8)
    return frame, np.array([record.get("siblings") or 0 for record in records], dtype=np.int32)


def _local_time(moment: datetime | None, timezone: str | None) -> datetime | None:
    if moment is None or moment.tzinfo is None:
        return moment
    return (moment.astimezone(ZoneInfo(timezone)) if timezone else moment).replace(tzinfo=None)


def answer_frame(engine: CrimeEngine, frame: pd.DataFrame, siblings: np.ndarray) -> CategoryAnswers:
    """Answer many records at once; those with an offence text are coded, the others answered from their context.

    frame: as `IncidentRecords.frame`, n rows.
    siblings: records of the same incident, 0 where unknown, int, shape (n,).

    Raises InvalidInput if this version cannot answer one of them.
    """
    has_text = frame["description"].notna().to_numpy()
    coding = has_text & (engine.coding is not None)
    _check_times(coding, frame["datetime"].notna().to_numpy())
    probabilities = np.zeros((len(frame), len(engine.labels)), dtype=np.float32)
    bounds = np.zeros((len(frame), 1))
    codes = encode_slots(frame, engine.context.vocabulary, siblings) if engine.context else None
    if coding.any() and engine.coding is not None:
        probabilities[coding] = engine.coding.probabilities(frame.loc[coding, "description"])
        bounds[coding] = engine.coding.calibration.set_bounds(probabilities[coding])
    if not coding.all() and engine.context is not None and codes is not None:
        rest = frame[~coding]
        probabilities[~coding] = engine.context.probabilities(rest, siblings[~coding], codes[~coding])
        bounds[~coding] = engine.context.set_bounds(siblings[~coding] > 0)
    return CategoryAnswers(probabilities, *rank_classes(probabilities, bounds), coding, codes)


def _check_times(coding: np.ndarray, has_time: np.ndarray) -> None:
    if not (coding | has_time).all():
        raise InvalidInput(
            expected="a datetime: this version learnt no offence texts",
            received="a description alone",
            advice="Give both.",
        )


def answer_records(engine: CrimeEngine, records: Sequence[RecordFields]) -> list[Answer]:
    """Answers to records, in order."""
    if not records:
        return []
    frame, siblings = build_frame(records, engine.metadata.get("timezone"))
    answers = answer_frame(engine, frame, siblings)
    features, groups = drift_features(frame, siblings, answers), group_columns(frame, answers)
    return [_answer(engine, answers, row, features, groups) for row in range(len(records))]


def _answer(
    engine: CrimeEngine,
    answers: CategoryAnswers,
    row: int,
    features: Mapping[str, np.ndarray],
    groups: Mapping[str, Sequence[str | None]],
) -> Answer:
    probabilities, order, coding = answers.probabilities[row], answers.order[row], bool(answers.coding[row])
    listed = [label for label in order if probabilities[label] >= MIN_LISTED]
    alternatives = tuple(
        Alternative(value=engine.labels[label], score=min(1.0, float(probabilities[label]))) for label in listed
    )
    members: list[JsonValue] = [engine.labels[label] for label in order[: answers.set_sizes[row]]]
    unsure = alternatives[0].score < MIN_SCORE
    return Answer(
        value=alternatives[0].value,
        score=alternatives[0].score,
        alternatives=alternatives,
        abstained=unsure,
        reason=abstention_reason(coding, len(members)) if unsure else None,
        details={"mode": groups["mode"][row], PREDICTION_SET: members, "about": ABOUT},
        features={name: float(values[row]) for name, values in features.items() if not np.isnan(values[row])},
        groups={name: group for name, values in groups.items() if (group := values[row]) is not None},
    )


def abstention_reason(coding: bool, open_categories: int) -> str:
    """Why an answer is not sure, in a sentence."""
    basis = "The text leaves" if coding else "Place and time leave"
    return f"{basis} {open_categories} categories open: no one is likelier than not."


def drift_features(frame: pd.DataFrame, siblings: np.ndarray, answers: CategoryAnswers) -> dict[str, np.ndarray]:
    """Numbers that say what kind of record each was; none leads back to a place or a person.

    Returns float64, shape (n,), by name; NaN where a record lacks the number.
    """
    moments = frame["datetime"].dt
    features: dict[str, np.ndarray | pd.Series] = {
        "siblings": siblings,
        "text_length": frame["description"].str.len().fillna(0),
        "hour": moments.hour,
        "weekday": moments.day_of_week,
        "month": moments.month,
    }
    if answers.codes is not None:
        features["inputs_given"] = (answers.codes != MISSING).mean(axis=1)
        features["address_known"] = answers.codes[:, 0] > UNKNOWN
    features["set_size"] = answers.set_sizes
    return {name: np.asarray(values, dtype=np.float64) for name, values in features.items()}


def group_columns(frame: pd.DataFrame, answers: CategoryAnswers) -> dict[str, list[str | None]]:
    """What n records are also judged apart by: how they were answered, and their district, None without one."""
    district = frame["district"].str.slice(0, MAX_GROUP_LENGTH)
    return {
        "mode": np.where(answers.coding, "coding", "context").tolist(),
        "district": district.astype(object).where(district.notna(), None).tolist(),
    }


def contributions(engine: CrimeEngine, record: RecordFields) -> dict[str, float]:
    """By input: how far the log-odds of the answer fall without it; for a coding, by word.

    Without an input means: as the network answers records that lack it. For the time of day and week: the mean over all
    hours of a week.
    """
    frame, siblings = build_frame([record], engine.metadata.get("timezone"))
    answers = answer_frame(engine, frame, siblings)
    label = int(answers.probabilities[0].argmax())
    if answers.coding[0]:
        return _word_contributions(engine, str(record["description"]), label)
    if engine.context is None:
        return {}
    return _input_contributions(engine.context, frame, siblings, label)


def _word_contributions(engine: CrimeEngine, description: str, label: int) -> dict[str, float]:
    words = normalise(description).split()
    without_each = [" ".join(words[:index] + words[index + 1 :]) for index in range(len(words))]
    if engine.coding is None or not words:
        return {"description": 0.0}
    odds = _log_odds(engine.coding.probabilities(pd.Series([" ".join(words), *without_each])), label)
    moved: dict[str, float] = {}
    for index, word in enumerate(words):
        name = f"description: {word}"
        moved[name] = moved.get(name, 0.0) + float(odds[0] - odds[index + 1])
    return moved


def _input_contributions(
    network: ContextNetwork, frame: pd.DataFrame, siblings: np.ndarray, label: int
) -> dict[str, float]:
    codes, numbers = encode_slots(frame, network.vocabulary, siblings), encode_numbers(frame, network.vocabulary)
    groups = [
        group for group, slots in INPUT_GROUPS.items() if any(codes[0, SLOTS.index(name)] != MISSING for name in slots)
    ]
    # row 0 is the record itself, and each further row lacks one input
    codes = np.repeat(codes, len(groups) + 1, axis=0)
    history = np.repeat(network.past.look_up(codes[:1]), len(codes), axis=0)
    numbers = np.repeat(numbers, len(codes), axis=0)
    for row, group in enumerate(groups, 1):
        ablate(group, np.arange(len(codes)) == row, codes, history, numbers)
    probabilities = network.calibrate(network.forward(codes, history, numbers), codes[:, -1] > 0)
    odds = _log_odds(probabilities, label)
    moved = {group: float(odds[0] - odds[row]) for row, group in enumerate(groups, 1)}
    moved["datetime"] = float(odds[0] - _week_log_odds(network, frame, siblings, label))
    return moved


def _week_log_odds(network: ContextNetwork, frame: pd.DataFrame, siblings: np.ndarray, label: int) -> float:
    """Log-odds of the label's mean probability over the hours of the record's week."""
    week = frame.loc[frame.index.repeat(HOURS_PER_WEEK)].reset_index(drop=True)
    monday = frame["datetime"].iloc[0].normalize() - pd.Timedelta(days=int(frame["datetime"].iloc[0].weekday()))
    minutes = frame["datetime"].iloc[0].minute
    week["datetime"] = monday + pd.to_timedelta(np.arange(HOURS_PER_WEEK) * 60 + minutes, unit="m")
    probabilities = network.probabilities(week, np.repeat(siblings, HOURS_PER_WEEK))
    return float(_log_odds(probabilities.mean(axis=0, keepdims=True), label)[0])


def _log_odds(probabilities: np.ndarray, label: int) -> np.ndarray:
    """Log-odds of one class; probabilities: shape (n, classes), result float64, shape (n,)."""
    own = np.clip(probabilities[:, label].astype(np.float64), MIN_ODDS_PROBABILITY, 1 - MIN_ODDS_PROBABILITY)
    return np.asarray(np.log(own / (1 - own)))
