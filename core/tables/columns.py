"""Named columns of numbers from a small CSV file, with errors that name file and row.

Text in any common encoding, divided by commas, semicolons or tabs; names count without regard to case. Where commas do
not divide, a number may have one in place of its point. A first line `sep=;`, which is there for Excel, is passed over.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InvalidInput, TooLarge
from core.tables.dialect import SEPARATOR_LINE, Dialect, delimiter_by_header
from core.tables.encodings import decode

LARGEST = 50_000_000  # bytes
DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class Table:
    """A CSV file's cells; file: its name, for errors. names: of its columns, in lower case. rows: by name."""

    file: str
    names: tuple[str, ...]
    rows: list[dict[str, str]]
    decimal_comma: bool

    def numbers(self, name: str) -> np.ndarray:
        """A column as float64, shape (rows,). Raises InvalidInput for what is no number."""
        made = np.empty(len(self.rows))
        for place, row in enumerate(self.rows):
            text = row[name].replace(",", ".") if self.decimal_comma else row[name]
            try:
                made[place] = float(text)
            except ValueError:
                made[place] = np.nan
            if not np.isfinite(made[place]):
                raise InvalidInput(
                    f"Expected a number as {name} in row {place + 2} of {self.file}. Received {row[name]!r:.40}. "
                    "Correct it."
                )
        return made

    def texts(self, name: str) -> list[str]:
        """A column as it stands."""
        return [row[name] for row in self.rows]

    def need(self, wanted: Sequence[str]) -> None:
        """Raise InvalidInput unless there are rows with these columns."""
        missing = [name for name in wanted if not self.rows or name not in self.names]
        if missing:
            raise InvalidInput(
                f"Expected the columns {', '.join(wanted)} and at least one row in {self.file}. Received none of "
                f"{', '.join(missing)}. Add them."
            )


def table(data: bytes, file: str) -> Table:
    """The cells of a CSV file. Raises InvalidInput, TooLarge."""
    if len(data) > LARGEST:
        raise TooLarge(f"Expected a CSV file of up to {LARGEST / 1e6:g} MB. Received {file}. Thin it out.")
    text = SEPARATOR_LINE.sub("", decode(data))
    dialect = Dialect(delimiter_by_header(text, DELIMITERS), skip_initial_space=True)
    try:
        lines = [line for _, line in dialect.split_rows(text)]
    except csv.Error as problem:
        raise InvalidInput(f"Expected a CSV file. Received {file}: {problem!s:.80}. Export it again.") from None
    names = tuple(one.strip().casefold() for one in lines[0]) if lines else ()
    twice = next((one for one in names if one and names.count(one) > 1), None)
    if twice:
        raise InvalidInput(f"Expected columns of different names in {file}. Received {twice!r:.40} twice. Rename one.")
    rows = [dict(zip(names, [*line, *[""] * len(names)], strict=False)) for line in lines[1:]]
    return Table(file, names, rows, decimal_comma=dialect.delimiter != ",")


def columns(path: Path, numbers: Sequence[str], text: str | None = None) -> dict[str, Any]:
    """Each column by name: float64 arrays of shape (rows,), and `text` as a list. Raises InvalidInput."""
    if path.stat().st_size > LARGEST:
        raise TooLarge(f"Expected a CSV file of up to {LARGEST / 1e6:g} MB. Received {path.name}. Thin it out.")
    found = table(path.read_bytes(), path.name)
    found.need([*numbers, *([text] if text else [])])
    made: dict[str, Any] = {name: found.numbers(name) for name in numbers}
    if text:
        made[text] = found.texts(text)
    return made
