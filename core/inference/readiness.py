"""Whether this process can answer at full speed: champions loaded, slow first answers rehearsed."""

from __future__ import annotations

from core import systems, telemetry
from core.registry import CHAMPION, registry

_readiness: dict[str, str | None] = {"problem": "The models are still being loaded. Ask again in a few seconds."}


def warm_up() -> dict[str, str]:
    """Load the champion of each system that has one; {system: version}. `not_ready` says what stands in the way.

    What a system does at its first answer alone, such as compiling, follows once all are ready.
    """
    loaded = {}
    try:
        for name, module in systems.all_systems().items():
            if CHAMPION in registry().aliases(name):
                loaded[name] = registry().load(name, None, module.load).version
    except Exception as problem:
        _readiness["problem"] = f"The models could not be loaded: {problem}"
        telemetry.log().error("warm_up_failed", exc_info=problem)
        raise
    _readiness["problem"] = None
    telemetry.READY.set(1)
    telemetry.log().info("ready", models=loaded)
    for name in loaded:
        rehearsing = systems.offers(name).rehearses
        if rehearsing is not None:
            rehearsing.rehearse(registry().load(name, None, systems.get(name).load).engine)
    return loaded


def not_ready() -> str | None:
    """Why this process cannot answer at full speed yet; None once `warm_up` has finished."""
    return _readiness["problem"]
