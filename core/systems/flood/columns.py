"""Named columns of numbers from a small CSV file, with errors that name file and row."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InvalidInput

LARGEST = 50_000_000  # bytes


def columns(path: Path, numbers: Sequence[str], text: str | None = None) -> dict[str, Any]:
    """Each column by name: float64 arrays of shape (rows,), and `text` as a list. Raises InvalidInput."""
    if path.stat().st_size > LARGEST:
        raise InvalidInput(f"Expected a CSV file of up to {LARGEST / 1e6:g} MB. Received {path.name}. Thin it out.")
    wanted = [*numbers, *([text] if text else [])]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, skipinitialspace=True))
    except (UnicodeDecodeError, csv.Error) as problem:
        raise InvalidInput(f"Expected a CSV file. Received {path.name}: {problem!s:.80}. Export it again.") from None
    missing = [name for name in wanted if not rows or name not in rows[0]]
    if missing:
        raise InvalidInput(
            f"Expected the columns {', '.join(wanted)} and at least one row in {path.name}. Received none of "
            f"{', '.join(missing)}. Add them."
        )
    found: dict[str, Any] = {name: _numbers(path, name, rows) for name in numbers}
    if text:
        found[text] = [row[text] or "" for row in rows]
    return found


def _numbers(path: Path, name: str, rows: list[dict[str, str]]) -> np.ndarray:
    made = np.empty(len(rows))
    for place, row in enumerate(rows):
        try:
            made[place] = float(row[name])
        except (TypeError, ValueError):
            made[place] = np.nan
        if not np.isfinite(made[place]):
            raise InvalidInput(
                f"Expected a number as {name} in row {place + 2} of {path.name}. Received {row[name]!r:.40}. "
                "Correct it."
            )
    return made
