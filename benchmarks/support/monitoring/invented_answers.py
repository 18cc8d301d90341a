"""Invented answers of three systems, in pools that long logs draw from, and the faults that these logs hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from benchmarks.support.simulated_days import FEATURES, Table
from core.contract import PREDICTION_SET
from core.monitoring.drift import PREDICTED_CLASS, Reference, reference_of_columns

POOL = 4000  # distinct answers of a system's version, and as many whose feature has drifted
FEATURE_NAMES = ("brightness", "contrast", "saturation", "sharpness", "aspect_ratio", "unlike_checked", "text_length")
DISTRICTS = ("BAYVIEW", "CENTRAL", "INGLESIDE", "MISSION", "NORTHERN", "PARK", "RICHMOND", "SOUTHERN", "TARAVAL")
SITES = ("harbour", "market", "north yard", "school", "station")
OFFENCES = ("ASSAULT", "BURGLARY", "LARCENY/THEFT", "VANDALISM", "VEHICLE THEFT")
MATERIALS = ("cardboard", "glass", "metal", "paper", "plastic")
DEPTHS = ("dry", "knee-deep", "waist-deep")


@dataclass(frozen=True)
class LoggedKind:
    """One system's version and where it was asked from. share: of all rows; latency_ms: usual time to answer."""

    system: str
    version: str
    source: str
    share: float
    latency_ms: float
    values: tuple[str, ...]
    by: str | None = None
    """What its answers are judged apart by."""


KINDS = (  # of versions that never shipped, whose references no server takes for those of its own
    LoggedKind("crime", "0.8.0", "cli", 0.20, 1.0, OFFENCES, "district"),
    LoggedKind("crime", "0.9.0", "cli", 0.25, 1.0, OFFENCES, "district"),
    LoggedKind("crime", "0.9.0", "page", 0.15, 1.5, OFFENCES, "district"),
    LoggedKind("flood", "0.9.0", "page", 0.01, 3000.0, DEPTHS),
    LoggedKind("waste", "0.8.0", "api", 0.35, 9.0, MATERIALS),
    LoggedKind("waste", "0.8.0", "page", 0.04, 12.0, MATERIALS),
)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one system from a time before the log's end, for a while. size: see FAULTS."""

    system: str
    since: timedelta
    length: timedelta
    size: float


DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FAULTS = {
    "wrong_district": Fault("crime", 15 * DAY, DAY, 0.05),  # share of right answers in WRONG_DISTRICT
    "drift": Fault("waste", 10 * DAY, 10 * DAY, 0.5),  # what DRIFTING moves by [standard deviations]
    "failures": Fault("waste", 40 * DAY, HOUR, 0.5),  # share that fails
    "slow_hours": Fault("crime", 30 * DAY, 4 * HOUR, 20.0),  # factor of the time to answer
}
WRONG_DISTRICT, WRONG_JUDGED = "MISSION", 0.5  # there, on that day, so many of the answers are judged
DRIFTING = "brightness"


@dataclass(frozen=True)
class AnswerPool:
    """Distinct answers of one kind as columns of the log, JSON as text; each of shape (n,), objects."""

    columns: dict[str, np.ndarray]
    districts: np.ndarray


def pool_of(kind: LoggedKind, seed: int, shift: float = 0.0) -> AnswerPool:
    """POOL answers. shift: of the feature DRIFTING [standard deviations]."""
    random = np.random.default_rng([seed, sum(kind.system.encode())])
    value_of = random.integers(len(kind.values), size=POOL)
    scores = random.beta(4, 2, POOL).round(4)
    features = _features(random, shift)
    districts = random.choice(DISTRICTS, POOL) if kind.by else np.full(POOL, None)
    guesses = [_guesses(kind.values, *pair) for pair in zip(value_of.tolist(), scores.tolist(), strict=True)]
    texts = {
        "value": [kind.values[number] for number in value_of],
        "score": scores.tolist(),
        "abstained": (scores < 0.3).tolist(),
        "alternatives": [json.dumps(each) for each in guesses],
        "details": [json.dumps({PREDICTION_SET: [guess["value"] for guess in each[:2]]}) for each in guesses],
        "features": _rows_as_json(features),
        "groups": [json.dumps({kind.by: district}) if kind.by else None for district in districts.tolist()],
    }
    return AnswerPool({name: np.array(column, dtype=object) for name, column in texts.items()}, districts)


def reference_of_kind(kind: LoggedKind, seed: int) -> Reference:
    """What the answers of a kind are held against: those of its pool without drift."""
    pool = pool_of(kind, seed)
    rows = [json.loads(text) for text in pool.columns["features"]]
    columns = {name: [row[name] for row in rows] for name in FEATURE_NAMES}
    return reference_of_columns({**columns, PREDICTED_CLASS: pool.columns["value"].tolist()})


def _features(random: np.random.Generator, shift: float) -> Table:
    table = {name: FEATURES[name](random.standard_normal(POOL)) for name in FEATURE_NAMES}
    table[DRIFTING] = table[DRIFTING] + shift * table[DRIFTING].std()
    return table


def _rows_as_json(table: Table) -> list[str]:
    columns = [column.round(4).tolist() for column in table.values()]
    return [json.dumps(dict(zip(table, row, strict=True))) for row in zip(*columns, strict=True)]


def _guesses(values: Sequence[str], best: int, score: float) -> list[dict[str, object]]:
    """The answer first, then the others with equal parts of what it leaves."""
    rest = round((1 - score) / (len(values) - 1), 4)
    others = [{"value": value, "score": rest} for number, value in enumerate(values) if number != best]
    return [{"value": values[best], "score": score}, *others]
