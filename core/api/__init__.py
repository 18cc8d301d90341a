"""The REST API: translates between HTTP and `inference`, never decides."""

from __future__ import annotations

import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.exceptions import HTTPException

from core import alerts, errors, inference, jobs, resources, retention, telemetry
from core.api import access_log, forms, log_metrics, work
from core.api.forms import STATUS, refusals
from core.api.gate import Gate, PlainJSON, caller
from core.errors import StoreUnavailable
from core.inference import references
from core.inference.sites import MAX_LENGTH as MAX_SITE_LENGTH
from core.migrations import migrate
from core.settings import settings
from core.store import store

PLAIN_PHOTO_SYSTEM = "waste"  # a body of {"image": "<base64>"} alone means this system


class PredictRequest(BaseModel):
    """One or many instances for one system; or a plain photo, which means `waste`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"model": "waste", "instances": [{"image": {"b64": "<base64 of a JPEG>"}}]},
                {"model": "waste", "input": {"image": {"b64": "<base64 of a JPEG>"}}},
                {"image": "<base64 of a JPEG>"},
            ]
        },
    )
    model: str | None = Field(None, description="The system's name, such as waste.")
    version: str | None = Field(None, description="A version or alias; the champion if not said.")
    instances: list[Any] | None = Field(None, description="What to predict, many at once.")
    input: Any = Field(None, description="What to predict, one.")
    image: Any = Field(None, description="A photo as base64; means the system waste.")
    site: Annotated[str, Field(json_schema_extra={"maxLength": MAX_SITE_LENGTH})] | None = Field(  # checked by the path
        None, description="Name of the place that the inputs come from, such as a yard or a sorting line."
    )

    @model_validator(mode="after")
    def _exactly_one_form(self) -> PredictRequest:
        forms_used = [name for name in ("instances", "input", "image") if getattr(self, name) is not None]
        if len(forms_used) != 1:
            raise ValueError(
                errors.refusal("exactly one of instances, input or image", ", ".join(forms_used) or "none")
            )
        if self.model is None and self.image is None:
            raise ValueError(errors.refusal("model, the system's name, beside instances or input", "none"))
        return self

    @property
    def system(self) -> str:
        """The system that is meant."""
        return self.model or PLAIN_PHOTO_SYSTEM

    @property
    def all_instances(self) -> list[Any]:
        """The instances, whichever form they came in."""
        if self.instances is not None:
            return self.instances
        return [self.input] if self.input is not None else [{"image": self.image}]


class FeedbackRequest(BaseModel):
    """The truth about one prediction."""

    model_config = ConfigDict(extra="forbid")
    prediction_id: str = Field(max_length=36)
    label: str = Field(max_length=200)


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Start of a serving process: no open door, tables there, models loading in the background."""
    telemetry.start()
    settings().refuse_open_door()
    migrate(store())
    threading.Thread(target=prepare, name="warm-up", daemon=True).start()
    yield
    jobs.stop()
    alerts.stop()
    resources.stop()
    retention.stop()
    telemetry.stop()


def prepare() -> None:
    """Load every champion, unless the settings say not to; then watch the log."""
    try:
        warm_up_if_wanted()
    finally:
        watch_the_log()


def watch_the_log() -> None:
    """Take up references, count what nobody counted; then evaluate alerts, sample resources, remove old rows."""
    try:
        with suppress(StoreUnavailable):  # whoever asks for counts next is told
            references.take_up()
            store().counts.bring_up_to_date()
    finally:
        resources.start()
        alerts.start()
        retention.start()


def warm_up_if_wanted() -> None:
    """Load every champion, unless the settings say not to."""
    if settings().warm_up:
        with suppress(Exception):  # it is logged, and /readyz tells it
            inference.warm_up()
    gc.freeze()  # what is loaded by now stays: collections among requests need not look at it


app: FastAPI = FastAPIOffline(
    title="Lookout",
    description="Predictions for a city's analysts. Every answer is in the log before it leaves.",
    version="1",
    redoc_url=None,
    lifespan=lifespan,
    default_response_class=PlainJSON,
)
app.add_middleware(Gate)
access_log.observe(app)


