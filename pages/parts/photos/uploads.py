"""From dropped files to photos: ZIPs looked into within limits, and each photo read where it lies when it is needed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO, overload

from core.errors import LookoutError, refusal
from core.security.photos import BYTES_PER_MB
from core.security.zip_files import DAMAGED_ZIP
from core.settings import settings

SUFFIXES = ("jpg", "jpeg", "png", "webp", "heic", "heif", "avif", "tif", "tiff", "gif", "bmp")
MAX_PHOTOS = 2000  # in one go
MAX_ENTRIES = 10_000  # of a ZIP, folders and other files included
MAX_UNPACKED_MB = 4000  # of a ZIP, all photos together; they are unpacked one at a time
OPEN_ARCHIVES = 4  # ZIPs whose lists of contents are kept


@dataclass(frozen=True)
class GivenFile:
    """A file that somebody dropped: its name, and its content, from which can be read anywhere."""

    name: str
    content: BinaryIO = field(repr=False)

    @staticmethod
    def of(name: str, data: bytes) -> GivenFile:
        """A file that is in memory."""
        return GivenFile(name, io.BytesIO(data))


@dataclass(frozen=True)
class PhotoPlace:
    """A photo that somebody gave: its name, and where it is.

    file: the number of the given file. entry: its number in that file's list of contents, where it is a ZIP.
    """

    name: str
    file: int
    entry: int | None = None


@dataclass(frozen=True)
class Refusal:
    """A file that was not taken as a photo, and why."""

    name: str
    reason: str


class Instances(Sequence[dict[str, bytes]]):
    """Photos as a system of photos takes them, each read when the work comes to it: never a long batch at once.

    read: the bytes of the photo of that number; LookoutError says why not.
    """

    def __init__(self, read: Callable[[int], bytes], indices: Sequence[int]) -> None:
        self._read, self._indices = read, indices

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, index: int) -> dict[str, bytes]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, bytes]]: ...
    def __getitem__(self, index: int | slice) -> dict[str, bytes] | list[dict[str, bytes]]:
        if isinstance(index, slice):
            return [self._instance(photo) for photo in self._indices[index]]
        return self._instance(self._indices[index])

    def _instance(self, photo: int) -> dict[str, bytes]:
        """A photo as input; empty where it cannot be read, which the path of predictions says of this one alone."""
        try:
            return {"image": self._read(photo)}
        except LookoutError:
            return {"image": b""}


def collect(files: Sequence[GivenFile]) -> tuple[list[PhotoPlace], list[Refusal]]:
    """The photos in dropped files, ZIPs looked into; and what was not taken."""
    photos: list[PhotoPlace] = []
    refused: list[Refusal] = []
    for number, file in enumerate(files):
        if _starts_as_zip(file.content):
            inside, left = look_into(file, number)
            photos += inside
            refused += left
        else:
            photos.append(PhotoPlace(file.name, number))
    if beyond := photos[MAX_PHOTOS:]:
        reason = refusal(f"up to {MAX_PHOTOS} photos at a time", f"{len(photos)}", "Drop the rest afterwards.")
        refused.append(Refusal(f"{len(beyond)} more photos", reason))
    return photos[:MAX_PHOTOS], refused


def _starts_as_zip(content: BinaryIO) -> bool:
    content.seek(0)
    return content.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def look_into(file: GivenFile, number: int) -> tuple[list[PhotoPlace], list[Refusal]]:
    """The photos in a ZIP, of any folder inside, and what was not taken.

    Nothing is unpacked to the disk, so no path inside can lead out. Sizes are checked from the list of contents before
    anything is unpacked, and again while unpacking, since a list can lie.
    """
    try:
        archive = zipfile.ZipFile(file.content)
    except DAMAGED_ZIP:
        return [], [Refusal(file.name, refusal("a ZIP of photos", "a damaged one", "Make it again and drop it."))]
    listed = archive.infolist()
    if len(listed) > MAX_ENTRIES:
        reason = refusal(f"a ZIP of up to {MAX_ENTRIES} files", f"{len(listed)} files", "Split it.")
        return [], [Refusal(file.name, reason)]
    entries = [(entry_index, entry) for entry_index, entry in enumerate(listed) if not _ignored(entry)]
    unpacked = sum(entry.file_size for _, entry in entries) / BYTES_PER_MB
    if unpacked > MAX_UNPACKED_MB:
        reason = refusal(f"up to {MAX_UNPACKED_MB} MB of files in a ZIP", f"{unpacked:.0f} MB", "Split it.")
        return [], [Refusal(file.name, reason)]
    photos, refused = [], []
    for entry_index, entry in entries:
        if problem := _unfit(entry):
            refused.append(Refusal(f"{file.name}: {_shown(entry.filename)}", problem))
        else:
            photos.append(PhotoPlace(_shown(entry.filename), number, entry_index))
    if not entries:
        reason = refusal("a ZIP of photos", "one without any file", "Check what was packed.")
        refused.append(Refusal(file.name, reason))
    return photos, refused


def read(path: Path, entry: int | None) -> bytes:
    """A photo's bytes. path: the file that was given. entry: its number in that ZIP. Raises LookoutError."""
    try:
        return path.read_bytes() if entry is None else _unpacked(_archive(path), entry)
    except DAMAGED_ZIP as problem:
        raise LookoutError(
            expected="a photo that is still kept", received=f"none ({problem})", advice="Give it again."
        ) from problem


@lru_cache(maxsize=OPEN_ARCHIVES)
def _archive(path: Path) -> zipfile.ZipFile:
    """A ZIP with its list of contents read; many threads may read from it."""
    return zipfile.ZipFile(path)


def _unpacked(archive: zipfile.ZipFile, entry: int) -> bytes:
    """One file of a ZIP, never more than its list of contents says."""
    information = archive.infolist()[entry]
    try:
        with archive.open(information) as file:
            data = file.read(information.file_size + 1)
    except DAMAGED_ZIP as problem:
        raise LookoutError(f"{information.filename} cannot be unpacked. Make the ZIP again.") from problem
    return data[: information.file_size]


def _unfit(entry: zipfile.ZipInfo) -> str | None:
    """Why an entry is no photo to open; None for one that may be."""
    kind = PurePosixPath(entry.filename).suffix.lower().removeprefix(".")
    limit = settings().max_photo_mb
    if kind not in SUFFIXES:
        return refusal(f"a photo ({', '.join(SUFFIXES)})", "." + kind if kind else "a file without ending")
    if entry.flag_bits & 1:
        return refusal("a ZIP without password", "an encrypted file", "Pack it again without one.")
    if entry.file_size > limit * BYTES_PER_MB:
        received = f"{entry.file_size / BYTES_PER_MB:.1f} MB"
        return refusal(f"a photo of up to {limit:g} MB", received, "Resize it or export it as JPEG.")
    return None


def _ignored(entry: zipfile.ZipInfo) -> bool:
    """Folders, files that a system hides, and what has no name."""
    return (
        not entry.filename
        or entry.is_dir()
        or any(part.startswith((".", "__MACOSX")) and part.strip(".") for part in entry.filename.split("/"))
    )


def _shown(path: str) -> str:
    """A path in a ZIP as a name on the screen: no way out of a folder is suggested."""
    return "/".join(part for part in path.replace("\\", "/").split("/") if part not in ("", ".", ".."))
