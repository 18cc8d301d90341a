"""What terms mean, out of the glossary: shown on hover beside a figure, and whole on a page of its own."""

from __future__ import annotations

import re
from functools import lru_cache

from core.settings import CHECKOUT

FILE = CHECKOUT / "docs" / "glossary.md"
FOR_DEVELOPERS = "Words of the code"
ROW = re.compile(r"^\| (?P<terms>[^|]+) \| (?P<meaning>[^|]+) \|$", re.MULTILINE)


def meaning(term: str) -> str:
    """The glossary's explanation of a term, as the help of a figure. Raises KeyError: a page names no unknown term."""
    return _meanings()[term.lower()]


def text() -> str:
    """The glossary in Markdown, without what concerns the code alone."""
    return "".join(part for part in re.split(r"(?m)^(?=## )", _whole()) if not part.startswith(f"## {FOR_DEVELOPERS}"))


@lru_cache(maxsize=1)
def _whole() -> str:
    return FILE.read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _meanings() -> dict[str, str]:
    """{term in lower case: "Term: meaning."}; a row may explain several terms, separated by commas."""
    meanings = {}
    for row in ROW.finditer(text()):
        terms, explained = row["terms"].replace("**", "").strip(), row["meaning"].strip()
        for term in terms.split(", "):
            meanings[term.lower()] = f"{terms[0].upper()}{terms[1:]}: {explained}."
    return meanings
