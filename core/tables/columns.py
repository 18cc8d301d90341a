"""Named columns of numbers from a small CSV file, with errors that name file and row.

Text in any common encoding, divided by commas, semicolons or tabs; names count without regard to case. Where commas do
not divide, a number may have one in place of its point. A first line `sep=;`, which is there for Excel, is passed over.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput, TooLarge
from core.tables.dialect import SEPARATOR_LINE, Dialect, delimiter_by_header
from core.tables.encodings import decode

MAX_BYTES = 50_000_000  # of a file
DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class CsvTable:
    """A CSV file's cells.

    file_name: for errors.
    names: of its columns, in lower case.
    rows: cells by column.
    decimal_comma: whether a number may have a comma in place of its point.
    """

    file_name: str
    names: tuple[str, ...]
    rows: list[dict[str, str]]
    decimal_comma: bool

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column as float64, shape (rows,). Raises InvalidInput for what is no number."""
        numbers = np.empty(len(self.rows))
        for row_index, row in enumerate(self.rows):
            text = row[name].replace(",", ".") if self.decimal_comma else row[name]
            try:
                numbers[row_index] = float(text)
            except ValueError:
                numbers[row_index] = np.nan
            if not np.isfinite(numbers[row_index]):
                raise InvalidInput(
                    expected=f"a number as {name} in row {row_index + 2} of {self.file_name}",
                    received=f"{row[name]!r:.40}",
                    advice="Correct it.",
                )
        return numbers

    def texts(self, name: str) -> list[str]:
        """A column as text, as it stands in the file."""
        return [row[name] for row in self.rows]

    def need(self, wanted: Sequence[str]) -> None:
        """Raise InvalidInput unless there are rows with these columns."""
        missing = [name for name in wanted if not self.rows or name not in self.names]
        if missing:
            raise InvalidInput(
                expected=f"the columns {', '.join(wanted)} and at least one row in {self.file_name}",
                received=f"none of {', '.join(missing)}",
                advice="Add them.",
            )


def table(data: bytes, file_name: str) -> CsvTable:
    """The cells of a CSV file. Raises InvalidInput, TooLarge."""
    if len(data) > MAX_BYTES:
        raise _too_large(file_name)
    text = SEPARATOR_LINE.sub("", decode(data))
    dialect = Dialect(delimiter_by_header(text, DELIMITERS), skip_initial_space=True)
    try:
        lines = [line for _, line in dialect.split_rows(text)]
    except csv.Error as problem:
        raise InvalidInput(
            expected="a CSV file", received=f"{file_name}: {problem!s:.80}", advice="Export it again."
        ) from None
    names = tuple(cell.strip().casefold() for cell in lines[0]) if lines else ()
    repeated = next((name for name in names if name and names.count(name) > 1), None)
    if repeated:
        raise InvalidInput(
            expected=f"columns of different names in {file_name}",
            received=f"{repeated!r:.40} twice",
            advice="Rename one.",
        )
    rows = [dict(zip(names, [*line, *[""] * len(names)], strict=False)) for line in lines[1:]]
    return CsvTable(file_name, names, rows, decimal_comma=dialect.delimiter != ",")


def table_of_file(path: Path, wanted: Sequence[str]) -> CsvTable:
    """The cells of a CSV file on disk, which has rows with these columns. Raises InvalidInput, TooLarge."""
    if path.stat().st_size > MAX_BYTES:  # before it is read
        raise _too_large(path.name)
    cells = table(path.read_bytes(), path.name)
    cells.need(wanted)
    return cells


def _too_large(file_name: str) -> TooLarge:
    return TooLarge(expected=f"a CSV file of up to {MAX_BYTES / 1e6:g} MB", received=file_name, advice="Thin it out.")
