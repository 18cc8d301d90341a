"""The true size of AV1 pictures in an AVIF file, read from the coded data before anything is decoded.

An AVIF states its size twice: in its container, which Pillow reports, and in the sequence header of the coded picture,
which decides how much memory decoding takes. A file may lie in the first. Only what is needed for that is read here:
ISO/IEC 14496-12 (boxes, `iloc`, chunk offsets) and the AV1 bitstream specification, sections 5.3 to 5.5.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

CONTAINERS = (b"meta", b"moov", b"trak", b"mdia", b"minf", b"stbl")
SEQUENCE_HEADER = 1  # type of an OBU
MAX_BOXES = 10_000  # that are looked at, of a file of strangers
MAX_UNITS = 1_000  # OBUs of one picture
MAX_SIZE_BYTES = 8  # of an OBU's size (leb128)


class UnreadableHeader(ValueError):
    """The file does not say how large its coded pictures are."""


def coded_sizes(data: bytes) -> list[tuple[int, int]]:
    """Greatest width and height [px] of each coded picture in an AVIF file. Raises UnreadableHeader."""
    sizes: list[tuple[int, int]] = []
    try:
        boxes = list(_boxes(data, 0, len(data)))
        idat = next((data[start:end] for kind, start, end in boxes if kind == b"idat"), b"")
        for kind, start, end in boxes:
            if kind == b"iloc":
                for coded in _items(data, data[start:end], idat):
                    sizes += _sequence_sizes(coded)
            elif kind in (b"stco", b"co64"):  # of an animation the first picture is decoded
                sizes += _sequence_sizes(data[_first_chunk(data[start:end], 4 if kind == b"stco" else 8) :])
    except (struct.error, IndexError) as problem:
        raise UnreadableHeader("it breaks off") from problem
    if not sizes:
        raise UnreadableHeader("no picture in it says its size")
    return sizes


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Every box from start to end and in its containers: kind, and where its content begins and ends."""
    open_ranges, seen = [(start, end)], 0
    while open_ranges:
        at, end = open_ranges.pop()
        while at + 8 <= end:
            seen += 1
            if seen > MAX_BOXES:
                raise UnreadableHeader("it has too many boxes")
            size, kind = struct.unpack_from(">I4s", data, at)
            content = at + 8
            if size == 1:
                (size,) = struct.unpack_from(">Q", data, content)
                content += 8
            after = end if size == 0 else at + size
            if not content <= after <= end:
                break
            yield kind, content, after
            if kind in CONTAINERS:
                open_ranges.append((content + 4 if kind == b"meta" else content, after))
            at = after


class _Cursor:
    """Numbers one after the other out of bytes."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def take(self, size: int) -> int:
        """The next number of `size` bytes; 0 of none."""
        if self.at + size > len(self.data):
            raise IndexError
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at], "big")


def _items(data: bytes, iloc: bytes, idat: bytes) -> Iterator[bytes]:
    """The content of every item that `iloc` locates, in the file or in `idat`."""
    cursor, budget = _Cursor(iloc), 2 * len(data)  # items do not overlap
    version = cursor.take(1)
    cursor.take(3)
    sizes = cursor.take(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    for _ in range(cursor.take(4 if version == 2 else 2)):
        cursor.take(4 if version == 2 else 2)  # the item's number
        method = cursor.take(2) & 15 if version else 0
        cursor.take(2)  # which file
        base = cursor.take(base_size)
        source, parts = (idat if method == 1 else data), []
        for _ in range(cursor.take(2)):
            if version:
                cursor.take(index_size)
            offset = base + cursor.take(offset_size)
            length = cursor.take(length_size)
            parts.append(source[offset : offset + length] if length else source[offset:])
            budget -= len(parts[-1]) + 1
            if budget < 0:
                raise UnreadableHeader("its items hold more than the file")
        yield b"".join(parts)


def _first_chunk(box: bytes, size: int) -> int:
    """Where the first picture of an animation's track begins. size: of an offset [bytes]."""
    cursor = _Cursor(box, 8)
    return cursor.take(size)


def _sequence_sizes(coded: bytes) -> Iterator[tuple[int, int]]:
    """The sizes in the sequence headers of coded data; none where it is no AV1."""
    at = 0
    for _ in range(MAX_UNITS):
        if at >= len(coded) or coded[at] & 0x80 or not coded[at] & 2:  # no OBU, or one without its size
            return
        kind, at = coded[at] >> 3 & 15, at + (2 if coded[at] & 4 else 1)
        size = 0
        for byte_index in range(MAX_SIZE_BYTES):
            byte, at = coded[at], at + 1
            size |= (byte & 127) << 7 * byte_index
            if not byte & 128:
                break
        if kind == SEQUENCE_HEADER:
            yield _size(coded[at : at + size])
        at += size


class _Bits:
    """Bits one after the other out of bytes."""

    def __init__(self, data: bytes) -> None:
        self.value, self.left = int.from_bytes(data, "big"), 8 * len(data)

    def take(self, count: int) -> int:
        """The next number of `count` bits."""
        self.left -= count
        if self.left < 0:
            raise IndexError
        return self.value >> self.left & (1 << count) - 1

    def skip_variable(self) -> None:
        """Pass over a number in Exp-Golomb code (uvlc)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        if zeros < 32:
            self.take(zeros)


def _size(header: bytes) -> tuple[int, int]:
    """Greatest width and height [px] of a sequence header (AV1, section 5.5.1)."""
    bits = _Bits(header[:256])
    bits.take(4)  # profile, still_picture
    if bits.take(1):  # reduced_still_picture_header
        bits.take(5)
    else:
        decoder_model, delay_length = 0, 0
        if bits.take(1):  # timing_info_present_flag
            bits.take(64)
            if bits.take(1):  # equal_picture_interval
                bits.skip_variable()
            decoder_model = bits.take(1)
            if decoder_model:
                delay_length = bits.take(5) + 1
                bits.take(42)
        initial_delay = bits.take(1)
        for _ in range(bits.take(5) + 1):  # operating points
            bits.take(12)
            if bits.take(5) > 7:  # seq_level_idx
                bits.take(1)
            if decoder_model and bits.take(1):
                bits.take(2 * delay_length + 1)
            if initial_delay and bits.take(1):
                bits.take(4)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(width_bits) + 1, bits.take(height_bits) + 1
