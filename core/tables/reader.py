"""Table files as they come: CSV in any encoding and with any delimiter, Parquet and Excel; nothing converted."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.errors import InvalidInput, TooLarge
from core.tables.encodings import BYTE_ORDER_MARKS, NO_TEXT, SAMPLE, encoding_of, stream

LARGEST_FILE = 400_000_000  # bytes
MOST_COLUMNS = 2_000
DELIMITERS = ",;\t|"
FIRST = 200  # rows that columns are guessed from
EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
PARQUET = b"PAR1"


@dataclass(frozen=True)
class Raw:
    """A table as read: nothing dropped, nothing converted.

    frame: one column per column of the file, shape (rows, columns), text unless the file itself has types.
    rows: place of each row in the file as a spreadsheet numbers it, the header being row 1; shape (rows,).
    broken: {row: what is wrong} of lines that could not be split into the header's columns.
    notes: what was found out about the file, in sentences.
    """

    frame: pd.DataFrame
    rows: np.ndarray
    broken: dict[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read(source: Path | bytes, columns: Sequence[str] | None = None) -> Raw:
    """The table in a file or in a file's bytes; `columns` limits what is read to these, where the format allows.

    Raises InvalidInput (no such file, empty, header only, not a table), TooLarge.
    """
    start = _start(source)
    if start[:4] == PARQUET:
        raw = _parquet(source, columns)
    elif start[:4] in EXCEL:
        raw = _excel(source)
    else:
        raw = _csv(source, start, columns)
    if not len(raw.frame) and not raw.broken:
        raise InvalidInput("Expected rows below the header. Received a header only. Export the table with its rows.")
    return raw


def header(source: Path | bytes, rows: int = FIRST) -> pd.DataFrame:
    """The first rows of a table, to guess its columns from."""
    start = _start(source)
    if start[:4] == PARQUET:
        return _parquet(source, None, rows).frame
    if start[:4] in EXCEL:
        return read(source).frame.head(rows)
    if _binary(start[:2000]):
        return read(start).frame  # which says so
    lines = start.decode(encoding_of(start, whole=False), errors="ignore").splitlines(keepends=True)
    whole = len(start) < SAMPLE
    return read("".join(lines[: rows + 1] if whole else lines[: min(rows + 1, max(1, len(lines) - 1))]).encode()).frame


def _start(source: Path | bytes) -> bytes:
    """The first bytes, once size and content make sense."""
    if isinstance(source, Path):
        if not source.is_file():
            raise InvalidInput(f"Expected a CSV, Parquet or Excel file. Received {source}, which is no file. Check it.")
        size = source.stat().st_size
    else:
        size = len(source)
    _check_size(size)
    with stream(source) as file:
        start = bytes(file.read(SAMPLE))
    if size <= SAMPLE and not start.strip(b"\0\r\n\t "):
        raise InvalidInput("Expected a table with a header and rows. Received an empty file. Export it again.")
    return start


def _check_size(size: int) -> None:
    if size > LARGEST_FILE:
        raise TooLarge(
            f"Expected a table of up to {LARGEST_FILE / 1e6:.0f} MB. Received {size / 1e6:.0f} MB. "
            "Split it by month, leave out columns, or save it as Parquet, which is a tenth of the size."
        )


def delimiter(text: str) -> str:
    """The character that splits the first lines into the same number of columns, and into most."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    best, most = ",", 1
    for candidate in DELIMITERS:
        counts = [len(row) for row in csv.reader(lines, delimiter=candidate)]
        usual, times = Counter(counts).most_common(1)[0]
        if usual > most and times * 2 > len(counts) and counts[0] >= usual - 1:
            best, most = candidate, usual
    return best


def _binary(start: bytes) -> bool:
    """Zeros that are neither UTF-16 nor UTF-8 are no text."""
    wide = start.startswith(tuple(BYTE_ORDER_MARKS)) or start.count(0) > len(start) // 4
    return b"\0" in start and not wide


def _csv(source: Path | bytes, start: bytes, columns: Sequence[str] | None) -> Raw:
    from pyarrow import ArrowInvalid

    if _binary(start[:2000]):
        raise InvalidInput(NO_TEXT)
    encoding = encoding_of(source)
    text = start.decode(encoding, errors="ignore")
    try:
        between = delimiter(text)
        lines = csv.reader(io.StringIO(text), delimiter=between)
        before, first = next((place, line) for place, line in enumerate(lines) if any(line))
        names, notes = _unique(first)
        if len(names) < 2:
            raise InvalidInput(
                f"Expected columns divided by a comma, semicolon, tab or bar. Received one column, {names[0]!r:.60}. "
                "Save the table as CSV with a comma between columns."
            )
        table, broken = _arrow(source, encoding, between, names, before, columns)
    except (ArrowInvalid, csv.Error, UnicodeDecodeError) as problem:
        raise InvalidInput(f"Expected a CSV table. Received one that cannot be read: {problem}. Repair it.") from None
    top = before + 2  # the first row below the header, as a spreadsheet numbers it
    gone = np.fromiter(broken, dtype=int, count=len(broken))
    rows = np.setdiff1d(np.arange(top, top + len(table) + len(broken)), gone)
    if (empty := _empty(table)).any():
        table, rows = table[~empty].reset_index(drop=True), rows[~empty]
    found = f"Read as CSV: {encoding}, columns divided by {between!r}."
    return Raw(table, rows, broken, (found, *notes))


