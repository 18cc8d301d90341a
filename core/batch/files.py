"""Results as files: CSV that is safe to open in a spreadsheet, or Parquet, by the ending."""

from __future__ import annotations

import codecs
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
from pyarrow import csv, parquet

from core.tables.spreadsheet import harmless_frame

FORMATS = (".csv", ".parquet")


def write(frame: pd.DataFrame, path: Path) -> None:
    """The whole of a small result, as `write_part` and `join` would."""
    part = path.with_name(path.name + ".new")
    write_part(frame, part, path.suffix, header=True)
    join([part], path)
    part.unlink()


def write_part(frame: pd.DataFrame, path: Path, ending: str, *, header: bool) -> None:
    """Some rows of a result, on the disk when it returns. header: whether a CSV begins with the columns' names."""
    with path.open("wb") as file:
        if ending.lower() == ".csv":
            csv.write_csv(_table(harmless_frame(frame)), file, csv.WriteOptions(include_header=header))
        else:
            parquet.write_table(_table(frame), file)
        file.flush()
        os.fsync(file.fileno())


def join(parts: Sequence[Path], path: Path) -> None:
    """Make the result of its parts; it is there whole, or not at all."""
    joined = path.with_name(path.name + ".joined")
    with joined.open("wb") as file:
        if path.suffix.lower() == ".csv":
            _join_csv(parts, file)
        else:
            _join_parquet(parts, file)
        file.flush()
        os.fsync(file.fileno())
    joined.replace(path)


def _join_csv(parts: Sequence[Path], file: BinaryIO) -> None:
    file.write(codecs.BOM_UTF8)  # tells spreadsheets that it is UTF-8
    for part in parts:
        with part.open("rb") as rows:
            shutil.copyfileobj(rows, file)


def _join_parquet(parts: Sequence[Path], file: BinaryIO) -> None:
    with parquet.ParquetWriter(file, parquet.read_schema(parts[0])) as writer:
        for part in parts:
            writer.write_table(parquet.read_table(part))


def _table(frame: pd.DataFrame) -> pa.Table:
    """The frame with the same types for every part: a text column may be empty in one of them."""
    return pa.table({str(name): _column(values) for name, values in frame.items()})


def _column(values: pd.Series) -> pa.Array:
    is_text = values.dtype == object or isinstance(values.dtype, pd.StringDtype)
    if is_text:
        return pa.array(values.to_numpy(dtype=object), pa.string(), from_pandas=True)
    if values.dtype.kind == "M":
        values = values.astype("datetime64[s]")
    return pa.Array.from_pandas(values)
