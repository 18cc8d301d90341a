"""The list of a run's inputs, kept beside its shards: numbered once, so that a run that goes on counts the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

from core.batch.inputs.item import InputItem


@dataclass(frozen=True)
class InputListing:
    """A file with a line for each input. digest: of all lines, so that a changed input is noticed. count: of them."""

    path: Path
    digest: str
    count: int

    @staticmethod
    def write(items: Iterable[InputItem], path: Path, limit: int | None) -> InputListing:
        """Note the first `limit` inputs, or all; they are listed and written one by one."""
        digest, count = hashlib.sha256(), 0
        with path.open("wb") as file:
            for item in islice(items, limit):
                line = json.dumps(asdict(item), separators=(",", ":")).encode() + b"\n"
                digest.update(line)
                file.write(line)
                count += 1
        return InputListing(path, digest.hexdigest(), count)

    def kept_as(self, path: Path) -> InputListing:
        """The listing under another name."""
        return replace(self, path=self.path.replace(path))

    def groups(self, size: int) -> Iterator[tuple[InputItem, ...]]:
        """The inputs in groups of `size`, the last one smaller."""
        with self.path.open("rb") as file:
            while group := tuple(InputItem(**json.loads(line)) for line in islice(file, size)):
                yield group
