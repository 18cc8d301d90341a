"""What answers and refusals look like in the API, and with which status they go out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from core import errors
from core.contract import Prediction

STATUS: dict[type[errors.LookoutError], int] = {
    errors.InvalidInput: 422,
    errors.TooLarge: 413,
    errors.UnreadablePhoto: 422,
    errors.UnknownSystem: 404,
    errors.UnknownVersion: 404,
    errors.UnknownPrediction: 404,
    errors.UnknownFile: 404,
    errors.UnknownJob: 404,
    errors.UnknownWork: 404,
    errors.Unauthorised: 401,
    errors.ForeignPage: 403,
    errors.Busy: 503,
    errors.HostUnavailable: 502,
    errors.NotReady: 503,
    errors.StoreUnavailable: 503,
}
STATUS_BY_KIND = {kind.kind: status for kind, status in STATUS.items()}
ERROR_BY_KIND = {kind.kind: kind for kind in STATUS}


class Failure(BaseModel):
    """What every refused request gets."""

    error: str
    detail: str


def refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    """What the API's description says of refusals with these codes."""
    return {code: {"model": Failure} for code in codes}


def content(system: str, predictions: Sequence[Prediction]) -> dict[str, Any]:
    """The body of an answer to `POST /predict`; if none could be answered, with the first one's reason."""
    first = predictions[0]
    body = {
        "predictions": [as_json(prediction) for prediction in predictions],
        "model": system,
        "model_version": first.version,
    }
    if any(prediction.answer for prediction in predictions):
        return body
    return {"error": first.error_kind, "detail": first.error, **body}


def status_of(predictions: Sequence[Prediction]) -> int:
    """200 if any could be answered, else that of the first one's reason."""
    if any(prediction.answer for prediction in predictions):
        return 200
    return STATUS_BY_KIND.get(predictions[0].error_kind or "", 500)


def refuse_if_none_answered(predictions: Sequence[Prediction]) -> None:
    """Raise the first one's reason where no instance could be answered, for protocols that have no better place."""
    if not any(prediction.answer for prediction in predictions):
        first = predictions[0]
        raise ERROR_BY_KIND.get(first.error_kind or "", errors.LookoutError)(first.error or "")


def as_json(prediction: Prediction) -> dict[str, Any]:
    """A prediction in the API's form: `class`, the system's own fields, `score`, `alternatives`, `prediction_id`.

    `site` is there where one was given.
    """
    origin = {"prediction_id": prediction.id} | ({} if prediction.site is None else {"site": prediction.site})
    if prediction.answer is None:
        return {"error": prediction.error_kind, "detail": prediction.error, **origin}
    answer = prediction.answer
    names = answer.files.names if answer.files else ()
    links = {name: f"/predictions/{prediction.id}/files/{name}" for name in names}
    return {
        "class": answer.value,
        **answer.details,
        **answer.beside,
        **({"files": links} if links else {}),
        "score": answer.score,
        "alternatives": [{"class": other.value, "score": other.score} for other in answer.alternatives],
        "abstained": answer.abstained,
        "reason": answer.reason,
        **origin,
    }
