"""A prediction as one JSON object, as the command line prints it and a batch's result holds it."""

from __future__ import annotations

from typing import Any

from core.contract import Prediction


def line_of(file: str, prediction: Prediction, logged: bool = True) -> dict[str, Any]:
    """A prediction as one JSON object. file: what it is of. logged: whether its id is in the log."""
    identifier = prediction.id if logged else None
    common = {"file": file, "model_version": prediction.version, "prediction_id": identifier}
    common |= {} if prediction.site is None else {"site": prediction.site}
    if prediction.answer is None:
        return {**common, "error": prediction.error_kind, "detail": prediction.error}
    answer = prediction.answer
    certainty = {"score": answer.score, "abstained": answer.abstained, "reason": answer.reason}
    return {**common, "value": answer.value, **answer.details, **certainty}
