"""What goes wrong, as an answer in the form of the protocol that asked, with its status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from core import errors, telemetry
from core.api import forms
from core.api.gate import PlainJSON

INVALID = 422  # Lookout's own word for what cannot be used; the other protocols say 400
SCORING_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    503: "TEMPORARILY_UNAVAILABLE",
}  # MLflow's


class FailureSentence(BaseModel):
    """What a refused request gets by TensorFlow Serving's and the Open Inference Protocol."""

    error: str


class ScoringFailure(BaseModel):
    """What a refused request gets by MLflow's protocol."""

    error_code: str
    message: str


def in_one_sentence(*codes: int) -> dict[int | str, dict[str, Any]]:
    """What the API's description says of refusals with these codes below /v1 and /v2."""
    return {code: {"model": FailureSentence} for code in codes}


def in_scoring_form(*codes: int) -> dict[int | str, dict[str, Any]]:
    """What the API's description says of refusals with these codes by `/invocations`."""
    return {code: {"model": ScoringFailure} for code in codes}


def _own_form(_status: int, kind: str, detail: str) -> dict[str, Any]:
    return {"error": kind, "detail": detail}


def _one_sentence(_status: int, _kind: str, detail: str) -> dict[str, Any]:
    """As TensorFlow Serving and the Open Inference Protocol write it."""
    return {"error": detail}


def _scoring_form(status: int, _kind: str, detail: str) -> dict[str, Any]:
    code = SCORING_CODES.get(status, "INTERNAL_ERROR" if status >= 500 else "BAD_REQUEST")
    return {"error_code": code, "message": detail}


FORMS: Mapping[str, Callable[[int, str, str], dict[str, Any]]] = {
    "v1": _one_sentence,
    "v2": _one_sentence,
    "invocations": _scoring_form,
    "ping": _scoring_form,
}
"""{first part of the path: how its protocol writes a failure}; every other path has Lookout's own form."""


def failure(
    request: Request, status: int, kind: str, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A failure in the form of the protocol that the request's path belongs to."""
    form = FORMS.get(request.url.path.strip("/").partition("/")[0])
    if form is None:
        return PlainJSON(_own_form(status, kind, detail), status, headers)
    status = 400 if status == INVALID else status
    return PlainJSON(form(status, kind, detail), status, headers)


def answer_by(app: FastAPI) -> None:
    """Have the app answer by the functions below."""
    app.add_exception_handler(errors.LookoutError, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(Exception, unexpected)


async def refused(request: Request, problem: Any) -> JSONResponse:
    """A Lookout error."""
    status = next((forms.STATUS[kind] for kind in type(problem).__mro__ if kind in forms.STATUS), 500)
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return failure(request, status, problem.kind, problem.message, headers)


async def invalid(request: Request, problem: Any) -> JSONResponse:
    """A body that is not of the right form: what was expected, and where; never the body itself."""
    return failure(request, INVALID, "invalid_input", _malformed(problem.errors()[0], request))


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


async def http_error(request: Request, problem: Any) -> JSONResponse:
    """Unknown paths and methods, and bodies over the limit."""
    if problem.status_code == HTTPStatus.BAD_REQUEST:  # FastAPI's word for a body that its JSON reader gives up on
        detail = errors.refusal(
            "JSON in UTF-8 of ordinary depth", "what cannot be read", "Use a JSON library to write it."
        )
        return failure(request, INVALID, "invalid_input", detail)
    kind = "too_large" if problem.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else "http_error"
    return failure(request, problem.status_code, kind, _http_detail(request, problem), problem.headers)


def _http_detail(request: Request, problem: HTTPException) -> str:
    """What was expected of path and method."""
    received = f"{request.method} {request.url.path!r:.100}"
    if problem.status_code == HTTPStatus.NOT_FOUND:
        return errors.refusal("a path of this API", received, "GET /docs lists them.")
    if problem.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return errors.refusal((problem.headers or {}).get("Allow", "another method"), received, "See GET /docs.")
    return str(problem.detail)


async def unexpected(request: Request, problem: Exception) -> JSONResponse:
    """Any other error: logged in full, answered in one sentence."""
    telemetry.log().error("request_failed", exc_info=problem)
    return failure(request, 500, "internal", "Unexpected problem; it is in the server's log.")
