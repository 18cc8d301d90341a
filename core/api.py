"""The REST API: translates between HTTP and `inference`, never decides."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core import errors, inference, security, telemetry
from core.contract import Prediction
from core.migrations import migrate
from core.settings import settings
from core.store import store

STATUS: dict[type[errors.LookoutError], int] = {
    errors.InvalidInput: 422,
    errors.TooLarge: 413,
    errors.UnreadablePhoto: 422,
    errors.UnknownSystem: 404,
    errors.UnknownVersion: 404,
    errors.UnknownPrediction: 404,
    errors.Unauthorised: 401,
    errors.NotReady: 503,
    errors.StoreUnavailable: 503,
}
STATUS_BY_KIND = {kind.kind: status for kind, status in STATUS.items()}
PLAIN_PHOTO_SYSTEM = "waste"  # a body of {"image": "<base64>"} alone means this system


class Failure(BaseModel):
    """What every refused request gets."""

    error: str
    detail: str


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

    @model_validator(mode="after")
    def _exactly_one_form(self) -> PredictRequest:
        given = [name for name in ("instances", "input", "image") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"Expected exactly one of instances, input or image. Received {', '.join(given) or 'none'}.")
        if self.model is None and self.image is None:
            raise ValueError("Expected model, the system's name, beside instances or input. Received none.")
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


class Gate:
    """Refuses a body over the limit while it arrives, before it is parsed; counts each request by its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its bytes."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = settings().max_request_mb * security.BYTES_PER_MB
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            detail = _too_large_sentence(int(declared))
            await JSONResponse({"error": "too_large", "detail": detail}, 413)(scope, receive, send)
            return
        received, status = 0, 500

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413, _too_large_sentence(received))
            return message

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, counted, watched)
        finally:  # by route, so that ids in paths make no new series
            route = getattr(scope.get("route"), "path", "unknown")
            telemetry.REQUESTS.labels(route, scope["method"], status).inc()


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Start of a serving process: no open door, tables there, models loading in the background."""
    telemetry.configure(settings().log_level)
    settings().refuse_open_door()
    migrate(store())
    if settings().warm_up:
        threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    yield


def _warm_up() -> None:
    with suppress(Exception):  # it is logged, and /readyz tells it
        inference.warm_up()


app: FastAPI = FastAPIOffline(
    title="Lookout",
    description="Predictions for a city's analysts. Every answer is in the log before it leaves.",
    version="1",
    redoc_url=None,
    lifespan=lifespan,
)
app.add_middleware(Gate)


def caller(authorization: str | None = Header(None)) -> str:
    """Who calls, by API key."""
    return security.identify(authorization)


@app.post("/predict", responses={code: {"model": Failure} for code in (401, 404, 413, 422, 503)})
def predict(request: PredictRequest, actor: str = Depends(caller)) -> Any:
    """Predict one or many instances. An instance that cannot be answered says why; the others are answered."""
    instances = request.all_instances
    limit = settings().max_instances
    if not 1 <= len(instances) <= limit:
        raise errors.TooLarge(f"Expected 1 to {limit} instances. Received {len(instances)}. Send them in several requests.")
    predictions = inference.predict(
        request.system, instances, actor=actor, source="api", version=request.version, batch=None
    )
    content = {
        "predictions": [as_json(prediction) for prediction in predictions],
        "model": request.system,
        "model_version": predictions[0].version,
    }
    if any(prediction.answer for prediction in predictions):
        return JSONResponse(content)
    first = predictions[0]
    status = STATUS_BY_KIND.get(first.error_kind or "", 500)
    return JSONResponse({"error": first.error_kind, "detail": first.error, **content}, status)


def as_json(prediction: Prediction) -> dict[str, Any]:
    """A prediction in the API's form: `class`, the system's own fields, `score`, `alternatives`, `prediction_id`."""
    if prediction.answer is None:
        return {"error": prediction.error_kind, "detail": prediction.error, "prediction_id": prediction.id}
    answer = prediction.answer
    return {
        "class": answer.value,
        **answer.details,
        "score": answer.score,
        "alternatives": [{"class": other.value, "score": other.score} for other in answer.alternatives],
        "abstained": answer.abstained,
        "reason": answer.reason,
        "prediction_id": prediction.id,
    }


@app.post("/feedback", status_code=201, responses={code: {"model": Failure} for code in (401, 404, 422, 503)})
def feedback(request: FeedbackRequest, actor: str = Depends(caller)) -> dict[str, Any]:
    """Say what the truth was for a prediction."""
    outcome = inference.feedback(request.prediction_id, request.label, actor=actor)
    return {"prediction_id": request.prediction_id, "label": outcome["label"], "correct": outcome["correct"]}


@app.get("/predictions/{prediction_id}", responses={code: {"model": Failure} for code in (401, 404, 503)})
def prediction(prediction_id: str, actor: str = Depends(caller)) -> dict[str, Any]:
    """The logged row of a prediction, with its outcomes."""
    return store().prediction(prediction_id)


@app.get("/healthz")
def healthz() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "ok"}


@app.get("/readyz", responses={503: {"model": Failure}})
def readyz() -> dict[str, str]:
    """Whether every champion is loaded and warm, and the log can be reached."""
    if problem := inference.not_ready():
        raise errors.NotReady(problem)
    store().ping()
    return {"status": "ready"}


@app.get("/metrics")
def metrics(actor: str = Depends(caller)) -> Response:
    """Prometheus metrics."""
    return Response(telemetry.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


@app.exception_handler(errors.LookoutError)
async def refused(_request: Request, problem: Exception) -> JSONResponse:
    """A Lookout error in the API's form."""
    assert isinstance(problem, errors.LookoutError)
    status = next((STATUS[kind] for kind in type(problem).__mro__ if kind in STATUS), 500)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse({"error": problem.kind, "detail": problem.message}, status, headers)


@app.exception_handler(RequestValidationError)
async def invalid(_request: Request, problem: Exception) -> JSONResponse:
    """A body that is not of the right form: what was expected, and where; never the body itself."""
    assert isinstance(problem, RequestValidationError)
    first = problem.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part != "body")
    message = str(first["msg"]).removeprefix("Value error, ")
    return JSONResponse({"error": "invalid_input", "detail": f"{place}: {message}" if place else message}, 422)


@app.exception_handler(HTTPException)
async def http_error(_request: Request, problem: Exception) -> JSONResponse:
    """Unknown paths and methods in the API's form."""
    assert isinstance(problem, HTTPException)
    kind = "too_large" if problem.status_code == 413 else "http_error"
    return JSONResponse({"error": kind, "detail": str(problem.detail)}, problem.status_code)


@app.exception_handler(Exception)
async def unexpected(_request: Request, problem: Exception) -> JSONResponse:
    """Anything else: logged in full, told in short."""
    telemetry.log().error("request_failed", exc_info=problem)
    return JSONResponse({"error": "internal", "detail": "Unexpected problem; it is in the server's log."}, 500)


def _too_large_sentence(received: int) -> str:
    return (
        f"Expected a request of up to {settings().max_request_mb:g} MB. "
        f"Received {received / security.BYTES_PER_MB:.0f} MB or more. Send it in several requests."
    )
