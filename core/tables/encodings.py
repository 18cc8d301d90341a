"""A table's bytes as they are needed, and the encoding of their text."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import InvalidInput, refusal

if TYPE_CHECKING:
    import pyarrow as pa

NO_TEXT = refusal("a CSV, Parquet or Excel file", "bytes that are no text", "Export it again.")
BLOCK = 1 << 20  # bytes that are looked at together
SAMPLE = 200_000  # bytes that encoding and delimiter are judged on
START = 2_000  # bytes that show whether they are text
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
BYTE_ORDER_MARK = "\ufeff"  # as a character of a decoded text


def open_stream(source: Path | bytes) -> pa.NativeFile:
    """An Arrow stream of the bytes, which are read as they are needed: a file is never held whole."""
    import pyarrow as pa

    try:
        return pa.OSFile(str(source), "rb") if isinstance(source, Path) else pa.BufferReader(source)
    except OSError as problem:
        raise InvalidInput(
            expected="a file that can be read", received=f"{source!s}: {problem}", advice="Check its rights."
        ) from None


def decode(data: bytes) -> str:
    """The text of bytes in any encoding, without its byte order mark. Raises InvalidInput if they are no text."""
    return data.decode(encoding_of(data)).removeprefix(BYTE_ORDER_MARK)


def encoding_of(source: Path | bytes, *, complete: bool = True) -> str:
    """The encoding: by its mark, as UTF-8, or as charset-normalizer judges the bytes that are none.

    source: a file or its bytes.
    complete: whether the bytes end where the text does, and not within a character.

    Raises InvalidInput if the bytes are no text.
    """
    start = _read_block(source, 0, START)
    marked = next((encoding for mark, encoding in BYTE_ORDER_MARKS.items() if start.startswith(mark)), None)
    likely = marked or "utf-8"
    if marked is None and mostly_wide(start):
        likely = "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    fault = _first_fault(source, likely, complete)
    if fault is None:
        return likely
    if marked:
        raise InvalidInput(
            expected=f"text in {marked}",
            received=f"bytes near {fault:,} that are none",
            advice="Export the table again, as UTF-8.",
        )
    if likely != "utf-8":
        raise InvalidInput(NO_TEXT)
    judged = _judged_encoding(_read_block(source, max(0, fault - SAMPLE // 2), SAMPLE))
    return judged if _first_fault(source, judged, complete) is None else "latin-1"


def mostly_wide(start: bytes) -> bool:
    """Whether the first bytes look like UTF-16: every other byte of Latin text is 0 there."""
    return start.count(0) > len(start) // 4


def is_binary(start: bytes) -> bool:
    """Whether the first bytes are no text in any encoding: zeros that are neither UTF-16 nor UTF-8."""
    wide = start.startswith(tuple(BYTE_ORDER_MARKS)) or mostly_wide(start)
    return b"\0" in start and not wide


def _first_fault(source: Path | bytes, encoding: str, complete: bool) -> int | None:
    """About where the bytes are not of that encoding; None if they are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    position = 0
    with open_stream(source) as file:
        try:
            while data := bytes(file.read(BLOCK)):
                decoder.decode(data)
                position += len(data)
            decoder.decode(b"", final=complete)
        except UnicodeDecodeError as problem:
            return position + problem.start
    return None


def _read_block(source: Path | bytes, start: int, size: int) -> bytes:
    with open_stream(source) as file:
        file.seek(start)
        return bytes(file.read(size))


def _judged_encoding(sample: bytes) -> str:
    """The encoding that charset-normalizer takes the bytes for; Western European if it cannot tell."""
    from charset_normalizer import from_bytes

    likely = ["cp1252", "cp1251", "shift_jis", "gb18030"]
    best = from_bytes(sample, cp_isolation=likely).best()
    return best.encoding if best else "cp1252"
