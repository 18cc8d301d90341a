"""Long predictions as jobs, and the files of answers: the routes beside `POST /predict`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import Depends
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, Field

from core import inference, jobs
from core.api import forms
from core.api.gate import PlainJSON, caller
from core.contract import Prediction
from core.jobs import shared
from core.progress import ProgressListener

MIN_WAIT = 1  # before a caller is told to ask again [s]


class Accepted(BaseModel):
    """A long prediction was taken on."""

    job: str
    url: str = Field(description="Where to ask how far it is, and for its result.")
    expected_seconds: float


class Progressing(BaseModel):
    """How far a job is."""

    job: str
    model: str
    state: jobs.State
    fraction: float = Field(description="Share that is done, 0 to 1.")
    message: str
    seconds_left: float | None = Field(description="By the share that is done; null before there is one.")
    detail: str | None = Field(None, description="Why it failed, or that it was cancelled.")
    result: dict[str, Any] | None = Field(None, description="As `POST /predict` answers; there once it is done.")


def accepted(
    system: str, planned: inference.PlannedCall, version: str | None, actor: str, site: str | None
) -> JSONResponse:
    """Start the work, and say where to ask."""

    def work(progress: ProgressListener) -> Iterator[Prediction]:
        return inference.stream(
            system, planned.instances, actor=actor, source="api", version=version, site=site, progress=progress
        )

    def rendered(predictions: Sequence[Prediction]) -> dict[str, Any]:
        return forms.content(system, predictions)

    identifier = shared.submit(work, len(planned.instances), system, actor, rendered)
    url = f"/jobs/{identifier}"
    wait = max(MIN_WAIT, round(planned.seconds / 10))
    body = Accepted(job=identifier, url=url, expected_seconds=round(planned.seconds, 1))
    return PlainJSON(body.model_dump(), 202, {"Location": url, "Retry-After": str(wait)})


def job(job_id: str, actor: str = Depends(caller)) -> Progressing:
    """How far a long prediction is, and its result once it is done; any server process on the same log can tell."""
    return _progressing(shared.find(job_id))


def cancel(job_id: str, actor: str = Depends(caller)) -> Progressing:
    """Stop a long prediction. What was answered before stays in the log; ask for it until it says `cancelled`."""
    return _progressing(shared.cancel(job_id))


def file(prediction_id: str, name: str, actor: str = Depends(caller)) -> FileResponse:
    """One of the files that an answer brought, such as a raster."""
    return FileResponse(inference.file(prediction_id, name), filename=name)


def _progressing(job: shared.SharedJob) -> Progressing:
    return Progressing(
        job=job.id,
        model=job.system,
        state=job.state,
        fraction=job.fraction,
        message=job.message,
        seconds_left=job.seconds_left,
        detail=job.error,
        result=job.result,
    )
