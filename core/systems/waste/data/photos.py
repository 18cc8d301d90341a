"""Photos with labels, read from folders or ZIPs."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

from PIL import Image

from core.errors import InvalidInput
from core.security.photos import decode_photo
from core.systems.waste.labels import MATERIALS, PLASTIC_MATERIALS

NO_WASTE = ("none", "not_waste", "out_of_scope")
"""Values of `material` that mean: a photo of something that is not waste."""
BOARD = "trashnet"
"""Source of the photos that show one thing on a plain light ground (TrashNet, Yang and Thung 2016)."""
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".heif")


@dataclass(frozen=True)
class LabelledPhoto:
    """One labelled photo, not yet decoded.

    container: the ZIP or folder that holds it.
    name: its path inside, with forward slashes.
    material: one of MATERIALS, or None where the label is outside the six or the photo shows no waste.
    plastic: whether it is plastic, or None where nobody said.
    in_scope: False for photos that show no waste.
    source: whose photos these are.
    group: name that photos share which must stay on one side of a split; empty if it has none.
    """

    container: Path
    name: str
    material: str | None
    plastic: bool | None
    in_scope: bool
    source: str
    group: str = ""

    @property
    def key(self) -> str:
        """Unique and the same on every machine: source and path inside the source."""
        return f"{self.source}:{self.name}"

    def read(self) -> bytes:
        """The bytes of the photo's file."""
        if self.container.is_dir():
            return (self.container / self.name).read_bytes()
        return _archive(self.container).read(self.name)

    def decode(self) -> Image.Image:
        """The photo as RGB, upright."""
        return decode_photo(self.read())


