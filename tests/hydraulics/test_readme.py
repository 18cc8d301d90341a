"""The library's README: its example runs as it stands, and its names are those of the library."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core import hydraulics

README = Path(hydraulics.__path__[0], "README.md").read_text(encoding="utf-8")


def test_the_example_runs_and_tells_of_a_flood(capsys: pytest.CaptureFixture[str]) -> None:
    [example] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})
    figures = re.search(r"([\d.]+) m deep.* (\d+) cells", capsys.readouterr().out, re.DOTALL)
    assert figures
    assert float(figures[1]) > 0.05
    assert int(figures[2]) > 0


def test_every_public_name_is_explained() -> None:
    assert [name for name in hydraulics.__all__ if f"`{name}`" not in README and f"`{name}(" not in README] == []


def test_every_room_and_module_that_it_names_stands() -> None:
    folder = Path(hydraulics.__path__[0])
    for room in re.findall(r"\(`(\w+)/`\)", README):
        assert (folder / room).is_dir(), room
    for name in set(re.findall(r"`(\w+\.py)`", README)):
        assert list(folder.rglob(name)), name
