"""Refusals that are decided by a request's headers, before anything is made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

EarlyRefusal = Callable[[Any], bytes | None]
"""From a request's ASGI scope to the whole answer that refuses it, or None to go on."""

_refusals: list[EarlyRefusal] = []


def refuse_early_by(refusal: EarlyRefusal) -> None:
    """Ask `refusal` about each request from now on."""
    _refusals[:] = [refusal]


def refused(scope: Any) -> bytes | None:
    """The answer that refuses this request; None where it is to be served."""
    return _refusals[0](scope) if _refusals else None
