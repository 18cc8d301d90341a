"""What an area may be called: its name is a folder's name too, and leads nowhere else."""

from __future__ import annotations

import re
import unicodedata

from core.errors import InvalidInput

FITS = re.compile(r"[^\W_](?:[\w ,()'-]|\.(?=.)){0,58}[\w)]|[^\W_]")
"""Letters and digits of any script; between them signs that no file system takes amiss."""
RESERVED = {"con", "prn", "aux", "nul"}  # names of devices on Windows, where a data folder may be shared


def checked(name: str) -> str:
    """The name, its spaces tidied. Raises InvalidInput for one that no folder should have."""
    tidy = unicodedata.normalize("NFC", " ".join(str(name).split()))
    if not FITS.fullmatch(tidy) or tidy.casefold() in RESERVED:
        raise InvalidInput(
            "Expected a name of up to 60 letters, digits, spaces and signs like - _ , . ( ), with a letter or digit "
            f"first. Received {name!r:.80}. Choose another."
        )
    return tidy


def proposed(file: str) -> str:
    """A name that fits for the area in a file; empty where nothing of the file's name does."""
    fit = re.sub(r"[^\w ,.()'-]+", " ", unicodedata.normalize("NFC", file.rpartition(".")[0]))
    fit = " ".join(re.sub(r"\.{2,}", ".", fit).split())
    found = FITS.match(re.sub(r"^[\W_]+", "", fit))
    return found[0] if found else ""


def key(name: str) -> str:
    """By what two names count as the same: case and the way accents are written do not tell them apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
