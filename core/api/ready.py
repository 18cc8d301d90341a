"""Whether this process can answer, for everyone who watches it, by whichever protocol; nobody waits for a database."""

from __future__ import annotations

import asyncio

from core import inference
from core.api.load.admission import lane
from core.errors import Busy, NotReady, StoreUnavailable
from core.inference.log_check import SLOW, log_check
from core.registry import registry


async def check() -> None:
    """Raise NotReady until every champion is warm, Busy while the queue is full, StoreUnavailable without a log."""
    if problem := inference.not_ready():
        raise NotReady(problem)
    await _check_queue_and_log()


async def check_version(system: str, version: str | None) -> None:
    """The same for one version, which is loaded when it is first asked. Raises UnknownSystem, UnknownVersion too."""
    resolved = registry().resolve(system, version).version
    problem = inference.not_ready()
    if problem and registry().loaded(system, resolved) is None:
        raise NotReady(problem)
    await _check_queue_and_log()


async def _check_queue_and_log() -> None:
    if lane().queue.full:
        raise Busy("The queue is full. Ask again in a few seconds.")
    if problem := await _log_problem():
        raise StoreUnavailable(problem)


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
