"""The measured network's answers to its validation records, from place and time, as a table asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.systems.crime import answers
from core.systems.crime.engine import ContextNetwork, CrimeEngine
from core.systems.crime.features.context_features import count_siblings


@dataclass(frozen=True)
class ContextAnswers:
    """Answers to n records. features: by name, shape (n,); values: categories, str, shape (n,).

    scores: calibrated probability of each, float64, shape (n,).
    """

    features: Mapping[str, np.ndarray]
    values: np.ndarray
    scores: np.ndarray


def answer_context(network: ContextNetwork, frame: pd.DataFrame, names: tuple[str, ...]) -> ContextAnswers:
    """Answer records with the rows of their incidents, as if no offence text were given.

    frame: as `IncidentRecords.frame`, n rows, those of an incident together. names: the categories.
    """
    frame = frame.assign(description=pd.Series([None] * len(frame), index=frame.index, dtype="string"))
    siblings = count_siblings(frame)
    engine = CrimeEngine(labels=names, metadata={}, context=network, coding=None)
    answered = answers.answer_frame(engine, frame, siblings)
    best = answered.order[:, 0]
    scores = answered.probabilities[np.arange(len(best)), best].astype(np.float64)
    features = answers.drift_features(frame, siblings, answered)
    return ContextAnswers(features, np.array(names, dtype=object)[best], np.minimum(scores, 1.0))


def about(period: Mapping[str, str | int], refit: bool) -> str:
    """What was answered, for the card.

    period: of the records, {"from": day, "to": day}. refit: whether what ships trained on them afterwards.
    """
    whose = "; they were given before what ships was trained on these records too" if refit else ""
    return (
        f"the validation records, {period['from']} to {period['to']}, from place and time with the rows of the same "
        f"incident{whose}. Answers from an offence text differ from these by text_length"
    )
