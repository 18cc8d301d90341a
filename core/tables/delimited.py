"""Large delimited text files (CSV) in any encoding, read with Arrow: every value as text, broken lines told."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import InvalidInput, refusal
from core.tables.dialect import Dialect, delimiter_by_columns
from core.tables.encodings import NO_TEXT, START, encoding_of, is_binary, open_stream
from core.tables.raw_table import RawTable, unique_names

MISSING_VALUES = ["", "NULL", "null", "NA", "N/A", "nan", "NaN", "None"]


def read_delimited(source: Path | bytes, start: bytes, columns: Sequence[str] | None = None) -> RawTable:
    """The table in a delimited text file.

    source: the file or its bytes.
    start: its first bytes, at most `encodings.SAMPLE`.
    columns: only these are read, all if None.

    Raises InvalidInput if it is no such file.
    """
    from pyarrow import ArrowInvalid

    if is_binary(start[:START]):
        raise InvalidInput(NO_TEXT)
    encoding = encoding_of(source)
    text = start.decode(encoding, errors="ignore")
    try:
        dialect = Dialect(delimiter_by_columns(text))
        blank, header = next(dialect.split_rows(text), (0, []))
        if not header:
            raise InvalidInput(
                expected="a table with a header and rows", received="empty cells alone", advice="Export it again."
            )
        names, notes = unique_names(header)
        if len(names) < 2:
            raise InvalidInput(
                expected="columns divided by a comma, semicolon, tab or bar",
                received=f"one column, {names[0]!r:.60}",
                advice="Save the table as CSV with a comma between columns.",
            )
        table, broken = _read_rows(source, encoding, dialect, names, blank, columns)
    except (ArrowInvalid, csv.Error, UnicodeDecodeError) as problem:
        raise InvalidInput(
            expected="a CSV table", received=f"one that cannot be read: {problem}", advice="Repair it."
        ) from None
    first = blank + 2  # the first row below the header, as a spreadsheet numbers it
    skipped = np.fromiter(broken, dtype=int, count=len(broken))
    rows = np.setdiff1d(np.arange(first, first + len(table) + len(broken)), skipped)
    if (empty := _empty_rows(table)).any():
        table, rows = table[~empty].reset_index(drop=True), rows[~empty]
    note = f"Read as CSV: {encoding}, columns divided by {dialect.delimiter!r}."
    return RawTable(table, rows, broken, (note, *notes))


def _read_rows(
    source: Path | bytes,
    encoding: str,
    dialect: Dialect,
    names: list[str],
    blank: int,
    columns: Sequence[str] | None,
) -> tuple[pd.DataFrame, dict[int, str]]:
    """Every value below the header as text; lines with too few or too many columns are told, not guessed.

    blank: empty lines above the header. Empty ones below it are empty rows, so that the numbers of rows stay.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    broken: dict[int, str] = {}

    def note_broken(row: arrow_csv.InvalidRow) -> str:
        broken[int(row.number)] = refusal(f"{row.expected_columns} columns", f"{row.actual_columns}")
        return "skip"

    # UTF-8 is not decoded twice; its mark stands in the header, which is skipped
    arrow_encoding = "utf8" if encoding.startswith("utf-8") else encoding
    with open_stream(source) as file:
        table = arrow_csv.read_csv(
            file,
            read_options=arrow_csv.ReadOptions(
                column_names=names, skip_rows=blank + 1, use_threads=False, encoding=arrow_encoding
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=dialect.delimiter,
                newlines_in_values=True,
                invalid_row_handler=note_broken,
                ignore_empty_lines=False,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[name for name in names if name in columns] if columns is not None else None,
                strings_can_be_null=True,
                null_values=MISSING_VALUES,
            ),
        )
    return table.to_pandas(self_destruct=True, split_blocks=True), broken


def _empty_rows(table: pd.DataFrame) -> np.ndarray:
    """Which rows have no value at all; boolean, shape (rows,)."""
    empty = np.ones(len(table), dtype=bool)
    for name in table.columns:
        if not empty.any():
            break
        empty &= table[name].isna().to_numpy()
    return empty
