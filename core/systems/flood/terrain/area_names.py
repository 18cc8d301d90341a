"""What an area may be called: its name is a folder's name too, and leads nowhere else."""

from __future__ import annotations

import re
import unicodedata

from core.errors import InvalidInput

FITTING = re.compile(r"[^\W_](?:[\w ,()'-]|\.(?=.)){0,58}[\w)]|[^\W_]")
"""Letters and digits of any script; between them signs that no file system takes amiss."""
RESERVED = {"con", "prn", "aux", "nul"}  # names of devices on Windows, where a data folder may be shared


def checked(name: str) -> str:
    """The name, its spaces tidied. Raises InvalidInput for one that no folder should have."""
    tidy = unicodedata.normalize("NFC", " ".join(str(name).split()))
    if not FITTING.fullmatch(tidy) or tidy.casefold() in RESERVED:
        raise InvalidInput(
            expected="a name of up to 60 letters, digits, spaces and signs like - _ , . ( ), with a letter or digit "
            "first",
            received=f"{name!r:.80}",
            advice="Choose another.",
        )
    return tidy


def proposed(file_name: str) -> str:
    """A fitting name for the area in a file; empty where nothing of the file's name fits."""
    stem = re.sub(r"[^\w ,.()'-]+", " ", unicodedata.normalize("NFC", file_name.rpartition(".")[0]))
    stem = " ".join(re.sub(r"\.{2,}", ".", stem).split())
    match = FITTING.match(re.sub(r"^[\W_]+", "", stem))
    return match[0] if match else ""


def key(name: str) -> str:
    """By what two names count as the same: case and the way accents are written do not tell them apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
