"""The REST API: translates between HTTP and `inference`, never decides."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI
from fastapi.responses import FileResponse, PlainTextResponse
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel, ConfigDict, Field

from core import inference
from core.api import access_log, failures, work
from core.api.description import complete
from core.api.forms import STATUS, refusals
from core.api.gate import Gate, PlainJSON, caller
from core.api.lifetime import lifespan, prepare, warm_up_if_wanted, watch_the_log
from core.api.load import health
from core.api.load.admission import Admission, refuse_early
from core.api.predict import endpoint
from core.api.predict.predict_request import PredictRequest
from core.api.protocols import open_inference_endpoints, scoring, tensorflow_serving
from core.api.protocols.open_inference import InferRequest
from core.serving.early import refuse_early_by
from core.store import store

__all__ = ["STATUS", "app", "lifespan", "prepare", "warm_up_if_wanted", "watch_the_log"]


class FeedbackRequest(BaseModel):
    """The truth about one prediction."""

    model_config = ConfigDict(extra="forbid")
    prediction_id: str = Field(max_length=36, examples=["6f1f3f0e-5a55-4a35-9a53-0b3c54b2a1de"])
    label: str = Field(max_length=200, examples=["glass"], description="One that the system knows.")


class FeedbackAnswer(BaseModel):
    """What was stored, and whether the prediction was right."""

    prediction_id: str
    label: str
    correct: bool = Field(description="Whether the prediction said the same.")


app: FastAPI = FastAPIOffline(
    title="Lookout",
    description="Predictions for a city's analysts. Every answer is in the log before it leaves.",
    version="1",
    redoc_url=None,
    lifespan=lifespan,
    default_response_class=PlainJSON,
)
app.add_middleware(Admission)  # inside the gate, which counts its refusals too
app.add_middleware(Gate)
refuse_early_by(refuse_early)
failures.answer_by(app)
endpoint.join(app)
tensorflow_serving.join(app)
open_inference_endpoints.join(app)
scoring.join(app)
access_log.observe(app)


@app.post("/feedback", status_code=201, responses=refusals(401, 404, 422, 503))
def feedback(request: FeedbackRequest, actor: str = Depends(caller)) -> FeedbackAnswer:
    """Say what the truth was for a prediction."""
    outcome = inference.feedback(request.prediction_id, request.label, actor=actor)
    return FeedbackAnswer(prediction_id=request.prediction_id, label=outcome["label"], correct=outcome["correct"])


@app.get("/predictions/{prediction_id}", responses=refusals(401, 404, 503))
def prediction(prediction_id: str, actor: str = Depends(caller)) -> dict[str, Any]:
    """The logged row of a prediction, with its outcomes."""
    return dict(store().prediction(prediction_id))


app.get("/jobs/{job_id}", responses=refusals(401, 404, 503))(work.job)
app.delete("/jobs/{job_id}", status_code=202, responses=refusals(401, 404, 503))(work.cancel)
app.get("/predictions/{prediction_id}/files/{name}", response_class=FileResponse, responses=refusals(401, 404, 503))(
    work.file
)
app.get("/healthz")(health.healthz)
app.get("/readyz", responses=refusals(503))(health.readyz)
app.get("/metrics", response_class=PlainTextResponse, responses=refusals(401))(health.metrics)


complete(app, PredictRequest, InferRequest)
