"""Table files as they come: CSV in any encoding and with any delimiter, Parquet and Excel; nothing converted."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import InvalidInput, TooLarge
from core.tables.delimited import read_delimited
from core.tables.encodings import SAMPLE, START, encoding_of, is_binary, open_stream
from core.tables.raw_table import RawTable, unique_names

MAX_FILE_BYTES = 400_000_000
PREVIEW_ROWS = 200  # rows that columns are guessed from
EXCEL_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
PARQUET_MAGIC = b"PAR1"


def read_table(source: Path | bytes, columns: Sequence[str] | None = None) -> RawTable:
    """The table in a file.

    source: the file or its bytes.
    columns: only these are read, where the format allows; all if None.

    Raises InvalidInput (no such file, empty, header only, not a table), TooLarge.
    """
    start = _read_start(source)
    if start[:4] == PARQUET_MAGIC:
        raw = _read_parquet(source, columns)
    elif start[:4] in EXCEL_MAGIC:
        raw = _read_excel(source)
    else:
        raw = read_delimited(source, start, columns)
    if not len(raw.frame) and not raw.broken:
        raise InvalidInput(
            expected="rows below the header", received="a header only", advice="Export the table with its rows."
        )
    return raw


def read_preview(source: Path | bytes, rows: int = PREVIEW_ROWS) -> pd.DataFrame:
    """The first rows of a table, to guess from them what its columns are. Raises as `read_table`."""
    start = _read_start(source)
    if start[:4] == PARQUET_MAGIC:
        return _read_parquet(source, None, rows).frame
    if start[:4] in EXCEL_MAGIC:
        return read_table(source).frame.head(rows)
    if is_binary(start[:START]):
        return read_table(start).frame  # which says so
    lines = start.decode(encoding_of(start, complete=False), errors="ignore").splitlines(keepends=True)
    complete = len(start) < SAMPLE  # else the last line may be cut
    count = rows + 1 if complete else min(rows + 1, max(1, len(lines) - 1))
    return read_table("".join(lines[:count]).encode()).frame


def _read_start(source: Path | bytes) -> bytes:
    """The first bytes, once size and content make sense."""
    if isinstance(source, Path):
        if not source.is_file():
            raise InvalidInput(
                expected="a CSV, Parquet or Excel file", received=f"{source}, which is no file", advice="Check it."
            )
        size = source.stat().st_size
    else:
        size = len(source)
    _check_size(size)
    with open_stream(source) as file:
        start = bytes(file.read(SAMPLE))
    if size <= SAMPLE and not start.strip(b"\0\r\n\t "):
        raise InvalidInput(
            expected="a table with a header and rows", received="an empty file", advice="Export it again."
        )
    return start


def _check_size(size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise TooLarge(
            expected=f"a table of up to {MAX_FILE_BYTES / 1e6:.0f} MB",
            received=f"{size / 1e6:.0f} MB",
            advice="Split it by month, leave out columns, or save it as Parquet, which is a tenth of the size.",
        )


def _read_parquet(source: Path | bytes, columns: Sequence[str] | None, rows: int | None = None) -> RawTable:
    """The table, or its first rows. Columns of lists or records are left out and told."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with open_stream(source) as data, parquet.ParquetFile(data) as file:
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
        table.validate(full=True)  # else a text that is no UTF-8 breaks whoever looks at it later
        table = table.replace_schema_metadata(None)  # which pandas would parse although it is to be ignored
        frame = table.to_pandas(ignore_metadata=True, self_destruct=True, split_blocks=True)
    except (pa.ArrowException, OSError, ValueError) as problem:  # the latter for names that are no UTF-8
        raise InvalidInput(
            expected="a Parquet file", received=f"a damaged one: {problem!s:.100}", advice="Write it again."
        ) from None
    frame.columns, notes = unique_names([str(name) for name in frame.columns])
    notes += [f"Column {name!r} holds lists or records and is left out." for name in nested]
    return RawTable(frame, np.arange(2, 2 + len(frame)), {}, ("Read as Parquet.", *notes))


def _read_excel(source: Path | bytes) -> RawTable:
    """The first sheet of a workbook."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            book = CalamineWorkbook.from_filelike(file)
            cells = book.get_sheet_by_index(0).to_python()
    except CalamineError as problem:
        raise InvalidInput(
            expected="an Excel workbook", received=f"one that cannot be read: {problem!s:.100}"
        ) from None
    if not cells:
        raise InvalidInput(
            expected="a table on the first sheet", received="an empty sheet", advice="Move the table there."
        )
    names, notes = unique_names([str(name) for name in cells[0]])
    frame = pd.DataFrame(cells[1:], columns=names, dtype=object).replace("", None)
    if len(book.sheet_names) > 1:
        notes.append(f"The workbook has {len(book.sheet_names)} sheets; the first, {book.sheet_names[0]!r}, was read.")
    return RawTable(frame, np.arange(2, 2 + len(frame)), {}, ("Read as Excel.", *notes))
