"""A file of JSON that grows at its end, one object a line; whoever reads it again gets what came since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class JsonLines:
    """One reader's place in such a file, and the way to add to it. Added lines survive the end of the process."""

    def __init__(self, path: Path) -> None:
        self._path, self._read_to = path, 0

    def append(self, value: Mapping[str, Any]) -> None:
        """Add an object as a line at the end of the file."""
        with self._path.open("ab") as file:
            file.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")

    def unread(self) -> list[dict[str, Any]]:
        """The objects added since the last call, or since the beginning; a line that is being written comes later."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._read_to)
            data = file.read()
        complete_lines = data[: data.rfind(b"\n") + 1]
        self._read_to += len(complete_lines)
        return [json.loads(line) for line in complete_lines.splitlines()]