def _arrow(
    source: Path | bytes, encoding: str, between: str, names: list[str], before: int, columns: Sequence[str] | None
) -> tuple[pd.DataFrame, dict[int, str]]:
    """Every value as text; lines with too few or too many columns are told, not guessed; empty ones are empty rows.

    before: empty lines above the header.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow

    broken: dict[int, str] = {}

    def tell(row: Any) -> str:
        broken[int(row.number)] = f"Expected {row.expected_columns} columns. Received {row.actual_columns}."
        return "skip"

    with stream(source) as file:
        table = arrow.read_csv(
            file,
            read_options=arrow.ReadOptions(
                column_names=names, skip_rows=before + 1, use_threads=False, encoding=_arrows_name(encoding)
            ),
            parse_options=arrow.ParseOptions(
                delimiter=between, newlines_in_values=True, invalid_row_handler=tell, ignore_empty_lines=False
            ),
            convert_options=arrow.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[name for name in names if name in columns] if columns is not None else None,
                strings_can_be_null=True,
                null_values=["", "NULL", "null", "NA", "N/A", "nan", "NaN", "None"],
            ),
        )
    return table.to_pandas(self_destruct=True, split_blocks=True), broken


def _empty(table: pd.DataFrame) -> np.ndarray:
    """Rows without any value; boolean, shape (rows,)."""
    empty = np.ones(len(table), dtype=bool)
    for name in table.columns:
        if not empty.any():
            break
        empty &= table[name].isna().to_numpy()
    return empty


def _arrows_name(encoding: str) -> str:
    """UTF-8 is not decoded twice; its mark stands in the header, which is skipped."""
    return "utf8" if encoding.startswith("utf-8") else encoding


def _unique(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names without doubles: the second `Date` becomes `Date (2)`, and a note says so."""
    if len(names) > MOST_COLUMNS:
        raise InvalidInput(f"Expected at most {MOST_COLUMNS} columns. Received {len(names)}. Leave out some.")
    seen: Counter[str] = Counter()
    unique, notes = [], []
    for place, name in enumerate(names, 1):
        plain = str(name).strip().lstrip("\ufeff") or f"column {place}"
        seen[plain] += 1
        unique.append(plain if seen[plain] == 1 else f"{plain} ({seen[plain]})")
        if seen[plain] > 1:
            notes.append(f"The header has {plain!r} more than once; column {place} is called {unique[-1]!r} here.")
    return unique, notes


def _parquet(source: Path | bytes, columns: Sequence[str] | None, rows: int | None = None) -> Raw:
    """The table, or its first rows. Columns of lists or records have no place in it."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with stream(source) as data, parquet.ParquetFile(data) as file:
            nested = [field.name for field in file.schema_arrow if pa.types.is_nested(field.type)]
            wanted = [
                name for name in file.schema_arrow.names if name not in nested and (columns is None or name in columns)
            ]
            if rows is None:
                table = file.read(columns=wanted)
            else:
                table = pa.Table.from_batches(
                    [batch for batch, _ in zip(file.iter_batches(rows, columns=wanted), range(1), strict=False)],
                    schema=pa.schema([file.schema_arrow.field(name) for name in wanted]),
                )
        frame = table.to_pandas(ignore_metadata=True, self_destruct=True, split_blocks=True)
    except (pa.ArrowException, OSError) as problem:
        raise InvalidInput(
            f"Expected a Parquet file. Received a damaged one: {problem!s:.100}. Write it again."
        ) from None
    frame.columns, notes = _unique([str(name) for name in frame.columns])
    notes += [f"Column {name!r} holds lists or records and is left out." for name in nested]
    return Raw(frame, np.arange(2, 2 + len(frame)), {}, ("Read as Parquet.", *notes))


def _excel(source: Path | bytes) -> Raw:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            book = CalamineWorkbook.from_filelike(file)
            cells = book.get_sheet_by_index(0).to_python()
    except CalamineError as problem:
        raise InvalidInput(f"Expected an Excel workbook. Received one that cannot be read: {problem!s:.100}.") from None
    if not cells:
        raise InvalidInput("Expected a table on the first sheet. Received an empty sheet. Move the table there.")
    names, notes = _unique([str(name) for name in cells[0]])
    frame = pd.DataFrame(cells[1:], columns=names, dtype=object).replace("", None)
    if len(book.sheet_names) > 1:
        notes.append(f"The workbook has {len(book.sheet_names)} sheets; the first, {book.sheet_names[0]!r}, was read.")
    return Raw(frame, np.arange(2, 2 + len(frame)), {}, ("Read as Excel.", *notes))
