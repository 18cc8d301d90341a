"""The areas that can be named in place of a terrain file; for now the invented valley alone."""

from __future__ import annotations

from pathlib import Path

from core.errors import InvalidInput
from core.systems.flood import sample


def names(folder: Path) -> list[str]:
    """Every area's name."""
    return ["sample"]


def find(name: str, folder: Path) -> Path:
    """The area's terrain. Raises InvalidInput for a name that there is not."""
    if name != "sample":
        raise InvalidInput(f"Expected the name of an area: sample. Received {name!r:.60}. Choose that one.")
    path = folder / "sample" / "terrain.tif"
    if not path.is_file():
        sample.write(path.parent)
    return path
