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

LARGEST_FILE = 400_000_000  # bytes
MOST_COLUMNS = 2_000
DELIMITERS = ",;\t|"
FIRST = 200  # rows that columns are guessed from
SAMPLE = 200_000  # bytes that encoding and delimiter are judged on
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
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
    data = _bytes(source)
    if data[:4] == PARQUET:
        raw = _parquet(data, columns)
    elif data[:4] in EXCEL:
        raw = _excel(data)
    else:
        raw = _csv(data, columns)
    if not len(raw.frame) and not raw.broken:
        raise InvalidInput("Expected rows below the header. Received a header only. Export the table with its rows.")
    return raw


def header(source: Path | bytes, rows: int = FIRST) -> pd.DataFrame:
    """The first rows of a table, to guess its columns from."""
    data = _bytes(source)
    if data[:4] == PARQUET or data[:4] in EXCEL:
        return read(data).frame.head(rows)
    whole, _ = _decoded(data[:SAMPLE], complete=len(data) <= SAMPLE)
    lines = whole.splitlines(keepends=True)
    kept = lines[: rows + 1] if len(data) <= SAMPLE else lines[: min(rows + 1, max(1, len(lines) - 1))]
    return read("".join(kept).encode()).frame


def _bytes(source: Path | bytes) -> bytes:
    if isinstance(source, Path):
        if not source.is_file():
            raise InvalidInput(f"Expected a CSV, Parquet or Excel file. Received {source}, which is no file. Check it.")
        _check_size(source.stat().st_size)
        source = source.read_bytes()
    _check_size(len(source))
    if not source.strip(b"\0\r\n\t "):
        raise InvalidInput("Expected a table with a header and rows. Received an empty file. Export it again.")
    return source


def _check_size(size: int) -> None:
    if size > LARGEST_FILE:
        raise TooLarge(
            f"Expected a table of up to {LARGEST_FILE / 1e6:.0f} MB. Received {size / 1e6:.0f} MB. "
            "Split it by month, leave out columns, or save it as Parquet, which is a tenth of the size."
        )


def _decoded(data: bytes, complete: bool = True) -> tuple[str, str]:
    """The text and the name of its encoding: by its mark, as UTF-8, or as charset-normalizer judges the bytes."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, errors="strict" if complete else "ignore"), encoding
    zeros = data[:2000].count(0)
    if zeros > len(data[:2000]) // 4:  # UTF-16 without its mark: every other byte of Latin text is 0
        encoding = "utf-16-le" if data[1] == 0 else "utf-16-be"
        return data.decode(encoding, errors="replace"), encoding
    try:
        return data.decode("utf-8") if complete else data.decode("utf-8", errors="ignore"), "utf-8"
    except UnicodeDecodeError:
        encoding = _judged(data[:SAMPLE])
        return data.decode(encoding, errors="replace"), encoding


def _judged(sample: bytes) -> str:
    """What charset-normalizer takes the bytes for; Western European if it cannot tell."""
    from charset_normalizer import from_bytes

    likely = ["cp1252", "cp1251", "shift_jis", "gb18030"]
    best = from_bytes(sample, cp_isolation=likely).best()
    return best.encoding if best else "cp1252"


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


def _csv(data: bytes, columns: Sequence[str] | None) -> Raw:
    from pyarrow import ArrowInvalid

    if _binary(data[:2000]):
        raise InvalidInput("Expected a CSV, Parquet or Excel file. Received bytes that are no text. Export it again.")
    text, encoding = _decoded(data)
    between = delimiter(text[:SAMPLE])
    first = next(csv.reader(io.StringIO(text[:SAMPLE]), delimiter=between))
    names, notes = _unique(first)
    if len(names) < 2:
        raise InvalidInput(
            f"Expected columns divided by a comma, semicolon, tab or bar. Received one column, {names[0]!r:.60}. "
            "Save the table as CSV with a comma between columns."
        )
    try:
        table, broken = _arrow(text.encode(), between, names, columns)
    except ArrowInvalid as problem:
        raise InvalidInput(f"Expected a CSV table. Received one that cannot be read: {problem}. Repair it.") from None
    rows = np.setdiff1d(np.arange(2, 2 + len(table) + len(broken)), np.fromiter(broken, dtype=int, count=len(broken)))
    found = f"Read as CSV: {encoding}, columns divided by {between!r}."
    return Raw(table, rows, broken, (found, *notes))


def _arrow(
    data: bytes, between: str, names: list[str], columns: Sequence[str] | None
) -> tuple[pd.DataFrame, dict[int, str]]:
    """Every value as text; lines with too few or too many columns are told, not guessed."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    broken: dict[int, str] = {}

    def tell(row: Any) -> str:
        broken[int(row.number)] = f"Expected {row.expected_columns} columns. Received {row.actual_columns}."
        return "skip"

    table = arrow.read_csv(
        pa.BufferReader(data),
        read_options=arrow.ReadOptions(column_names=names, skip_rows=1, use_threads=False),
        parse_options=arrow.ParseOptions(delimiter=between, newlines_in_values=True, invalid_row_handler=tell),
        convert_options=arrow.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=[name for name in names if name in columns] if columns is not None else None,
            strings_can_be_null=True,
            null_values=["", "NULL", "null", "NA", "N/A", "nan", "NaN", "None"],
        ),
    )
    return table.to_pandas(), broken


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


def _parquet(data: bytes, columns: Sequence[str] | None) -> Raw:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(pa.BufferReader(data))
        wanted = None if columns is None else [name for name in file.schema_arrow.names if name in columns]
        frame = file.read(columns=wanted).to_pandas()
    except (pa.ArrowException, OSError) as problem:
        raise InvalidInput(
            f"Expected a Parquet file. Received a damaged one: {problem!s:.100}. Write it again."
        ) from None
    frame.columns, notes = _unique([str(name) for name in frame.columns])
    return Raw(frame.reset_index(drop=True), np.arange(2, 2 + len(frame)), {}, ("Read as Parquet.", *notes))


def _excel(data: bytes) -> Raw:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
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
