"""Files that answers bring: a folder by content hash in the data folder, kept for some days and gigabytes."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path

from core import telemetry
from core.artefacts.hashing import sha256_of
from core.contract import Files
from core.errors import InvalidInput, UnknownFile
from core.settings import settings

NAME = re.compile(r"[0-9a-f]{64}")
SECONDS_PER_DAY, BYTES_PER_GB = 86_400, 1e9
MARK = ".lookout"  # says that a folder was written by `copy`, so that the next may replace it
LEFT_OVER = 3600.0  # seconds after which the unfinished folder of a process that died goes


def keep(write: Callable[[Path], object], apart: Collection[str] = (), about: str = "") -> Files:
    """Keep the files that `write(folder)` makes, then remove what is kept for too long.

    apart: names of files that have no say in the hash, such as one that holds the time that it took. about: what tells
    answers apart beside the other files, such as the version that made them. If the same is kept already, that stays
    and counts as new.
    """
    top = _top()
    top.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".new-", dir=top))
    try:
        write(work / "files")
        names = tuple(sorted(path.name for path in (work / "files").iterdir()))
        made = Files(folder=_digest(work / "files", [name for name in names if name not in apart], about), names=names)
        _move(work / "files", top / made.folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sweep(but=made.folder)
    return made


def folder(name: str | None) -> Path:
    """The kept folder of that name; UnknownFile where there is none, or no longer."""
    if name is None:
        raise UnknownFile("Expected an answer that brought files. Received one that brought none. Choose another.")
    path = _top() / name
    if not NAME.fullmatch(name) or not path.is_dir():
        limits = settings()
        raise UnknownFile(
            f"Expected files that are still kept. They are gone: files stay for up to {limits.files_days:g} days, and "
            f"the newest {limits.files_gb:g} GB of all. Ask again, or keep more (LOOKOUT_FILES_DAYS, LOOKOUT_FILES_GB)."
        )
    return path


def file(name: str | None, wanted: str) -> Path:
    """One file of a kept folder; UnknownFile says which there are."""
    home = folder(name)
    known = sorted(path.name for path in home.iterdir())
    if wanted not in known:  # so that no name leads out of the folder
        raise UnknownFile(f"Expected one of {', '.join(known)}. Received {wanted!r:.80}. Check the name.")
    return home / wanted


def copy(name: str, target: Path) -> None:
    """Copy a kept folder's files into `target`, a folder that is new, empty, or one of `copy`'s own."""
    check_target(target)
    home = folder(name)
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        if old.is_file():
            old.unlink()
    shutil.copytree(home, target, dirs_exist_ok=True)
    (target / MARK).write_text(name + "\n", encoding="ascii")


def check_target(target: Path) -> None:
    """Raise InvalidInput unless `copy` may write to it: nothing of a person's is overwritten."""
    if target.exists() and (not target.is_dir() or (any(target.iterdir()) and not (target / MARK).is_file())):
        raise InvalidInput(
            f"Expected a new folder, or one that holds an earlier answer. Received {target}, which holds other things. "
            "Choose another."
        )


def sweep(but: str | None = None) -> int:
    """Remove what is older than LOOKOUT_FILES_DAYS, then the oldest beyond LOOKOUT_FILES_GB; returns how many folders.

    but: a folder that stays, however large it is.
    """
    limits, now, top = settings(), time.time(), _top()
    known = sorted(filter(None, (_known(path) for path in top.iterdir() if NAME.fullmatch(path.name))))
    total, gone = sum(size for _, size, _ in known), []
    for changed, size, path in known:
        too_old = now - changed > limits.files_days * SECONDS_PER_DAY
        if path.name != but and (too_old or total > limits.files_gb * BYTES_PER_GB):
            total -= size
            gone.append(path)
    for path in gone:
        _remove(path)
    for path in top.glob(".*-*"):
        left = _known(path)
        if left and now - left[0] > LEFT_OVER:
            shutil.rmtree(path, ignore_errors=True)
    if gone:
        telemetry.log().info("files_removed", folders=[path.name for path in gone], left_gb=total / BYTES_PER_GB)
    return len(gone)


def _known(path: Path) -> tuple[float, int, Path] | None:
    """When a folder was last kept [s], and its size [bytes]; None if another process has just removed it."""
    try:
        return path.stat().st_mtime, sum(one.stat().st_size for one in path.iterdir()), path
    except OSError:
        return None


def _top() -> Path:
    return settings().data_dir / "files"


def _digest(home: Path, names: Collection[str], about: str) -> str:
    found = hashlib.sha256(about.encode())
    for name in names:
        found.update(f"{name}\0{sha256_of(home / name)}\n".encode())
    return found.hexdigest()


def _move(made: Path, kept: Path) -> None:
    try:
        made.rename(kept)
    except OSError:
        if not kept.is_dir():
            raise
        kept.touch()  # the same files: they count as new


def _remove(path: Path) -> None:
    """In one step for whoever looks, then for good."""
    try:
        gone = Path(tempfile.mkdtemp(prefix=".gone-", dir=path.parent))
        path.rename(gone / "files")
    except OSError:
        return  # another process was first
    shutil.rmtree(gone, ignore_errors=True)
