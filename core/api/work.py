"""Long predictions as jobs, and the files of answers: the routes beside `POST /predict`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import Depends
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, Field

from core import inference, jobs
from core.api import forms
from core.api.gate import PlainJSON, caller
from core.contract import Prediction
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

    job = jobs.submit(work, len(planned.instances), system)
    url = f"/jobs/{job.id}"
    wait = max(MIN_WAIT, round(planned.seconds / 10))
    body = Accepted(job=job.id, url=url, expected_seconds=round(planned.seconds, 1))
    return PlainJSON(body.model_dump(), 202, {"Location": url, "Retry-After": str(wait)})


def job(job_id: str, actor: str = Depends(caller)) -> Progressing:
    """How far a long prediction is, and its result once it is done."""
    return _progressing(jobs.find(job_id))


def cancel(job_id: str, actor: str = Depends(caller)) -> Progressing:
    """Stop a long prediction. What was answered before stays in the log; ask for it until it says `cancelled`."""
    job = jobs.find(job_id)
    job.cancel()
    return _progressing(job)


def file(prediction_id: str, name: str, actor: str = Depends(caller)) -> FileResponse:
    """One of the files that an answer brought, such as a raster."""
    return FileResponse(inference.file(prediction_id, name), filename=name)


def _progressing(job: jobs.Job[Prediction]) -> Progressing:
    finished = job.finished  # read first: what comes after it is then complete
    results = list(job.results)
    return Progressing(
        job=job.id,
        model=job.name,
        state=job.state,
        fraction=1.0 if job.state == "done" else job.fraction,
        message=job.message,
        seconds_left=None if finished else job.seconds_left,
        detail=job.error,
        result=forms.content(job.name, results) if finished and results else None,
    )