@app.post("/predict", responses={202: {"model": work.Accepted}, **refusals(401, 404, 413, 422, 503)})
def predict(request: PredictRequest, actor: str = Depends(caller)) -> Any:
    """Predict one or many instances. An instance that cannot be answered says why; the others are answered.

    What is expected to take long becomes a job: 202, and the place to ask for it.
    """
    instances = request.all_instances
    limit = settings().max_instances
    if not 1 <= len(instances) <= limit:
        raise errors.TooLarge(
            expected=f"1 to {limit} instances",
            received=f"{len(instances)}",
            advice="Send them in several requests.",
        )
    system, version, site = request.system, request.version, request.site
    planned = inference.plan(system, instances, version, settings().job_seconds, site)
    if planned.seconds > settings().job_seconds:
        return work.accepted(system, planned, version, actor, site)
    predictions = inference.predict(
        system, planned.instances, actor=actor, source="api", version=version, batch=None, site=site
    )
    content = forms.content(system, predictions)
    return PlainJSON(content, forms.status_of(predictions))


@app.post("/feedback", status_code=201, responses=refusals(401, 404, 422, 503))
def feedback(request: FeedbackRequest, actor: str = Depends(caller)) -> dict[str, Any]:
    """Say what the truth was for a prediction."""
    outcome = inference.feedback(request.prediction_id, request.label, actor=actor)
    return {"prediction_id": request.prediction_id, "label": outcome["label"], "correct": outcome["correct"]}


@app.get("/predictions/{prediction_id}", responses=refusals(401, 404, 503))
def prediction(prediction_id: str, actor: str = Depends(caller)) -> dict[str, Any]:
    """The logged row of a prediction, with its outcomes."""
    return dict(store().prediction(prediction_id))


app.get("/jobs/{job_id}", responses=refusals(401, 404))(work.job)
app.delete("/jobs/{job_id}", status_code=202, responses=refusals(401, 404))(work.cancel)
app.get("/predictions/{prediction_id}/files/{name}", responses=refusals(401, 404, 503))(work.file)


@app.get("/healthz")
def healthz() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "ok"}


@app.get("/readyz", responses=refusals(503))
def readyz() -> dict[str, str]:
    """Whether every champion is loaded and warm, and the log can be reached."""
    if problem := inference.not_ready():
        raise errors.NotReady(problem)
    store().ping()
    return {"status": "ready"}


@app.get("/metrics")
def metrics(actor: str = Depends(caller)) -> Response:
    """Prometheus metrics."""
    log_metrics.expose()
    return Response(telemetry.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


@app.exception_handler(errors.LookoutError)
async def refused(_request: Request, problem: Any) -> JSONResponse:
    """A Lookout error in the API's form."""
    status = next((STATUS[kind] for kind in type(problem).__mro__ if kind in STATUS), 500)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return PlainJSON({"error": problem.kind, "detail": problem.message}, status, headers)


@app.exception_handler(RequestValidationError)
async def invalid(request: Request, problem: Any) -> JSONResponse:
    """A body that is not of the right form: what was expected, and where; never the body itself."""
    return PlainJSON({"error": "invalid_input", "detail": _malformed(problem.errors()[0], request)}, 422)


def _malformed(first: dict[str, Any], request: Request) -> str:
    if first["type"] == "json_invalid":
        received = f"text that is none from character {first['loc'][-1]}"
        return errors.refusal("JSON", received, "Use a JSON library.")
    if first["loc"] == ("body",) and first["type"] in ("missing", "model_attributes_type", "dict_type"):
        kind = request.headers.get("content-type", "none")
        return errors.refusal(
            "a JSON object and the header 'content-type: application/json'",
            f"something else (content-type {kind!r:.60})",
            "See /docs for the forms that are understood.",
        )
    field = ".".join(str(part) for part in first["loc"] if part != "body")
    message = str(first["msg"]).removeprefix("Value error, ")
    return f"{field}: {message}" if field else message


@app.exception_handler(HTTPException)
async def http_error(_request: Request, problem: Any) -> JSONResponse:
    """Unknown paths and methods in the API's form."""
    if problem.status_code == 400:  # FastAPI's word for a body that even the JSON reader gives up on
        detail = errors.refusal(
            "JSON in UTF-8 of ordinary depth", "what cannot be read", "Use a JSON library to write it."
        )
        return PlainJSON({"error": "invalid_input", "detail": detail}, 422)
    kind = "too_large" if problem.status_code == 413 else "http_error"
    return PlainJSON({"error": kind, "detail": str(problem.detail)}, problem.status_code, problem.headers)


@app.exception_handler(Exception)
async def unexpected(_request: Request, problem: Exception) -> JSONResponse:
    """Any other error: logged in full, answered in one sentence."""
    telemetry.log().error("request_failed", exc_info=problem)
    return PlainJSON({"error": "internal", "detail": "Unexpected problem; it is in the server's log."}, 500)
