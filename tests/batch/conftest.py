"""What tests of batches share: the toy system, and files with its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import toys

WORDS = ("cup", "bottle", "bag", "carton", "unsure")


@pytest.fixture
def toy(tmp_path, monkeypatch) -> dict[str, str]:
    """The toy system, known to this process and to those that it starts."""
    known = toys.install(tmp_path / "toy")
    toys.known(monkeypatch, known)
    return known


def write_words(folder: Path, count: int, **more: str) -> list[str]:
    """`count` files in folders of ten with a word each, and others by name; returns their names in a batch's order."""
    names = {f"d{number // 10:03}/{number:05}.txt": WORDS[number % len(WORDS)] for number in range(count)}
    for name, word in (names | more).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(word)
    return [*sorted(more), *names]
