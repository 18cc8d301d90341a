"""The prediction log, its outcomes, and the questions asked of them. The only SQLAlchemy."""

from __future__ import annotations

from core.store.prediction_log import Store, store
from core.store.query import Finding, Query
from core.store.retention import RemovedRows
from core.store.rollups.counts import AnswerCounts, latency_of
from core.store.rollups.keeper import NOT_SURE_BELOW
from core.store.rollups.levels import DAY, HOUR, MINUTE
from core.store.rollups.reading import CountedStep, DetailedStep
from core.store.rows import (
    AlternativeRow,
    JudgedRow,
    LoggedPrediction,
    OutcomeRow,
    PredictionRow,
    TallyRow,
    outcome_row,
    unknown_prediction,
)
from core.store.tables import storable
from core.store.work_log import WorkRow, WorkState

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "NOT_SURE_BELOW",
    "AlternativeRow",
    "AnswerCounts",
    "CountedStep",
    "DetailedStep",
    "Finding",
    "JudgedRow",
    "LoggedPrediction",
    "OutcomeRow",
    "PredictionRow",
    "Query",
    "RemovedRows",
    "Store",
    "TallyRow",
    "WorkRow",
    "WorkState",
    "latency_of",
    "outcome_row",
    "storable",
    "store",
    "unknown_prediction",
]
