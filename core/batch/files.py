"""Results as files: CSV that is safe to open in a spreadsheet, Parquet or JSON lines, by the ending."""

from __future__ import annotations

import codecs
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa
from pyarrow import csv, parquet

from core.tables.spreadsheet import harmless_frame

FORMATS = (".csv", ".parquet", ".jsonl")


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
        elif ending.lower() == ".jsonl":
            frame.to_json(file, orient="records", lines=True, date_format="iso", date_unit="s", double_precision=15)
        else:
            parquet.write_table(_table(frame), file)
        _to_disk(file)


def encoded(line: Mapping[str, Any]) -> bytes:
    """An object as a line of JSON."""
    return json.dumps(line, separators=(",", ":"), allow_nan=False, default=str).encode() + b"\n"


def read_lines(parts: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """The objects of files of lines, one by one."""
    for part in parts:
        with part.open("rb") as file:
            yield from map(json.loads, file)


def write_lines(lines: Iterable[bytes], path: Path) -> None:
    """Lines of JSON, on the disk when it returns."""
    with path.open("wb") as file:
        file.writelines(lines)
        _to_disk(file)


def join(parts: Sequence[Path], path: Path) -> None:
    """Make the result of its parts; it is there whole, or not at all."""
    with _replacing(path) as file:
        if path.suffix.lower() == ".parquet":
            _join_parquet(parts, file)
        else:
            _join_text(parts, file, codecs.BOM_UTF8 if path.suffix.lower() == ".csv" else b"")


def write_frames(frames: Iterable[pd.DataFrame], path: Path) -> None:
    """Make a CSV or Parquet result of frames with the same columns and types; it is there whole, or not at all."""
    with _replacing(path) as file:
        if path.suffix.lower() == ".csv":
            file.write(codecs.BOM_UTF8)
            for number, frame in enumerate(frames):
                csv.write_csv(_table(harmless_frame(frame)), file, csv.WriteOptions(include_header=number == 0))
            return
        writer = None
        for frame in frames:
            table = _table(frame)
            writer = writer or parquet.ParquetWriter(file, table.schema)
            writer.write_table(table)
        if writer:
            writer.close()


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` once all of it is on the disk."""
    joined = path.with_name(path.name + ".joined")
    with joined.open("wb") as file:
        yield file
        _to_disk(file)
    joined.replace(path)


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _join_text(parts: Sequence[Path], file: BinaryIO, mark: bytes) -> None:
    """mark: tells spreadsheets that a CSV is UTF-8."""
    file.write(mark)
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
