"""From dropped files to photos: ZIPs unpacked within limits, small pictures for the screen, the region that decided."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import Any, overload

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from core.errors import LookoutError, refusal
from core.security.photos import BYTES_PER_MB, decode_photo
from core.settings import settings

SUFFIXES = ("jpg", "jpeg", "png", "webp", "heic", "heif", "tif", "tiff", "gif", "bmp")
MAX_PHOTOS = 2000  # in one go
MAX_ENTRIES = 10_000  # of a ZIP, folders and other files included
MAX_UNPACKED_MB = 4000  # of a ZIP, all photos together; they are unpacked one at a time
CARD_PIXELS = 480  # longer side of the picture on a card
EDGE_COLOUR = (230, 159, 0)  # Okabe-Ito orange
DIM = 0.35  # how bright what did not decide stays
DECIDES = 0.5  # of the strongest place: where the outline is drawn


@dataclass(frozen=True)
class UploadedPhoto:
    """A photo that somebody gave, read only when it is needed."""

    name: str
    read: Callable[[], bytes] = field(repr=False)
    """Its bytes; LookoutError says why not."""


@dataclass(frozen=True)
class Refusal:
    """A file that was not taken as a photo, and why."""

    name: str
    reason: str


class Instances(Sequence[dict[str, bytes]]):
    """Photos as a system of photos takes them, each read when the work comes to it: never a long batch at once."""

    def __init__(self, photos: Sequence[UploadedPhoto]) -> None:
        self._photos = photos

    def __len__(self) -> int:
        return len(self._photos)

    @overload
    def __getitem__(self, index: int) -> dict[str, bytes]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, bytes]]: ...
    def __getitem__(self, index: int | slice) -> dict[str, bytes] | list[dict[str, bytes]]:
        if isinstance(index, slice):
            return [_instance(photo) for photo in self._photos[index]]
        return _instance(self._photos[index])


def _instance(photo: UploadedPhoto) -> dict[str, bytes]:
    """A photo as input; empty where it cannot be read, which the path of predictions then says of this one alone."""
    try:
        return {"image": photo.read()}
    except LookoutError:
        return {"image": b""}


def collect(files: Iterable[tuple[str, bytes]]) -> tuple[list[UploadedPhoto], list[Refusal]]:
    """Photos of dropped files (name, bytes), ZIPs opened; and what was not taken."""
    photos: list[UploadedPhoto] = []
    refused: list[Refusal] = []
    for name, data in files:
        if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            inside, left = unpack(name, data)
            photos += inside
            refused += left
        else:
            photos.append(UploadedPhoto(name, partial(bytes, data)))
    beyond = photos[MAX_PHOTOS:]
    if beyond:
        refused.append(
            Refusal(
                f"{len(beyond)} more photos",
                refusal(f"up to {MAX_PHOTOS} photos at a time", f"{len(photos)}", "Drop the rest afterwards."),
            )
        )
    return photos[:MAX_PHOTOS], refused


def unpack(name: str, data: bytes) -> tuple[list[UploadedPhoto], list[Refusal]]:
    """The photos in a ZIP, of any folder inside, and what was not taken.

    Nothing is written to disk, so no path inside can lead out. Sizes are checked from the list of contents before
    anything is unpacked, and again while unpacking, since a list can lie.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _hidden(entry.filename)]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return [], [Refusal(name, refusal("a ZIP of photos", "a damaged one", "Make it again and drop it."))]
    if len(archive.infolist()) > MAX_ENTRIES:
        received = f"{len(archive.infolist())} files"
        return [], [Refusal(name, refusal(f"a ZIP of up to {MAX_ENTRIES} files", received, "Split it."))]
    photos, refused = [], []
    for entry in entries:
        if reason := _unfit(entry):
            refused.append(Refusal(f"{name}: {_shown(entry.filename)}", reason))
        else:
            photos.append(UploadedPhoto(_shown(entry.filename), partial(_entry, archive, entry)))
    unpacked = sum(entry.file_size for entry in entries) / BYTES_PER_MB
    if unpacked > MAX_UNPACKED_MB:
        reason = refusal(f"up to {MAX_UNPACKED_MB} MB of files in a ZIP", f"{unpacked:.0f} MB", "Split it.")
        return [], [Refusal(name, reason)]
    if not photos and not refused:
        reason = refusal("a ZIP of photos", "one without any file", "Check what was packed.")
        refused.append(Refusal(name, reason))
    return photos, refused


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


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One file of a ZIP, never more than its list of contents says."""
    try:
        with archive.open(entry) as file:
            data = file.read(entry.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as problem:
        raise LookoutError(f"{entry.filename} cannot be unpacked. Make the ZIP again.") from problem
    return data[: entry.file_size]


def _hidden(path: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) and part.strip(".") for part in path.split("/"))


def _shown(path: str) -> str:
    """A path in a ZIP as a name on the screen: no way out of a folder is suggested."""
    return "/".join(part for part in path.replace("\\", "/").split("/") if part not in ("", ".", ".."))


def small(data: bytes, pixels: int = CARD_PIXELS) -> Image.Image | None:
    """The photo for the screen, RGB, its longer side at most `pixels`; None where it cannot be decoded."""
    try:
        image = decode_photo(data, enough=pixels)
    except LookoutError:
        return None
    image.thumbnail((pixels, pixels))
    return image


def jpeg(image: Image.Image) -> bytes:
    """The picture as JPEG."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def deciding_region(image: Image.Image, heat: np.ndarray) -> Image.Image:
    """The photo with what decided in colour and outlined, the rest dim and grey.

    heat: how much each place speaks for the answer, shape (rows, cols), values in [0, 1], spanning the whole photo.
    """
    top = float(heat.max()) or 1.0
    grid = Image.fromarray((np.clip(heat / top, 0, 1) * 255).astype(np.uint8))
    smooth = np.asarray(grid.resize(image.size, Image.Resampling.BICUBIC), dtype=np.float32)[..., None] / 255
    colour = np.asarray(image.convert("RGB"), dtype=np.float32)
    grey = np.asarray(image.convert("L"), dtype=np.float32)[..., None] * DIM
    mixed = Image.fromarray((colour * smooth + grey * (1 - smooth)).astype(np.uint8))
    inside = Image.fromarray(((smooth[..., 0] >= DECIDES) * 255).astype(np.uint8))
    thick = inside.filter(ImageFilter.MaxFilter(5))
    edge = Image.fromarray(np.asarray(thick) - np.asarray(inside))
    mixed.paste(EDGE_COLOUR, mask=edge)
    return mixed


