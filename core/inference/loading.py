"""Models as the path serves them: a registered version, or one that a site taught, on the engine of its base."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core import systems, telemetry
from core.contract import System, Teachable
from core.errors import InvalidInput
from core.registry import CHAMPION, LoadedModel, registry

HEAD_FILE = "head.npz"


def alias_of(site: str) -> str:
    """The alias of the version that answers at a site."""
    return f"site:{site}"


def load(module: System, version: str | None, site: str | None = None) -> LoadedModel:
    """The model that answers: the version or alias that is named; else the site's, if it taught one; else the champion.

    Raises UnknownVersion, DamagedArtefact.
    """
    name = version or version_of_site(module.NAME, site)
    if (loaded := registry().loaded(module.NAME, name)) is not None:
        return loaded
    resolved = registry().resolve(module.NAME, name) if name else None
    base = resolved.metadata.get("base") if resolved else None
    if resolved is None or base is None:
        return registry().load(module.NAME, name, module.load)
    engine = registry().load(module.NAME, str(base), module.load).engine
    system = teachable(module.NAME)

    def at_site(folder: Path) -> Any:
        import numpy as np

        from core.teaching.site_head import SiteHead

        with np.load(folder / HEAD_FILE) as arrays:
            return system.at_site(engine, SiteHead.of_arrays(dict(arrays)).logits)

    return registry().load(module.NAME, resolved.version, at_site)


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


def teachable(system: str) -> Teachable:
    """The system as one that a site can teach; InvalidInput if it is none."""
    offered = systems.offers(system).teachable
    if offered is None:
        able = [name for name in systems.all_systems() if systems.offers(name).teachable]
        raise InvalidInput(expected=f"a system that a site can teach: {', '.join(able)}", received=f"{system!r:.60}")
    return offered


def gives_features(system: str) -> bool:
    """Whether a site can teach the champion: the system can be taught, and its version gives features.

    False of a system that is no more, of which old answers speak.
    """
    if system not in systems.all_systems() or systems.offers(system).teachable is None:
        return False
    if CHAMPION not in registry().aliases(system):
        return False
    return bool(registry().resolve(system).metadata.get("gives_features"))


def version_of_site(system: str, site: str | None) -> str | None:
    """The alias of the version that answers at a site; None for the champion."""
    if site is None:
        return None
    return alias_of(site) if alias_of(site) in registry().aliases(system) else None
