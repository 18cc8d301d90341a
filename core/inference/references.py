"""References of features that lie beside versions are taken up by the store, which counts answers by them."""

from __future__ import annotations

from core import systems, telemetry
from core.errors import DamagedArtefact
from core.registry import registry
from core.store import store

FILE = "reference.json"


def take_up() -> None:
    """Keep the reference of every version that has one; all counts are made again where one has changed.

    A damaged one is told in the process's log and left out. Raises StoreUnavailable.
    """
    changed = False
    for system in systems.all_systems():
        for version in registry().versions(system):
            path = version.folder / FILE
            if path.is_file():
                changed = _keep(system, version.version, path.read_bytes()) or changed
    if changed:
        store().counts.forget()


def _keep(system: str, version: str, content: bytes) -> bool:
    from core.monitoring.drift import Reference  # takes NumPy along: whoever starts the desk without one waits less

    try:
        return store().references.keep(system, version, Reference.from_json(content))
    except DamagedArtefact as problem:
        telemetry.log().warning("reference_damaged", system=system, version=version, problem=problem.message)
        return False
