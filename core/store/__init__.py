"""The prediction log, its outcomes, and the questions asked of them. The only SQLAlchemy."""

from __future__ import annotations

from core.store.audit import AUDIT_SOURCE, SampledStratum, band_totals
from core.store.explorer import LogPage, LogSearch, SearchField, SortColumn
from core.store.lasting import JobRow, WorkRow, WorkState
from core.store.prediction_log import Store, store
from core.store.query import Finding, Query
from core.store.resource_log import QUANTITIES, ResourceLog, ResourceRow, ResourceValues
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

__all__ = [
    "AUDIT_SOURCE",
    "DAY",
    "HOUR",
    "MINUTE",
    "NOT_SURE_BELOW",
    "QUANTITIES",
    "AlternativeRow",
    "AnswerCounts",
    "CountedStep",
    "DetailedStep",
    "Finding",
    "JobRow",
    "JudgedRow",
    "LogPage",
    "LogSearch",
    "LoggedPrediction",
    "OutcomeRow",
    "PredictionRow",
    "Query",
    "RemovedRows",
    "ResourceLog",
    "ResourceRow",
    "ResourceValues",
    "SampledStratum",
    "SearchField",
    "SortColumn",
    "Store",
    "TallyRow",
    "WorkRow",
    "WorkState",
    "band_totals",
    "latency_of",
    "outcome_row",
    "storable",
    "store",
    "unknown_prediction",
]
