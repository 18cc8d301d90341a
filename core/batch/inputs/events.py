"""Event folders: every folder below a place that holds the file by which the system knows one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import systems
from core.artefacts.hashing import sha256_of
from core.batch.inputs.item import InputItem, no_such_place, shown


@dataclass(frozen=True)
class EventSource:
    """Folders that `system` answers. mode: how to compute; the system's own way if None."""

    path: Path
    system: str
    mode: str | None = None

    def items(self) -> Iterator[InputItem]:
        """In the order of names; an event's own folders are not looked into."""
        if not self.path.is_dir():
            raise no_such_place(str(self.path))
        known_by = systems.folders(self.system).FOLDER_FILE
        for folder, folders, names in os.walk(self.path):
            folders.sort()
            if known_by in names:
                folders.clear()
                inner = Path(folder).relative_to(self.path).as_posix()
                name = self.path.resolve().name if inner == "." else inner
                yield InputItem(shown(name), inner, *_size_and_stamp(Path(folder)))

    def read(self, item: InputItem) -> Any:
        """The folder as the system's `Input` takes it."""
        folder = self.path / item.place
        make = systems.folders(self.system).Folder
        return make(folder) if self.mode is None else make(folder, self.mode)


def _size_and_stamp(folder: Path) -> tuple[int, str]:
    """Size of all files, and a hash of their names and contents: little beside a forecast, and a copy has the same."""
    size, digest = 0, hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            size += path.stat().st_size
            digest.update(f"{path.relative_to(folder)}\0{sha256_of(path)}\n".encode(errors="replace"))
    return size, digest.hexdigest()
