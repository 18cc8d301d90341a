"""What a site taught: versions of its own, each with the labels that it learnt from; used only where they help.

A version lies in the registry's folder for what sites teach: the head, the labelled features that it was fitted to (the
inputs themselves are not kept), what the check verdict, and a card. An alias `site:NAME` says which of them answers.
"""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import numpy as np
from pydantic import ValidationError

from core import systems, telemetry
from core.artefacts.hashing import sha256_of
from core.artefacts.version_records import write_records
from core.contract import Embedding
from core.errors import InvalidInput, UnknownVersion
from core.inference import loading, sites
from core.inference.call import first_problem
from core.inference.taught.site_lessons import SiteExamples, SiteLesson, joined
from core.registry import ModelVersion, registry
from core.teaching import conformal
from core.teaching.checking import SiteCheck
from core.teaching.site_head import SiteHead

EXAMPLES_FILE = "examples.npz"
MAX_SLUG = 14  # characters of a site's name in a version's


@dataclass(frozen=True)
class TaughtSite:
    """What a site taught last. check: None where there were too few labels to compare. used: whether it answers now."""

    version: ModelVersion
    check: SiteCheck | None
    used: bool


def embed(system: str, instances: Sequence[Any], version: str | None = None) -> Embedding:
    """Features and general logits of instances that its `Input` validates. Nothing is logged.

    Raises InvalidInput, UnknownSystem, UnknownVersion.
    """
    module = systems.get(system)
    engine = loading.load(module, version).engine
    try:
        inputs = [module.Input.model_validate(instance) for instance in instances]
    except ValidationError as problem:
        raise InvalidInput(first_problem(problem)) from problem
    return loading.teachable(system).embed(engine, inputs)


def champion(system: str) -> str:
    """The version that sites teach. Raises UnknownVersion."""
    return registry().resolve(system).version


def lesson(system: str, site: str, examples: SiteExamples) -> SiteLesson:
    """These labels and those that the site gave before, if the champion is still the same.

    Of one input the label that came last counts. Raises InvalidInput, UnknownSystem.
    """
    base, previous = champion(system), latest(system, _checked(site))
    before = _examples(previous) if previous and previous.metadata["base"] == base else None
    both = joined(before, examples)
    classes = loading.teachable(system).TAUGHT_CLASSES
    possible = [[label == name for name in classes] for label in both.labels]
    is_new = before is None or (before.ids, before.labels) != (both.ids, both.labels)
    return SiteLesson(both, np.array(possible, dtype=bool).reshape(-1, len(classes)), is_new)


def teach(system: str, site: str, examples: SiteExamples, *, actor: str = "local") -> TaughtSite:
    """Fit a head to the site's `lesson`; it answers there from now on if the check allows it.

    Raises InvalidInput where the labels name fewer than two classes.
    """
    name, learnt = _checked(site), lesson(system, site, examples)
    if not learnt.can_teach:
        raise InvalidInput(
            expected="labels of at least two different kinds",
            received=f"{learnt.n} labels of one kind or none",
            advice="Label a few more photos of something else.",
        )
    check = learnt.check()
    records = {
        "base": champion(system),
        "site": name,
        "before": registry().aliases(system).get(loading.alias_of(name)),
        "by": actor,
        "n": len(learnt.examples),
        "check": check.as_dict() if check else None,
        "least_open": learnt.least_open() if check else None,
        "open_share": conformal.SHARE,
    }
    version = _write(system, records, learnt.head(), learnt.examples)
    used = check is not None and check.is_better
    if used:
        registry().set_taught(system, loading.alias_of(name), version.version)
    telemetry.log().info("site_taught", system=system, version=version.version, used=used)
    return TaughtSite(version, check, used)


def in_use(system: str, site: str) -> ModelVersion | None:
    """The version that answers at a site; None for the general one."""
    name = registry().aliases(system).get(loading.alias_of(_checked(site)))
    return registry().resolve(system, name) if name else None


def latest(system: str, site: str) -> ModelVersion | None:
    """The version that the site taught last, whether it answers or not."""
    return next(iter(reversed(history(system, site))), None)


def history(system: str, site: str) -> list[ModelVersion]:
    """Every version that the site taught, oldest first."""
    name = _checked(site)
    taught = [version for version in registry().versions(system) if version.metadata.get("site") == name]
    return sorted(taught, key=lambda version: int(version.metadata["number"]))


