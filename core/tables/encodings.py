"""A table's bytes as they are needed, and the encoding of their text."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

from core.errors import InvalidInput

NO_TEXT = "Expected a CSV, Parquet or Excel file. Received bytes that are no text. Export it again."
BLOCK = 1 << 20  # bytes that are looked at together
SAMPLE = 200_000  # bytes that encoding and delimiter are judged on
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def stream(source: Path | bytes) -> Any:
    """The bytes as they are needed: a file is never held whole."""
    import pyarrow as pa

    try:
        return pa.OSFile(str(source), "rb") if isinstance(source, Path) else pa.BufferReader(source)
    except OSError as problem:
        raise InvalidInput(
            f"Expected a file that can be read. Received {source!s}: {problem}. Check its rights."
        ) from None


def encoding_of(source: Path | bytes, *, whole: bool = True) -> str:
    """The encoding: by its mark, as UTF-8, or as charset-normalizer judges the bytes that are none.

    whole: whether the bytes end where the text does. Raises InvalidInput if the bytes are no text.
    """
    start = _read(source, 0, 2000)
    marked = next((encoding for mark, encoding in BYTE_ORDER_MARKS.items() if start.startswith(mark)), None)
    likely = marked or "utf-8"
    if marked is None and start.count(0) > len(start) // 4:  # UTF-16 unmarked: every other byte of Latin text is 0
        likely = "utf-16-le" if start[1] == 0 else "utf-16-be"
    fault = _fault(source, likely, whole)
    if fault is None:
        return likely
    if marked:
        raise InvalidInput(
            f"Expected text in {marked}. Received bytes near {fault:,} that are none. Export the table again, as UTF-8."
        )
    if likely != "utf-8":
        raise InvalidInput(NO_TEXT)
    judged = _judged(_read(source, max(0, fault - SAMPLE // 2), SAMPLE))
    return judged if _fault(source, judged, whole) is None else "latin-1"


def _fault(source: Path | bytes, encoding: str, whole: bool) -> int | None:
    """About where the bytes are not of that encoding; None if they are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    place = 0
    with stream(source) as file:
        try:
            while data := bytes(file.read(BLOCK)):
                decoder.decode(data)
                place += len(data)
            decoder.decode(b"", final=whole)
        except UnicodeDecodeError as problem:
            return place + problem.start
    return None


def _read(source: Path | bytes, start: int, size: int) -> bytes:
    with stream(source) as file:
        file.seek(start)
        return bytes(file.read(size))


def _judged(sample: bytes) -> str:
    """What charset-normalizer takes the bytes for; Western European if it cannot tell."""
    from charset_normalizer import from_bytes

    likely = ["cp1252", "cp1251", "shift_jis", "gb18030"]
    best = from_bytes(sample, cp_isolation=likely).best()
    return best.encoding if best else "cp1252"