@lru_cache(maxsize=8)
def _archive(path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


def read_photos(path: Path) -> list[LabelledPhoto]:
    """Every labelled photo under `path`, sorted by key.

    path: a folder or ZIP of class folders; or of images with a `labels.csv` (path,material[,plastic,source,group]);
        or a folder that holds several of these, zipped or not.
    """
    photos = [photo for container in _containers(path) for photo in _labelled(container)]
    if not photos:
        raise InvalidInput(
            expected=f"a folder or ZIP of class folders ({', '.join(MATERIALS)}) or of images with a labels.csv",
            received=f"{path}, in which no labelled photo was found",
            advice="Check the path.",
        )
    return sorted(photos, key=lambda photo: photo.key)


def read_out_of_scope(path: Path) -> list[LabelledPhoto]:
    """Every photo under `path`, whatever its folder or label says, as a photo that shows no waste."""
    photos = []
    for container in _containers(path):
        labelled = {photo.name: photo for photo in _labelled(container)}
        for name in filter(_is_photo, _names(container)):
            photo = labelled.get(name) or LabelledPhoto(container, name, None, None, False, container.stem, name)
            photos.append(replace(photo, material=None, plastic=None, in_scope=False))
    if not photos:
        raise InvalidInput(
            expected="a folder or ZIP of photos that show no waste", received=f"{path}, which holds none"
        )
    return sorted(photos, key=lambda photo: photo.key)


def manifest_hash(photos: Iterable[LabelledPhoto]) -> str:
    """sha256 over every photo's key, labels and bytes, in hex: the same data gives the same hash anywhere."""
    total = hashlib.sha256()
    for photo in sorted(photos, key=lambda photo: photo.key):
        digest = hashlib.sha256(photo.read()).hexdigest()
        total.update(f"{photo.key}\t{photo.material}\t{photo.plastic}\t{digest}\n".encode())
    return total.hexdigest()


def _containers(path: Path) -> Iterator[Path]:
    """The roots of labelled trees: `path` itself, or, if it only holds others, the ZIPs and folders in it."""
    path = path.resolve()
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise InvalidInput(expected="a folder or a ZIP file of photos", received=f"{path}, which does not exist")
    entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    folders = [entry for entry in entries if entry.is_dir()]
    zips = [entry for entry in entries if entry.suffix.lower() == ".zip"]
    nested = [folder for folder in folders if (folder / "labels.csv").is_file() or _holds_classes(folder)]
    if (path / "labels.csv").is_file() or not (zips or nested) or _is_class_tree(path):
        yield path
        return
    unzipped = {folder.stem for folder in nested}  # a ZIP beside its own unzipped folder would count twice
    yield from nested
    yield from (entry for entry in zips if entry.stem not in unzipped)


def _is_class_tree(path: Path) -> bool:
    """Whether `path` has a folder named after a material."""
    return any((path / material).is_dir() for material in MATERIALS)


def _holds_classes(folder: Path) -> bool:
    """Whether `folder` or a folder directly in it has class folders."""
    return _is_class_tree(folder) or any(_is_class_tree(inner) for inner in folder.iterdir() if inner.is_dir())


def _names(container: Path) -> list[str]:
    """Paths of all files inside, with forward slashes, without hidden ones and macOS's resource forks."""
    if container.is_dir():
        names = [file.relative_to(container).as_posix() for file in container.rglob("*") if file.is_file()]
    else:
        try:
            names = [entry.filename for entry in _archive(container).infolist() if not entry.is_dir()]
        except zipfile.BadZipFile:
            raise InvalidInput(expected="a folder or a ZIP file", received=f"{container}, which is neither") from None
    return sorted(name for name in names if not any(part.startswith((".", "__MACOSX")) for part in name.split("/")))


def _is_photo(name: str) -> bool:
    return name.lower().endswith(PHOTO_SUFFIXES)


def _labelled(container: Path) -> Iterator[LabelledPhoto]:
    """The photos of one container with their labels, by its tables or else by the names of its folders."""
    names = _names(container)
    tables = [name for name in names if PurePosixPath(name).name == "labels.csv"]
    if tables:
        for table in tables:
            yield from _from_table(container, table, set(names))
        return
    for name in filter(_is_photo, names):
        label = PurePosixPath(name).parent.name.lower()
        if label:
            yield _photo(container, name, {"material": label}, container.stem)


def _from_table(container: Path, table: str, names: set[str]) -> Iterator[LabelledPhoto]:
    """The photos that `table`, a labels.csv, lists; names: all files in the container."""
    base = PurePosixPath(table).parent
    text = LabelledPhoto(container, table, None, None, False, "").read().decode("utf-8-sig")
    for line, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        if not row.get("path") or row.get("material") is None:
            raise InvalidInput(
                expected=f"the columns path,material[,plastic] in {table}",
                received=f"line {line} with {sorted(filter(None, row))}",
                advice="Add what is missing.",
            )
        name = (base / row["path"]).as_posix()
        if name not in names:
            raise InvalidInput(expected=f"every path of {table} to exist", received=f"{row['path']!r} in line {line}")
        yield _photo(container, name, row, container.stem)


def _photo(container: Path, name: str, row: dict[str, str], fallback_source: str) -> LabelledPhoto:
    label = row["material"].strip().lower()
    in_scope = label not in NO_WASTE
    material = label if label in MATERIALS else None
    stated = (row.get("plastic") or "").strip().lower()
    plastic = stated in ("1", "true", "yes") if stated else label in PLASTIC_MATERIALS
    return LabelledPhoto(
        container=container,
        name=name,
        material=material,
        plastic=plastic if in_scope else None,
        in_scope=in_scope,
        source=_source(name, row, fallback_source),
        group=row.get("group") or "",
    )


def _source(name: str, row: dict[str, str], fallback: str) -> str:
    """The first folder of a table's path (`aquatrash/...`), which is short and stable; else the container's name.

    A folder that is named after a class says nothing of where its photos come from.
    """
    if "path" not in row:
        return fallback
    parts = PurePosixPath(row["path"]).parts
    if len(parts) > 1:
        return fallback if parts[0].lower() in (*MATERIALS, *NO_WASTE) else parts[0]
    return row.get("source") or fallback
