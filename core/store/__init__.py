"""The prediction log, its outcomes, and the questions asked of them. The only SQLAlchemy."""

from __future__ import annotations

from core.store.prediction_log import Store, store
from core.store.query import Query
from core.store.rows import AlternativeRow, JudgedRow, LoggedPrediction, OutcomeRow, PredictionRow, TallyRow

__all__ = [
    "AlternativeRow",
    "JudgedRow",
    "LoggedPrediction",
    "OutcomeRow",
    "PredictionRow",
    "Query",
    "Store",
    "TallyRow",
    "store",
]
