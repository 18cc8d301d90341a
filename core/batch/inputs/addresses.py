"""Addresses such as s3://bucket/photos, by fsspec: files listed, read, fetched and put there."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from core.batch.inputs.item import InputItem, is_hidden, limited, max_bytes, no_such_place, shown
from core.errors import HostUnavailable, InvalidInput, LookoutError, MissingPart

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(://|::)")
SIGNS_OF_CONTENT = ("ETag", "etag", "md5Hash", "content_md5", "mtime", "LastModified", "last_modified", "created")
"""What stores call that which changes with a file's content."""


@dataclass(frozen=True)
class AddressSource:
    """Every file below an address that is not hidden, or the single file that it names; in the order of names."""

    address: str

    def items(self) -> Iterator[InputItem]:
        """A store lists a whole folder at once: its names are held while they are noted."""
        store, top = file_system(self.address)
        with reaching(self.address):
            details = store.find(top, detail=True)
        if not details:
            raise no_such_place(self.address)
        for path, detail in sorted(details.items()):
            inner = path.removeprefix(top).lstrip("/") or path.rsplit("/", 1)[-1]
            if not is_hidden(inner):
                stamp = next((str(detail[sign]) for sign in SIGNS_OF_CONTENT if detail.get(sign)), "")
                yield InputItem(shown(inner), path, int(detail.get("size") or 0), stamp)

    def read(self, item: InputItem) -> bytes:
        """The file's bytes."""
        store, _ = file_system(self.address)
        with reaching(self.address), store.open(item.place, "rb") as file:
            return limited(file.read(max_bytes() + 1), item.name)


class reaching:  # noqa: N801 - reads as a word in `with reaching(address):`
    """Turns what goes wrong on the way to an address into HostUnavailable; LookoutError passes."""

    def __init__(self, address: str) -> None:
        self._address = address

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> None:
        if isinstance(problem, FileNotFoundError):
            raise no_such_place(self._address) from problem
        if isinstance(problem, Exception) and not isinstance(problem, LookoutError):
            raise HostUnavailable(
                expected=f"{self._address} to be reached",
                received=f"{type(problem).__name__}: {problem!s:.200}",
                advice="Check the address, the network and this machine's credentials, then try again.",
            ) from problem


def is_address(text: str) -> bool:
    """Whether it is an address with a scheme, not a path on this machine."""
    return SCHEME.match(text) is not None


def file_system(address: str) -> tuple[Any, str]:
    """Fsspec's file system of an address, and the path in it. Raises InvalidInput, MissingPart, HostUnavailable."""
    from fsspec.core import url_to_fs

    try:
        return cast("tuple[Any, str]", url_to_fs(address))
    except ImportError as problem:
        raise MissingPart(
            expected=f"what reaches {address.partition(':')[0]}:// to be installed",
            received=f"nothing of that kind ({problem!s:.120})",
            advice="Install it into the environment, such as with `.venv/bin/python -m pip install s3fs` for s3://, "
            "gcsfs for gs://, adlfs for az://, aiohttp for http:// and https://.",
        ) from problem
    except ValueError as problem:
        raise InvalidInput(
            expected="a path, or an address such as s3://bucket/photos, gs://, az://, https:// or file://",
            received=f"{address!r:.100} ({problem!s:.80})",
            advice="Check how it is written.",
        ) from problem


def opened(address: str) -> BinaryIO:
    """The file at an address, of which any part can be read: where its server sends it whole alone, a copy."""
    store, path = file_system(address)
    with reaching(address):
        file = cast(BinaryIO, store.open(path, "rb"))
        if _sends_parts(file):
            return file
        file.close()
        copy = tempfile.NamedTemporaryFile()  # noqa: SIM115 - whoever asked reads from it
        store.get_file(path, copy.name)
        return cast(BinaryIO, copy)


def _sends_parts(file: BinaryIO) -> bool:
    """Whether any part can be read; the file is at its beginning again."""
    if not file.seekable():
        return False
    try:
        file.seek(-1, os.SEEK_END)
        file.read(1)
        file.seek(0)
    except ValueError:  # as fsspec has it of a web server that knows no ranges
        return False
    return True


def fetch(address: str, folder: Path) -> Path:
    """A copy on this machine of the file or folder at an address; what an earlier call left is replaced."""
    store, path = file_system(address)
    copy = folder / (path.rstrip("/").rsplit("/", 1)[-1] or "input")
    with reaching(address):
        if store.isdir(path):
            store.get(path.rstrip("/") + "/", f"{copy}/", recursive=True)
        else:
            store.get_file(path, str(copy))
    return copy


def put(local: Path, address: str) -> None:
    """Write a file or a folder to an address."""
    store, path = file_system(address)
    with reaching(address):
        if local.is_dir():
            store.put(f"{local}/", path.rstrip("/") + "/", recursive=True)
        else:
            store.put_file(str(local), path)


def refuse_read_only(address: str) -> None:
    """Raise InvalidInput of an address that nothing can be put to: better before the work than after it."""
    if address.partition("://")[0] in ("http", "https"):
        raise InvalidInput(
            expected="a place that results can be written to",
            received=f"{address}, a web server",
            advice="Name a file, or an address of a store such as s3://bucket/answers.csv.",
        )


def exists(address: str) -> bool:
    """Whether something is at an address."""
    store, path = file_system(address)
    with reaching(address):
        return bool(store.exists(path))
