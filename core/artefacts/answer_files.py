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

FOLDER_NAME = re.compile(r"[0-9a-f]{64}")
SECONDS_PER_DAY, BYTES_PER_GB = 86_400, 1e9
MARKER = ".lookout"  # says that a folder was written by `copy`, so that the next may replace it
MAX_UNFINISHED_S = 3600.0  # after which the unfinished folder of a process that died is removed


def keep(write: Callable[[Path], object], apart: Collection[str] = (), about: str = "") -> Files:
    """Keep the files of an answer, then remove what is kept for too long.

    If the same is kept already, that stays and counts as new.

    write: makes a folder of that path and puts the files in it.
    apart: names of files that have no part in the hash, such as one that holds the time that it took.
    about: what tells answers apart beside the other files, such as the version that made them.
    """
    top = _top()
    top.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".new-", dir=top))
    try:
        write(work / "files")
        names = tuple(sorted(path.name for path in (work / "files").iterdir()))
        digest = _digest(work / "files", [name for name in names if name not in apart], about)
        _move(work / "files", top / digest)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sweep(but=digest)
    return Files(folder=digest, names=names)


def folder(name: str | None) -> Path:
    """The kept folder of that name; UnknownFile where there is none, or no longer."""
    if name is None:
        raise UnknownFile(
            expected="an answer that brought files", received="one that brought none", advice="Choose another."
        )
    path = _top() / name
    if not FOLDER_NAME.fullmatch(name) or not path.is_dir():
        limits = settings()
        raise UnknownFile(
            f"Expected files that are still kept. They are gone: files stay for up to {limits.files_days:g} days, and "
            f"the newest {limits.files_gb:g} GB of all. Ask again, or keep more (LOOKOUT_FILES_DAYS, LOOKOUT_FILES_GB)."
        )
    return path


def file(name: str | None, wanted: str) -> Path:
    """One file of a kept folder; UnknownFile says which there are."""
    home = folder(name)
    names = sorted(path.name for path in home.iterdir())
    if wanted not in names:  # so that no name leads out of the folder
        raise UnknownFile(expected=f"one of {', '.join(names)}", received=f"{wanted!r:.80}", advice="Check the name.")
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
    (target / MARKER).write_text(name + "\n", encoding="ascii")


def check_target(target: Path) -> None:
    """Raise InvalidInput unless `copy` may write to it: nothing of a person's is overwritten."""
    if target.exists() and (not target.is_dir() or (any(target.iterdir()) and not (target / MARKER).is_file())):
        raise InvalidInput(
            expected="a new folder, or one that holds an earlier answer",
            received=f"{target}, which holds other things",
            advice="Choose another.",
        )


def sweep(but: str | None = None) -> int:
    """Remove what is older than LOOKOUT_FILES_DAYS, then the oldest beyond LOOKOUT_FILES_GB; returns how many folders.

    but: a folder that stays, however large it is.
    """
    limits, now, top = settings(), time.time(), _top()
    folders = sorted(filter(None, (_time_and_size(path) for path in top.iterdir() if FOLDER_NAME.fullmatch(path.name))))
    total, gone = sum(size for _, size, _ in folders), []
    for changed, size, path in folders:
        too_old = now - changed > limits.files_days * SECONDS_PER_DAY
        if path.name != but and (too_old or total > limits.files_gb * BYTES_PER_GB):
            total -= size
            gone.append(path)
    for path in gone:
        _remove(path)
    for path in top.glob(".*-*"):
        unfinished = _time_and_size(path)
        if unfinished and now - unfinished[0] > MAX_UNFINISHED_S:
            shutil.rmtree(path, ignore_errors=True)
    if gone:
        telemetry.log().info("files_removed", folders=[path.name for path in gone], left_gb=total / BYTES_PER_GB)
    return len(gone)


def _time_and_size(path: Path) -> tuple[float, int, Path] | None:
    """When a folder was last kept [s], and its size [bytes]; None if another process has just removed it."""
    try:
        return path.stat().st_mtime, sum(file.stat().st_size for file in path.iterdir()), path
    except OSError:
        return None


def _top() -> Path:
    """The folder that holds all kept folders."""
    return settings().data_dir / "files"


def _digest(home: Path, names: Collection[str], about: str) -> str:
    """sha256 of `about`, the files' names and what they hold, in hex."""
    digest = hashlib.sha256(about.encode())
    for name in names:
        digest.update(f"{name}\0{sha256_of(home / name)}\n".encode())
    return digest.hexdigest()


def _move(source: Path, target: Path) -> None:
    """Move a finished folder to its place, in one step for whoever looks."""
    try:
        source.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        target.touch()  # the same files: they count as new


def _remove(path: Path) -> None:
    """Remove a folder: in one step for whoever looks, then from the disk."""
    try:
        gone = Path(tempfile.mkdtemp(prefix=".gone-", dir=path.parent))
        path.rename(gone / "files")
    except OSError:
        return  # another process was first
    shutil.rmtree(gone, ignore_errors=True)
