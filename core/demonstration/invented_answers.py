"""Predictions of an invented system and what people said of them: the same for the same end of the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from core.contract import PREDICTION_SET, Alternative, Answer, Prediction
from core.demonstration.invented_systems import DAYS, TABLES_BEGAN, TABLES_LENGTH, WORKED, InventedSystem, NormalFeature
from core.monitoring.drift import PREDICTED_CLASS, Reference, reference_of_columns
from core.store import OutcomeRow, outcome_row

SEED = 20
ACTOR = "invented"
SPREAD = 0.4  # of the logarithm of the time to answer
MIN_SCORE, MAX_SCORE, MIN_ANSWERED_SCORE = 0.3, 0.995, 0.4
MAX_HOURS_TO_JUDGE = 6.0
REFERENCE_ANSWERS = 4_000
MAX_OTHERS = 2  # values that an answer lists beside its own
COVERED = 0.9  # probability that a prediction set holds
SECONDS_PER_DAY = 86_400.0


class InventedAnswers:
    """The requests to one system over the time that ends at `until`: what is drawn by chance, shape (n,) each."""

    def __init__(self, system: InventedSystem, until: datetime) -> None:
        self._system, self._until = system, until
        self._random = np.random.default_rng([SEED, *system.name.encode()])
        sources, ages, failed_shares = self._requests()
        self._size = len(ages)
        order = np.argsort(-ages)  # oldest first
        self._ages, self._sources = ages[order], [sources[index] for index in order]
        self._failed = self._random.random(self._size) < failed_shares[order]
        self._judged = self._random.random(self._size) < system.judged_share
        self._chances = self._random.random(self._size)
        self._others = self._random.integers(0, len(system.values) - 1, self._size)
        self._scores = self._random.beta(*system.score_shape, self._size).clip(MIN_SCORE, MAX_SCORE).round(4)
        self._latency = system.median_ms * self._random.lognormal(0, SPREAD, self._size)
        self._groups, self._values = (self._drawn(shares, self._size) for shares in (system.groups, system.values))
        self._features = {name: self._drawn_feature(feature) for name, feature in system.features.items()}
        self._waits = self._random.uniform(0, MAX_HOURS_TO_JUDGE, self._size)
        self._identifiers = self._random.bytes(2 * 16 * self._size)

    def requests(self) -> Iterator[tuple[Prediction, OutcomeRow | None]]:
        """Each prediction, oldest first, with what somebody said of it, None where nobody did."""
        for index in range(self._size):
            prediction = self._prediction(index)
            is_judged = self._judged[index] and prediction.answer is not None
            yield prediction, self._outcome(prediction, index) if is_judged else None

    def reference(self) -> Reference:
        """What the features of a version's answers are held against: the same distributions, before any shift."""
        random = np.random.default_rng([SEED, *self._system.name.encode(), 1])
        columns: dict[str, Any] = {
            name: random.normal(feature.mean, feature.sd, REFERENCE_ANSWERS)
            for name, feature in self._system.features.items()
        }
        names, shares = list(self._system.values), list(self._system.values.values())
        columns[PREDICTED_CLASS] = random.choice(names, REFERENCE_ANSWERS, p=shares).tolist()
        return reference_of_columns(columns)

    def _requests(self) -> tuple[list[str], np.ndarray, np.ndarray]:
        """Source of each request, how long before the end it came [s], and how likely it fails."""
        size, random = self._system.requests, self._random
        sources = self._drawn(self._system.sources, size)
        in_table = np.array([source == "cli" for source in sources])
        by_day = random.uniform(1.0, WORKED.total_seconds(), size)
        began = TABLES_BEGAN.total_seconds()
        by_table = random.uniform(began - TABLES_LENGTH.total_seconds(), began, size)
        ages = SECONDS_PER_DAY * random.integers(0, DAYS, size) + np.where(in_table, by_table, by_day)
        shares = np.full(size, self._system.failed_share)
        if (outage := self._system.outage) is not None:
            end = outage.began.total_seconds()
            during = random.uniform(end - outage.length.total_seconds(), end, outage.requests)
            sources += [outage.source] * outage.requests
            ages, shares = np.append(ages, during), np.append(shares, np.full(outage.requests, outage.failed_share))
        return sources, ages, shares

    def _prediction(self, index: int) -> Prediction:
        age, group = timedelta(seconds=float(self._ages[index])), self._groups[index]
        common: dict[str, Any] = {
            "id": self._identifier(index),
            "created_at": self._until - age,
            "system": self._system.name,
            "version": self._version(age),
            "source": self._sources[index],
            "actor": ACTOR,
            "latency_ms": float(self._latency[index]),
            "site": group if self._system.grouping == "site" else None,
        }
        if self._failed[index]:
            why = {"error_kind": self._system.error_kind, "error": self._system.error}
            return Prediction(status="failed", **why, **common)
        return Prediction(status="answered", answer=self._answer(index), **common)

    def _answer(self, index: int) -> Answer:
        value, score, group = self._values[index], float(self._scores[index]), self._groups[index]
        others = self._all_but(value)
        rest = (Alternative(value=name, score=(1 - score) / len(others)) for name in others[:MAX_OTHERS])
        members = [value, *([] if score >= COVERED else others[:1])]
        return Answer(
            value=value,
            score=score,
            alternatives=(Alternative(value=value, score=score), *rest),
            abstained=score < MIN_ANSWERED_SCORE,
            details={PREDICTION_SET: list(members)} if self._system.gives_sets else {},
            features={name: float(drawn[index]) for name, drawn in self._features.items()},
            groups={} if self._system.grouping == "site" else {self._system.grouping: group},
        )

    def _outcome(self, prediction: Prediction, index: int) -> OutcomeRow:
        """What somebody said some hours later: right as often as the score says, but in a group that fell."""
        value, chance = self._values[index], float(self._scores[index])
        fall = self._system.fall
        if fall is not None and self._groups[index] == fall.group and self._ages[index] <= fall.lasting.total_seconds():
            chance *= fall.factor
        label = value if self._chances[index] < chance else self._all_but(value)[self._others[index]]
        return outcome_row(
            prediction.id,
            value,
            label,
            source="page",
            actor=ACTOR,
            identifier=self._identifier(self._size + index),
            created_at=min(prediction.created_at + timedelta(hours=float(self._waits[index])), self._until),
        )

    def _drawn(self, shares: Mapping[str, float], size: int) -> list[str]:
        drawn: list[str] = self._random.choice(list(shares), size, p=list(shares.values())).tolist()
        return drawn

    def _drawn_feature(self, feature: NormalFeature) -> np.ndarray:
        shifted = self._ages <= feature.shifted_for.total_seconds()
        return feature.mean + feature.sd * (feature.shift * shifted + self._random.standard_normal(self._size))

    def _all_but(self, value: str) -> list[str]:
        return [name for name in self._system.values if name != value]

    def _version(self, age: timedelta) -> str:
        """The version that answered at an age: the last that had begun."""
        return next(version for version, began in reversed(self._system.versions) if age <= began)

    def _identifier(self, number: int) -> str:
        return str(UUID(bytes=self._identifiers[16 * number : 16 * (number + 1)], version=4))
