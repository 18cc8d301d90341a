"""Whether this process can answer, for everyone who watches it, by whichever protocol."""

from __future__ import annotations

from core import inference
from core.errors import NotReady
from core.registry import registry
from core.store import store


def check() -> None:
    """Raise NotReady until every champion is loaded and warm, StoreUnavailable if the log cannot be reached."""
    if problem := inference.not_ready():
        raise NotReady(problem)
    store().ping()


def check_version(system: str, version: str | None) -> None:
    """The same for one version, which is loaded when it is first asked. Raises UnknownSystem, UnknownVersion too."""
    resolved = registry().resolve(system, version).version
    problem = inference.not_ready()
    if problem and registry().loaded(system, resolved) is None:
        raise NotReady(problem)
    store().ping()
