"""What watching programs ask: whether the process lives, whether it could answer now, and its metrics.

None of it waits for the threads that predict, nor for the database.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from fastapi import Depends, Response

from core import telemetry
from core.api import log_metrics, ready
from core.api.gate import caller

_WATCHING = ThreadPoolExecutor(1, thread_name_prefix="metrics")


async def healthz() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "ok"}


async def readyz() -> dict[str, str]:
    """Whether an answer could be given and logged now: champions warm, the queue open, the log written to just now."""
    await ready.check()
    return {"status": "ready"}


async def metrics(actor: str = Depends(caller)) -> Response:
    """Prometheus metrics."""
    log_metrics.expose()
    text = await asyncio.get_running_loop().run_in_executor(_WATCHING, telemetry.exposition)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
