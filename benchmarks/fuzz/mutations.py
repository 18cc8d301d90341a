"""Seeded damage: a valid file and a random generator give a file that may be read, refused, or break a reader."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from random import Random

from benchmarks.fuzz.workbooks import zipped

MAX_STEPS = 8
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 100_000, 65_536)
WORDS = (
    b"",
    b",",
    b'"',
    b"\n",
    b"\r",
    b"\0",
    b"\t",
    b";",
    b"-1",
    b"1e308",
    b"NaN",
    b"Infinity",
    b"9" * 40,
    b"null",
    b"[" * 50,
    b"<",
    b"&lt;",
    b"\xff\xfe",
    "ß".encode(),
    b"=1+1",
    b"EPSG:999999",
    b"{}",
)
PNG_START = b"\x89PNG\r\n\x1a\n"
ZIP_START = b"PK\x03\x04"


def mutated(data: bytes, other: bytes, random: Random) -> bytes:
    """The file with up to MAX_STEPS damages. other: another valid file of the kind, to take parts from."""
    if data.startswith(ZIP_START) and random.random() < 0.7:  # else only the ZIP itself is ever looked at
        return _inside_zip(data, random)
    changed = bytearray(data)
    for _ in range(random.randint(1, MAX_STEPS)):
        random.choice(STEPS)(changed, other, random)
    if changed.startswith(PNG_START) and random.random() < 0.7:
        return _with_checksums(bytes(changed))
    return bytes(changed)


def _place(data: bytearray, random: Random) -> int:
    """Somewhere in the file; half of the time in its beginning, where headers stand."""
    length = max(len(data), 1)
    return random.randrange(min(length, 128) if random.random() < 0.5 else length)


def _flip(data: bytearray, _other: bytes, random: Random) -> None:
    if data:
        data[_place(data, random)] ^= 1 << random.randrange(8)


def _byte(data: bytearray, _other: bytes, random: Random) -> None:
    if data:
        data[_place(data, random)] = random.randrange(256)


def _number(data: bytearray, _other: bytes, random: Random) -> None:
    form = random.choice(("<H", ">H", "<I", ">I", "<Q", ">Q"))
    size = struct.calcsize(form)
    at = _place(data, random)
    data[at : at + size] = struct.pack(form, random.choice(NUMBERS) & ((1 << 8 * size) - 1))


def _cut(data: bytearray, _other: bytes, random: Random) -> None:
    del data[_place(data, random) :]


def _drop(data: bytearray, _other: bytes, random: Random) -> None:
    at = _place(data, random)
    del data[at : at + random.randint(1, 64)]


def _repeat(data: bytearray, _other: bytes, random: Random) -> None:
    at = _place(data, random)
    data[at:at] = data[at : at + random.randint(1, 256)] * random.randint(1, 4)


def _word(data: bytearray, _other: bytes, random: Random) -> None:
    at = _place(data, random)
    data[at : at + random.choice((0, 0, 1, 4))] = random.choice(WORDS)


def _splice(data: bytearray, other: bytes, random: Random) -> None:
    start = random.randrange(max(len(other), 1))
    part = other[start : start + random.randint(1, 512)]
    at = _place(data, random)
    data[at : at + random.choice((0, len(part)))] = part


STEPS = (_flip, _flip, _byte, _byte, _number, _number, _cut, _drop, _repeat, _word, _splice)


def _inside_zip(data: bytes, random: Random) -> bytes:
    """The ZIP with one member damaged before it is packed anew, its checksum right."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = random.choice(sorted(members))
    if random.random() < 0.1:
        del members[name]
        return zipped(members)
    content = bytearray(members[name])
    for _ in range(random.randint(1, MAX_STEPS)):
        random.choice(STEPS)(content, members[random.choice(sorted(members))], random)
    return zipped({**members, name: bytes(content)})


def _with_checksums(png: bytes) -> bytes:
    """The PNG with the checksum that each of its chunks should have, so that its decoder goes on to what is damaged."""
    parts, at = [PNG_START], len(PNG_START)
    while at + 8 <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        if at + 12 + length > len(png):
            break
        chunk = png[at + 4 : at + 8 + length]
        parts.append(png[at : at + 8 + length] + struct.pack(">I", zlib.crc32(chunk)))
        at += 12 + length
    return b"".join(parts) + png[at:]
