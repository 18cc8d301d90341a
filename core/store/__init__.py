"""The prediction log, its outcomes, and the questions asked of them. The only SQLAlchemy."""

from __future__ import annotations

from core.store.period_counts import StepCounts
from core.store.prediction_log import Store, store
from core.store.query import Finding, Query
from core.store.rows import (
    AlternativeRow,
    JudgedCount,
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
    "AlternativeRow",
    "Finding",
    "JudgedCount",
    "JudgedRow",
    "LoggedPrediction",
    "OutcomeRow",
    "PredictionRow",
    "Query",
    "StepCounts",
    "Store",
    "TallyRow",
    "WorkRow",
    "WorkState",
    "outcome_row",
    "storable",
    "store",
    "unknown_prediction",
]
