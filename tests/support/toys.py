"""The toy system set up: its folder outside the checkout, and a registered version that needs no training."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from core.artefacts.hashing import sha256_of

SOURCE = Path(__file__).resolve().parent / "toy"
THRESHOLD = 5  # letters


def install(folder: Path, versions: tuple[str, ...] = ("1",)) -> dict[str, str]:
    """Copy the toy into `folder` and write its models, the first version being champion; returns the environment."""
    shutil.copytree(SOURCE, folder / "systems" / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    models = folder / "models"
    models.mkdir()
    for place, version in enumerate(versions):
        write_version(models, version, THRESHOLD + place)
    if versions:
        (models / "aliases.json").write_text(json.dumps({"toy": {"champion": versions[0]}}))
    return {"LOOKOUT_SYSTEMS_DIR": str(folder / "systems"), "LOOKOUT_MODELS_DIR": str(models)}


def models_folder(environment: dict[str, str]) -> Path:
    """Where an installed toy's models lie."""
    return Path(environment["LOOKOUT_MODELS_DIR"])


def write_version(models: Path, version: str, threshold: int = THRESHOLD, permuted: str | None = None) -> Path:
    """A trained toy: its artefact and metadata. permuted: a district in which it swaps its two labels."""
    made = models / "toy" / version
    made.mkdir(parents=True)
    (made / "model.json").write_text(json.dumps({"threshold": threshold, "permuted": permuted}))
    (made / "metadata.json").write_text(json.dumps({"files": {"model.json": sha256_of(made / "model.json")}}))
    return made


def known(monkeypatch, environment: dict[str, str]) -> None:
    """Set the environment, and have it read anew."""
    from core import registry, settings, systems

    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for remembered in (settings.settings, registry.registry, systems.all_systems):
        remembered.cache_clear()
