"""A prediction out of the log, as pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.contract import Alternative, Answer, Prediction
from core.store import OutcomeRow, store


def from_log(prediction_id: str) -> tuple[Prediction, OutcomeRow | None]:
    """A logged prediction with what was last said of it. Raises UnknownPrediction, StoreUnavailable."""
    row = store().prediction(prediction_id)
    return of_row(row), row["outcomes"][-1] if row["outcomes"] else None


def of_row(row: Mapping[str, Any]) -> Prediction:
    """A whole row of the log as the prediction that it was."""
    answer = None
    if row["status"] == "answered":
        answer = Answer(
            value=row["value"],
            score=row["score"],
            alternatives=tuple(Alternative(**other) for other in row["alternatives"] or ()),
            abstained=bool(row["abstained"]),
            reason=row["reason"],
            details=row["details"] or {},
        )
    names = (
        *("id", "created_at", "system", "version", "source", "actor", "batch", "site"),
        *("status", "error_kind", "error"),
    )
    fields = {name: row[name] for name in names}
    return Prediction(answer=answer, **fields)
