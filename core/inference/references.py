"""References of features that lie beside versions are taken up by the store, which counts answers by them."""

from __future__ import annotations

import hashlib

from core import systems, telemetry
from core.artefacts.version_records import REFERENCE, REFERENCE_FILE
from core.errors import DamagedArtefact
from core.registry import ModelVersion, registry
from core.store import Query, store


def take_up() -> None:
    """Keep the reference of every version that has one; all counts are made again where that of an answer has changed.

    A version that has not answered yet, such as a new one, leaves the counts as they are. What an operator made from
    the log (`python -m core monitor reference`) stays. A damaged one is told in the process's log and left out: its
    version answers without it. Raises StoreUnavailable.
    """
    changed = False
    for system in systems.all_systems():
        kept, answered = store().references.of(system), store().distinct("version", Query(system=system))
        for version in registry().versions(system):
            own = kept.get(version.version)
            if own is None or own.reference.origin != "log":
                changed = (_keep(version) and version.version in answered) or changed
    if changed:
        store().counts.forget()


def _keep(version: ModelVersion) -> bool:
    """Whether the reference beside a version is there, sound, and another than before."""
    from core.monitoring.drift import Reference  # takes NumPy along: whoever starts the desk without one waits less

    try:
        content = _content(version)
        if content is None:
            return False
        return store().references.keep(version.system, version.version, Reference.from_json(content))
    except DamagedArtefact as problem:
        telemetry.log().warning(
            "reference_damaged", system=version.system, version=version.version, problem=problem.message
        )
        return False


def _content(version: ModelVersion) -> bytes | None:
    """What the file beside a version holds; None where there is none and none is recorded.

    Raises DamagedArtefact if the version's metadata record another file.
    """
    path = version.folder / REFERENCE_FILE
    content = path.read_bytes() if path.is_file() else None
    record = version.metadata.get(REFERENCE)
    if record is None:
        return content
    received = hashlib.sha256(content).hexdigest() if content is not None else "no file"
    if received != record["sha256"]:
        raise DamagedArtefact(
            expected=f"{version.system} {version.version} to have {REFERENCE_FILE} with sha256 {record['sha256'][:12]}",
            received=received[:12],
            advice="Restore it from the repository, or make another with `python -m core monitor reference`.",
        )
    return content
