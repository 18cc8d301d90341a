"""Training: load -> split -> fit -> evaluate -> card -> register, for any system that brings a `train` module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from core import systems, telemetry
from core.errors import InvalidInput, MissingPart
from core.progress import ProgressListener
from core.registry import CHAMPION, registry
from core.settings import settings

TRAINING_PACKAGES = ("tensorflow", "keras", "h5py", "imagehash")  # of the extra `train`


def options(system: str) -> type[BaseModel]:
    """What can be set for training a system; each field is a flag of the command line."""
    return systems.trainer(system).Options


def evaluate_options(system: str) -> type[BaseModel]:
    """What can be set for evaluating a system."""
    return systems.trainer(system).EvaluateOptions


def train(system: str, chosen: BaseModel, folder: Path, progress: ProgressListener) -> dict[str, Any]:
    """Fit a new version into `folder`, which then holds its artefacts, metadata.json and card.md.

    A folder inside the registry (models/<system>/<version>) is registered, its files checked; the first version of a
    system becomes its champion. Returns the metadata.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        metadata = systems.trainer(system).fit(chosen, folder, progress)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in TRAINING_PACKAGES:
            raise
        raise MissingPart(
            expected="the training packages",
            received=f"none ({missing.name} is not installed)",
            advice="Run `make setup`.",
        ) from missing
    if folder.resolve().parent == (settings().models_dir / system).resolve():
        first = CHAMPION not in registry().aliases(system)
        registry().register(system, folder.name, alias=CHAMPION if first else None)
    telemetry.log().info("trained", system=system, folder=folder.name)
    return metadata


def evaluate(system: str, chosen: BaseModel, version: str | None, progress: ProgressListener) -> dict[str, Any]:
    """Figures of a version on labelled data; nothing is logged, for these are no one's questions.

    InvalidInput of a version that a site taught: `--adapt` measures what teaching does, on photos that did not teach.
    """
    if base := registry().resolve(system, version).metadata.get("base"):
        raise InvalidInput(
            expected=f"a version of {system} itself",
            received=f"{version!r:.60}, which a site taught on {base}",
            advice=f"Evaluate {base} with --adapt.",
        )
    model = registry().load(system, version, systems.get(system).load)
    figures = systems.trainer(system).evaluate(model.engine, chosen, progress)
    return {**figures, "model_version": model.version}
