"""Answers as lines of JSON, each sent as soon as it is in the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from fastapi.responses import StreamingResponse

from core import inference, telemetry
from core.api import forms
from core.api.prediction_call import SOURCE, PredictionCall
from core.errors import LookoutError
from core.store.tables import storable_json

MEDIA_TYPE = "application/x-ndjson"
KINDS = (MEDIA_TYPE, "application/ndjson", "application/jsonlines", "application/jsonl")


def is_wanted(accept: str) -> bool:
    """Whether a client that accepts these kinds asks for lines."""
    return any(kind.partition(";")[0].strip().lower() in KINDS for kind in accept.split(","))


def streamed(call: PredictionCall, planned: inference.PlannedCall, actor: str) -> StreamingResponse:
    """The answers to a call, one a line, in order. What is wrong with the call itself is raised before the first."""
    predictions = inference.stream(
        call.system, planned.instances, actor=actor, source=SOURCE, version=call.version, site=call.site
    )
    origin = {"model": call.system}
    return of_objects({**forms.as_json(one), **origin, "model_version": one.version} for one in predictions)


def of_objects(objects: Iterator[dict[str, Any]]) -> StreamingResponse:
    """Objects, one a line; what breaks on the way is told by a last line. Raises what comes before the first."""
    first = next(objects)
    return StreamingResponse(_lines(chain([first], objects)), media_type=MEDIA_TYPE)


def _lines(objects: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    try:
        for one in objects:
            yield _line(one)
    except LookoutError as problem:
        yield _line({"error": problem.kind, "detail": problem.message})
    except Exception as problem:  # noqa: BLE001 - the status has gone out, so the reason can only be a line
        telemetry.log().error("request_failed", exc_info=problem)
        yield _line({"error": "internal", "detail": "Unexpected problem; it is in the server's log."})


def _line(value: dict[str, Any]) -> bytes:
    text = json.dumps(storable_json(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode() + b"\n"
