"""Registered models: versions, aliases (champion, challenger, one for each taught site), sha256, loaded once.

Versions lie in two folders: `models/`, which is shipped and trained into, and one in the data folder for the versions
that sites teach (`core.inference.taught.site_versions`), whose metadata name the version that they stand on as `base`.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.artefacts.hashing import sha256_of
from core.errors import DamagedArtefact, InvalidInput, UnknownVersion
from core.settings import settings

ALIASES = "aliases.json"
METADATA = "metadata.json"
CHAMPION = "champion"
Stamp = tuple[int, int, int]
VERSION_NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,39}", re.ASCII)  # no name leads out of the folder; the log keeps 40


@dataclass(frozen=True)
class ModelVersion:
    """One registered version of one system's model."""

    system: str
    version: str
    folder: Path
    metadata: dict[str, Any]


@dataclass(frozen=True)
class LoadedModel:
    """A version with the engine that serves it."""

    version: str
    engine: Any
    metadata: dict[str, Any]


class Registry:
    """The models in folders laid out as <system>/<version>/{metadata.json, ...} with aliases.json beside."""

    def __init__(self, folder: Path, taught: Path | None = None) -> None:
        """taught: the folder of the versions that sites taught; None where there are none."""
        self.folder, self.taught = folder, taught
        self._roots = [folder] if taught is None else [folder, taught]
        self._loaded: dict[tuple[str, str], LoadedModel] = {}
        self._read_aliases: tuple[list[Stamp | None], dict[str, dict[str, str]]] | None = None
        self._lock = threading.Lock()

    def versions(self, system: str) -> list[ModelVersion]:
        """Every registered version of `system`, newest name last."""
        names = {path.parent.name for root in self._roots for path in (root / system).glob(f"*/{METADATA}")}
        return [self._read(system, name) for name in sorted(names, key=_order)]

    def aliases(self, system: str) -> dict[str, str]:
        """{alias: version} of `system`."""
        return dict(self._all_aliases().get(system, {}))

    def resolve(self, system: str, version: str | None = None) -> ModelVersion:
        """The version of that name or alias; the champion if none is named."""
        wanted = version or CHAMPION
        name = self.aliases(system).get(wanted, wanted)
        if not VERSION_NAME.fullmatch(name) or not (self._folder_of(system, name) / METADATA).is_file():
            names = [registered.version for registered in self.versions(system)] + sorted(self.aliases(system))
            raise UnknownVersion(
                expected=f"a version of {system}: {', '.join(names) or 'none is registered'}",
                received=f"{wanted!r:.60}",
                advice=f"Name one of those, or train one with `python -m core train {system}`.",
            )
        return self._read(system, name)

    def loaded(self, system: str, version: str | None) -> LoadedModel | None:
        """The version of that name or alias, if this process has loaded it: no file is read."""
        wanted = version or CHAMPION
        return self._loaded.get((system, self.aliases(system).get(wanted, wanted)))

    def load(self, system: str, version: str | None, loader: Callable[[Path], Any]) -> LoadedModel:
        """The engine of a version, loaded by `loader(folder)` the first time, once per process, files checked."""
        if (loaded := self.loaded(system, version)) is not None:
            return loaded
        resolved = self.resolve(system, version)
        key = (system, resolved.version)
        with self._lock:
            if key not in self._loaded:
                check_files(resolved)
                self._loaded[key] = LoadedModel(resolved.version, loader(resolved.folder), resolved.metadata)
        return self._loaded[key]

    def new_folder(self, system: str, version: str) -> Path:
        """Where a new version of `system` is to be written; InvalidInput if the name is unfit or taken."""
        folder = self.folder / system / version
        if not VERSION_NAME.fullmatch(version) or (folder / METADATA).is_file():
            taken = ", ".join(registered.version for registered in self.versions(system)) or "none"
            raise InvalidInput(
                expected="a new version's name of up to 40 letters, digits and . _ + -",
                received=f"{version!r:.60}; taken: {taken}",
                advice="Choose another name.",
            )
        return folder

    def register(self, system: str, version: str, alias: str | None = None) -> ModelVersion:
        """Make the finished folder <system>/<version> known, under `alias` too if one is given."""
        finished = self.resolve(system, version)
        check_files(finished)
        if alias:
            _write_alias(self.folder, system, alias, version)
        return finished

    def set_taught(self, system: str, alias: str, version: str | None) -> None:
        """Let an alias name a version that a site taught, or none any longer; other processes see it at once."""
        if self.taught is None:
            raise InvalidInput(expected="a registry with a folder for what sites teach", received="one without")
        from filelock import FileLock  # at the first site that is taught, not at start

        self.taught.mkdir(parents=True, exist_ok=True)
        with FileLock(self.taught / "aliases.lock"):
            _write_alias(self.taught, system, alias, version)

    def _all_aliases(self) -> dict[str, dict[str, str]]:
        """All systems' aliases; a file is read again only when one has changed, for every prediction asks."""
        paths = [root / ALIASES for root in self._roots]
        stamps = [_stamp(path) for path in paths]
        if self._read_aliases is None or self._read_aliases[0] != stamps:
            merged: dict[str, dict[str, str]] = {}
            for path, stamp in zip(paths, stamps, strict=True):
                for system, aliases in (_json(path) if stamp else {}).items():
                    merged.setdefault(system, {}).update(aliases)
            self._read_aliases = (stamps, merged)
        return self._read_aliases[1]

    def _folder_of(self, system: str, version: str) -> Path:
        """The folder of a version, whether or not it is there."""
        folders = [root / system / version for root in self._roots]
        return next((folder for folder in folders if (folder / METADATA).is_file()), folders[0])

    def _read(self, system: str, version: str) -> ModelVersion:
        folder = self._folder_of(system, version)
        return ModelVersion(system, version, folder, _json(folder / METADATA))


def check_files(version: ModelVersion) -> None:
    """Raise DamagedArtefact unless each file in metadata's `files` {name: sha256} is there and unchanged."""
    for name, expected in version.metadata.get("files", {}).items():
        path = version.folder / name
        received = sha256_of(path) if path.is_file() else "no file"
        if received != expected:
            raise DamagedArtefact(
                expected=f"{version.system} {version.version} to have {name} with sha256 {expected[:12]}",
                received=received[:12],
                advice="Restore the folder from the repository or train the version again.",
            )


def _write_alias(root: Path, system: str, alias: str, version: str | None) -> None:
    """Set or, without a version, take away an alias in a folder's file."""
    path = root / ALIASES
    aliases = _json(path) if path.is_file() else {}
    names = aliases.setdefault(system, {})
    if version is None:
        names.pop(alias, None)
    else:
        names[alias] = version
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(aliases, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    fresh.replace(path)  # atomic: a reader sees the old file or the new one


def _stamp(path: Path) -> Stamp | None:
    """What changes with a file; None where there is none."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as problem:
        content = problem
    if not isinstance(content, dict):
        raise DamagedArtefact(
            expected=f"{path} to hold one JSON object",
            received=str(content)[:60] or "nothing",
            advice="Restore it from the repository.",
        )
    return content


@lru_cache(maxsize=1)
def registry() -> Registry:
    """The registry in the folder that the settings name, opened once per process."""
    return Registry(settings().models_dir, settings().data_dir / "taught")


def _order(version: str) -> tuple[tuple[int, str], ...]:
    """Sorts 1.10.0 after 1.9.0."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in version.split("."))
