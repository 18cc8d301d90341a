"""One input of a batch, and what any source of them provides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from core.errors import InvalidInput, TooLarge
from core.settings import settings

BYTES_PER_MB = 1_000_000
HIDDEN = (".", "__MACOSX")
"""Beginnings of names that a system hides: Finder's notes, thumbnails, the folder of a version control."""
HIDDEN_NAMES = ("Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class InputItem:
    """One input. name: as the result shows it. place: where its source finds it. stamp: changes with its content."""

    name: str
    place: str
    size: int
    stamp: str


class InputSource(Protocol):
    """Where inputs come from. A source can be pickled: a worker, here or on another machine, reads by its own copy."""

    def items(self) -> Iterator[InputItem]:
        """The inputs in an order that is the same each time. Raises InvalidInput if there is no such place."""

    def read(self, item: InputItem) -> Any:
        """What the system's `Input` takes. Raises LookoutError or OSError where this one cannot be read."""


def shown(name: str) -> str:
    """A name as text that any file can hold: bytes that are no UTF-8 are written as escapes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def is_hidden(name: str) -> bool:
    """Whether a part of the path is one that systems hide from people. name: with forward slashes."""
    parts = name.split("/")
    return parts[-1] in HIDDEN_NAMES or any(part.startswith(HIDDEN) and part.strip(".") for part in parts)


def limited(data: bytes, name: str) -> bytes:
    """`data`, or TooLarge where it has more than `max_bytes`."""
    if len(data) > max_bytes():
        raise TooLarge(
            expected=f"a file of up to {settings().max_request_mb:g} MB (LOOKOUT_MAX_REQUEST_MB)",
            received=f"more ({name})",
            advice="Leave it out, or export it smaller.",
        )
    return data


def max_bytes() -> int:
    """Size beyond which no input is read, so that a film among the photos takes no memory."""
    return int(settings().max_request_mb * BYTES_PER_MB)


def no_such_place(address: str) -> InvalidInput:
    """The refusal of an address at which nothing is."""
    return InvalidInput(
        expected="a folder, a ZIP, a file or an address that exists", received=address, advice="Check the path."
    )
