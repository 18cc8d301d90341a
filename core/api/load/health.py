"""What watching programs ask: whether the process lives, whether it could answer now, and its metrics.

None of it waits for the threads that predict, nor for the database.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from fastapi import Depends, Response

from core import inference, telemetry
from core.api import log_metrics
from core.api.gate import caller
from core.api.load.admission import lane
from core.errors import Busy, NotReady, StoreUnavailable
from core.inference.log_check import SLOW, log_check

_WATCHING = ThreadPoolExecutor(1, thread_name_prefix="metrics")


async def healthz() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "ok"}


async def readyz() -> dict[str, str]:
    """Whether an answer could be given and logged now: champions warm, the queue open, the log written to just now."""
    if problem := inference.not_ready():
        raise NotReady(problem)
    if lane().queue.full:
        raise Busy("The queue is full. Ask again in a few seconds.")
    if problem := await _log_problem():
        raise StoreUnavailable(problem)
    return {"status": "ready"}


async def metrics(actor: str = Depends(caller)) -> Response:
    """Prometheus metrics."""
    log_metrics.expose()
    text = await asyncio.get_running_loop().run_in_executor(_WATCHING, telemetry.exposition)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


async def _log_problem() -> str | None:
    """Why the log cannot be written; a finding of the last second, or one that is waited for briefly."""
    if log_check.problem:
        log_check.suspect()
        return log_check.problem
    finding, patience = log_check.ask()
    waiting = asyncio.shield(asyncio.wrap_future(finding))
    try:
        return await asyncio.wait_for(waiting, patience)
    except TimeoutError:
        return SLOW