def drawn_example() -> bytes:
    """An invented picture, drawn: a clear bottle with a label on sand. No photo ships with Lookout."""
    image = Image.new("RGB", (640, 640), (214, 196, 160))
    draw = ImageDraw.Draw(image, "RGBA")
    for step in range(0, 640, 8):  # ripples in the sand
        draw.line([(0, step), (640, step + (step * 7) % 40 - 20)], fill=(196, 176, 138, 120), width=3)
    draw.ellipse((170, 520, 510, 600), fill=(120, 100, 70, 110))  # shadow
    draw.rounded_rectangle((220, 200, 420, 570), 48, fill=(196, 224, 240, 225), outline=(120, 160, 190, 255), width=5)
    draw.polygon([(220, 250), (285, 130), (355, 130), (420, 250)], fill=(196, 224, 240, 225))
    draw.rectangle((285, 92, 355, 134), fill=(30, 90, 200, 255))  # cap
    draw.rectangle((222, 330, 418, 450), fill=(30, 120, 210, 235))  # label
    draw.rectangle((222, 372, 418, 408), fill=(245, 245, 245, 235))
    for left in (246, 386):  # light on the bottle
        draw.rounded_rectangle((left, 224, left + 12, 548), 6, fill=(255, 255, 255, 150))
    return jpeg(image.filter(ImageFilter.GaussianBlur(1)))


def caption(answer: Any) -> str:
    """What a screen reader says of an answered photo, after its name."""
    if answer is None:
        return "no answer"
    return f"answered {answer.value}" + (", not sure" if answer.abstained else "")
