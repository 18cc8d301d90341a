"""The font of papers and figures: the pages' own, as a file."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from core.errors import MissingPart

PACKAGE, FILE = "font-source-sans-pro", "font_source_sans_pro/files/SourceSansPro-Regular.ttf"
"""Latin, Greek and Cyrillic; characters of other scripts become boxes."""


@cache
def font_file() -> Path:
    """Path of the font of figures and PDFs. Raises MissingPart if its package is not installed."""
    try:
        path = Path(str(distribution(PACKAGE).locate_file(FILE)))
    except PackageNotFoundError:
        path = None
    if path is None or not path.is_file():
        raise MissingPart(
            f"Expected {FILE} of the package {PACKAGE}, which pictures and papers need. It is not installed. "
            "Run `make run` again."
        )
    return path
