"""The endpoint `POST /predict`: Lookout's own form of asking, in any body that `predict_request` reads."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Query

from core.api import description, forms, work
from core.api.bodies.request_body import RequestBody, received
from core.api.forms import refusals
from core.api.gate import PlainJSON, caller
from core.api.predict import line_stream, predict_request, table_answers
from core.api.prediction_call import Named
from core.settings import settings


async def named(
    model: Annotated[str | None, Query(description="The system's name, if the body does not say it.")] = None,
    version: Annotated[str | None, Query(description="A version or alias; the champion if not said.")] = None,
    site: Annotated[str | None, Query(description="Name of the place that the inputs come from.")] = None,
) -> Named:
    """What the address names. Async, for it waits for nothing: a plain function would be sent to a thread."""
    return Named(model, version, site)


def predict(
    actor: Annotated[str, Depends(caller)],
    body: Annotated[RequestBody, Depends(received)],
    beside: Annotated[Named, Depends(named)],
    accept: Annotated[str, Header(description="application/x-ndjson for a line for each answer, as it comes.")] = "",
) -> Any:
    """Predict one or many instances. An instance that cannot be answered says why; the others are answered.

    What is expected to take long becomes a job: 202, and the place to ask for it.
    """
    if table_answers.is_read_by_system(body, beside):
        table = table_answers.read(body, beside, actor)
        if line_stream.is_wanted(accept):
            return line_stream.of_objects(table_answers.objects(table))
        return PlainJSON(table_answers.content(table))
    call = predict_request.call_of(body, beside)
    planned = call.planned()
    if planned.seconds > settings().job_seconds:
        return work.accepted(call.system, planned, call.version, actor, call.site)
    if line_stream.is_wanted(accept):
        return line_stream.streamed(call, planned, actor)
    predictions = call.answered(planned, actor)
    return PlainJSON(forms.content(call.system, predictions), forms.status_of(predictions))


def join(app: FastAPI) -> None:
    """Add the endpoint to the app."""
    app.post(
        "/predict",
        openapi_extra={"requestBody": description.PREDICT_BODY},
        responses={
            200: description.PREDICT_ANSWER,
            202: {"model": work.Accepted, "description": "It takes long and became a job."},
            **refusals(401, 403, 404, 413, 422, 503),
        },
    )(predict)
