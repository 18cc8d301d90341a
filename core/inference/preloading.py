"""What processes that are forked from one share: the libraries, the champions and the compiled loops, loaded before."""

from __future__ import annotations

from core import systems, telemetry
from core.registry import CHAMPION, registry


def preload() -> dict[str, str]:
    """Load the champion of each system that has one, before the process divides; {system: version}.

    What is rehearsed is a second engine, which goes at once with the threads that it started: a forked process would
    have an engine whose threads are not there. Raises what loading raises, such as DamagedArtefact.
    """
    loaded = {}
    for name, module in systems.all_systems().items():
        if CHAMPION not in registry().aliases(name):
            continue
        loaded[name] = registry().load(name, None, module.load).version
        if (rehearsing := systems.offers(name).rehearses) is not None:
            rehearsing.rehearse(module.load(registry().resolve(name).folder))
    telemetry.READY.set(1)
    telemetry.log().info("preloaded", models=loaded)
    return loaded