def check_of(version: ModelVersion) -> SiteCheck | None:
    """What the check said when the version was taught."""
    recorded = version.metadata.get("check")
    return SiteCheck.of_dict(recorded) if recorded else None


def undo(system: str, site: str) -> ModelVersion | None:
    """Let the version answer that answered before the one in use; returns it, None for the general one."""
    current = in_use(system, site)
    if current is None:
        return None
    before = current.metadata.get("before")
    registry().set_taught(system, loading.alias_of(_checked(site)), before)
    telemetry.log().info("site_undone", system=system, version=current.version, now=before)
    return registry().resolve(system, before) if before else None


def export(system: str, site: str) -> bytes:
    """What the site taught last as a ZIP: head, labels with features, records, card. Raises UnknownVersion."""
    version = latest(system, site)
    if version is None:
        raise UnknownVersion(
            expected="a site that taught a version", received=f"{site!r:.60}", advice="Teach it first."
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(version.folder.iterdir()):
            archive.write(path, f"{version.version}/{path.name}")
    return buffer.getvalue()


def forget(system: str, site: str) -> int:
    """Remove all that a site taught, its labels and features too; the log's rows stay. Returns how many versions."""
    versions = history(system, site)
    registry().set_taught(system, loading.alias_of(_checked(site)), None)
    for version in versions:
        shutil.rmtree(version.folder, ignore_errors=True)
    telemetry.log().info("site_forgotten", system=system, versions=len(versions))
    return len(versions)


def slug(site: str) -> str:
    """A site's name as part of a version's: readable where it can be, different for different sites."""
    plain = re.sub(r"[^a-z0-9]+", "-", site.lower()).strip("-")[:MAX_SLUG].strip("-")
    return plain if plain == site else f"{plain}-{hashlib.sha256(site.encode()).hexdigest()[:6]}".lstrip("-")


def _checked(site: str) -> str:
    name = sites.checked(site)
    if name is None:
        raise InvalidInput(
            expected="the name of a site", received="none", advice="Name the place that photos come from."
        )
    return name


def _write(system: str, records: Mapping[str, object], head: SiteHead, examples: SiteExamples) -> ModelVersion:
    """Write a version into a folder of its own, which appears whole, under the next free number."""
    site = str(records["site"])
    root = registry().taught
    assert root is not None  # noqa: S101 - the process's registry has one
    unfinished = root / f".{uuid4()}"
    unfinished.mkdir(parents=True)
    arrays = head.arrays()
    np.savez(unfinished / loading.HEAD_FILE, weights=arrays["weights"], shift=arrays["shift"])
    np.savez_compressed(
        unfinished / EXAMPLES_FILE,
        ids=np.array(examples.ids),
        labels=np.array(examples.labels),
        features=examples.seen.features.astype(np.float32),
        logits=examples.seen.logits.astype(np.float32),
    )
    # never a name that was forgotten: another process may still have what it meant in memory
    digest = sha256_of(unfinished / loading.HEAD_FILE)[:4]
    number = 1 + max((int(version.metadata["number"]) for version in history(system, site)), default=0)
    (root / system).mkdir(exist_ok=True)
    while True:
        name = f"{records['base']}{sites.TAUGHT_MARK}{slug(site)}.{number}-{digest}"
        files = (loading.HEAD_FILE, EXAMPLES_FILE)
        write_records(unfinished, system, files, {**records, "number": number}, _card)
        try:
            unfinished.rename(root / system / name)
        except OSError:  # another process took the number
            if not (root / system / name).exists():
                raise
            number += 1
            continue
        return registry().resolve(system, name)


def _card(records: dict[str, Any]) -> str:
    check = SiteCheck.of_dict(records["check"]) if records["check"] else None
    verdict = (
        "Too few labels to compare."
        if check is None
        else (
            f"Right in {check.taught.hits} of {check.taught.n} labels that it had not seen, the general version in "
            f"{check.general.hits}; log-loss lower by {check.gain:.2f} nats (at least {check.least_gain:.2f})."
        )
    )
    return (
        f"# {records['system']} at the site {records['site']}\n\nA head on the features of version {records['base']}, "
        f"fitted to {records['n']} labels. {verdict}\n\nMeant for that site alone.\n"
    )


def _examples(version: ModelVersion) -> SiteExamples:
    with np.load(version.folder / EXAMPLES_FILE) as arrays:
        seen = Embedding(arrays["features"], arrays["logits"])
        return SiteExamples(arrays["ids"].tolist(), arrays["labels"].tolist(), seen)
