"""Rows of the log as typed dictionaries: what is written for a prediction, and what is read back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypedDict
from uuid import uuid4

from pydantic import JsonValue

from core.contract import Prediction
from core.errors import UnknownPrediction

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
OF_ANSWERS = ("value", "score", "abstained", "reason", "alternatives", "details", "features", "groups")
"""Columns that a failed prediction has no values for."""


class AlternativeRow(TypedDict):
    """One possible value of an answer and its calibrated probability in [0, 1]."""

    value: str
    score: float


class PredictionRow(TypedDict, total=False):
    """A prediction as the log holds it. Of rows that were read with chosen columns, those columns alone are there."""

    id: str
    created_at: datetime
    system: str
    version: str | None
    source: str
    actor: str
    batch: str | None
    status: str
    """`answered` or `failed`."""
    value: str | None
    score: float | None
    abstained: bool | None
    reason: str | None
    alternatives: list[AlternativeRow] | None
    """Best first; None where the prediction failed, like all that comes from its answer."""
    details: dict[str, JsonValue] | None
    features: dict[str, float | None] | None
    """None for a number that JSON does not know."""
    groups: dict[str, str] | None
    """What the answer is judged apart by, such as its district."""
    input_hash: str | None
    error_kind: str | None
    error: str | None
    latency_ms: float
    site: str | None
    """Name of the place that the input comes from; None where none was given."""


class OutcomeRow(TypedDict):
    """What somebody said was true of a prediction."""

    id: str
    prediction_id: str
    created_at: datetime
    label: str
    correct: bool
    source: str
    actor: str
    consented: bool
    kept_input: str | None
    """Path of the input in the data folder, where its owner agreed that it is kept."""


class LoggedPrediction(PredictionRow):
    """One prediction with all that was said of it since, oldest first."""

    outcomes: list[OutcomeRow]


class JudgedRow(PredictionRow, total=False):
    """One prediction with label and correctness of its latest outcome; None without one."""

    label: str | None
    correct: bool | None


class TallyRow(TypedDict):
    """Counts of one system's predictions."""

    system: str
    n: int
    failed: int
    not_sure: int
    judged: int
    """Predictions with an outcome."""
    correct: int
    """Those whose latest outcome agrees."""
    latest: datetime
    """Time of the newest prediction."""


def unknown_prediction(prediction_id: str, removed_before: datetime = NEVER) -> UnknownPrediction:
    """The refusal of an id that is not in the log, or no longer. removed_before: older rows were removed."""
    removed = f" Those from before {removed_before:%Y-%m-%d} (UTC) were removed from the log, to keep it short."
    return UnknownPrediction(
        expected="the id of a logged prediction",
        received=f"{prediction_id!r:.80}, which is not in the log",
        advice="Copy the prediction_id from an answer." + (removed if removed_before > NEVER else ""),
    )


def outcome_row(
    prediction_id: str,
    value: str | None,
    label: str,
    *,
    source: str,
    actor: str,
    consented: bool = False,
    kept_input: str | None = None,
    identifier: str | None = None,
    created_at: datetime | None = None,
) -> OutcomeRow:
    """The columns of `outcomes` for a truth. value: what was answered. identifier: a new one if None; time: now."""
    return {
        "id": identifier or str(uuid4()),
        "prediction_id": prediction_id,
        "created_at": created_at or datetime.now(UTC),
        "label": label,
        "correct": value == label,
        "source": source,
        "actor": actor,
        "consented": consented,
        "kept_input": kept_input,
    }


def prediction_row(prediction: Prediction) -> dict[str, object]:
    """The columns of `predictions` for one prediction; the files of its answer go by name into its details."""
    row = prediction.model_dump(exclude={"answer"})
    answer = prediction.answer
    if answer is None:
        row.update(dict.fromkeys(OF_ANSWERS))
        return row
    row.update(answer.model_dump(mode="json", exclude={"files", "beside"}))
    if answer.files is not None:
        row["details"] = {**row["details"], "files": answer.files.model_dump(mode="json")}
    return row
