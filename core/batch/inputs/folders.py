"""Files of a folder on this machine and all folders in it, or a single file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.batch.inputs.item import InputItem, is_hidden, limited, max_bytes, no_such_place, shown
from core.errors import InvalidInput


@dataclass(frozen=True)
class FolderSource:
    """Every file below `path` that is not hidden, folder by folder in the order of names; links are not followed."""

    path: Path

    def items(self) -> Iterator[InputItem]:
        """One folder's names are held at a time."""
        if not self.path.exists():
            raise no_such_place(str(self.path))
        if self.path.is_file():
            yield _item(self.path, self.path.name)
            return
        for folder, folders, names in os.walk(self.path):
            folders.sort()
            for name in sorted(names):
                inner = (Path(folder) / name).relative_to(self.path).as_posix()
                if not is_hidden(inner):
                    yield _item(Path(folder) / name, inner)

    def read(self, item: InputItem) -> bytes:
        """The file's bytes."""
        path = self.path if self.path.is_file() else self.path / item.place
        if not path.is_file():  # a pipe would keep the reader waiting
            raise InvalidInput(
                expected="a file", received=f"{item.name}, which is none or is gone", advice="Leave it out."
            )
        with path.open("rb") as file:
            return limited(file.read(max_bytes() + 1), item.name)


def _item(path: Path, inner: str) -> InputItem:
    try:
        status = path.stat()
    except OSError:  # a link that leads nowhere: reading says so
        return InputItem(shown(inner), inner, 0, "")
    return InputItem(shown(inner), inner, status.st_size, str(status.st_mtime_ns))
