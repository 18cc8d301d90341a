"""Files of a ZIP, on this machine or at an address: read in memory, never unpacked to the disk."""

from __future__ import annotations

import weakref
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from core.batch.inputs import addresses
from core.batch.inputs.item import InputItem, is_hidden, limited, max_bytes, shown
from core.errors import InvalidInput

ENCRYPTED = 1  # of an entry's flags
OPEN_ARCHIVES = 2
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True)
class ZipSource:
    """Every file of the ZIP at `address` that is not hidden, in the order of its list of contents.

    Entries are told apart by their number there, so that two of one name are two inputs. No path inside can lead out,
    for nothing is written; an entry takes no more memory than a file may have, whatever the list of contents says.
    """

    address: str

    def items(self) -> Iterator[InputItem]:
        """Sizes and checksums are those of the list of contents."""
        for number, entry in enumerate(_archive(self.address).infolist()):
            name = shown(entry.filename)
            if not entry.is_dir() and not is_hidden(name.replace("\\", "/")):
                yield InputItem(name, str(number), entry.file_size, f"{entry.CRC:08x}")

    def read(self, item: InputItem) -> bytes:
        """The entry's bytes. Raises InvalidInput of one that is encrypted, damaged, or named as no file is."""
        archive = _archive(self.address)
        entry = archive.infolist()[int(item.place)]
        if _leads_out(entry.filename):
            raise InvalidInput(
                expected="a path inside the ZIP",
                received=f"{item.name!r:.100}, which leads out of it",
                advice="Do not trust this ZIP; nothing was unpacked.",
            )
        if entry.flag_bits & ENCRYPTED:
            raise InvalidInput(
                expected="a ZIP without a password", received="an encrypted file", advice="Pack it again without one."
            )
        with addresses.reaching(self.address) if addresses.is_address(self.address) else nullcontext():
            return _unpacked(archive, entry, item.name)


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    try:
        with archive.open(entry) as file:
            return limited(file.read(max_bytes() + 1), name)
    except DAMAGED as problem:
        raise InvalidInput(
            expected="a file that can be unpacked", received=f"{problem!s:.100}", advice="Make the ZIP again."
        ) from problem


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or path.parts[0].endswith(":")


@lru_cache(maxsize=OPEN_ARCHIVES)
def _archive(address: str) -> zipfile.ZipFile:
    """The ZIP with its list of contents, read once a process."""
    try:
        if not addresses.is_address(address):
            return zipfile.ZipFile(address)
        file = addresses.opened(address)
        archive = zipfile.ZipFile(file)
        weakref.finalize(archive, file.close)
        return archive
    except DAMAGED as problem:
        raise InvalidInput(
            expected="a ZIP",
            received=f"{address}, which is damaged or cut off ({problem!s:.60})",
            advice="Copy it anew.",
        ) from problem
