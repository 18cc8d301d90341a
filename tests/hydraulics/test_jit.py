"""What a cached result depends on is found: a change anywhere in the import closure is a cache miss."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core.hydraulics import jit
from core.systems.flood.train import preparing

SOURCES = {
    "__init__": "",
    "loop": "from tiny import middle\n\n\ndef twice(x):\n    return 2.0 * middle.of(x)\n",
    "middle": "from tiny.lower import scaled\n\n\ndef of(x):\n    return scaled(x)\n",
    "lower": "def scaled(x):\n    from .constants import UNIT\n\n    return UNIT * x\n",
    "constants": "UNIT = 3.0\n",
    "apart": "UNIT = 3.0\n",
}
"""A package whose loop depends on a constant three imports away."""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Writes the package, with changes, and forgets what was known of it."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(**changes: str) -> None:
        for name, text in (SOURCES | changes).items():
            path = tmp_path / "tiny" / f"{name}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            for compiled in path.parent.glob(f"__pycache__/{name}.*.pyc"):
                compiled.unlink()  # Python tells sources of one size apart by whole seconds
        forget()
        importlib.import_module("tiny")

    yield write
    forget()


def forget() -> None:
    for known in (jit.closure, jit._imports, jit.source_file, jit._file_digest):
        known.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "tiny"]:
        del sys.modules[name]
    importlib.invalidate_caches()


def test_the_closure_holds_what_is_imported_however_it_is_written(write: Callable[..., None]) -> None:
    write()
    assert jit.closure("tiny.loop") == {"tiny.loop", "tiny.middle", "tiny.lower", "tiny.constants"}


def test_a_constant_three_imports_away_changes_the_digest_and_another_module_does_not(
    write: Callable[..., None],
) -> None:
    write()
    first = jit.source_digest("tiny.loop")
    write(apart="UNIT = 4.0\n")
    assert jit.source_digest("tiny.loop") == first
    write(constants="UNIT = 4.0\n")
    assert jit.source_digest("tiny.loop") != first


def test_prepared_training_data_go_to_another_folder_once_such_a_constant_changes(
    write: Callable[..., None], tmp_path: Path
) -> None:
    write()
    first = preparing.cache_folder(tmp_path, "inputs", "tiny.loop")
    assert preparing.cache_folder(tmp_path, "inputs", "tiny.loop") == first
    write(constants="UNIT = 4.0\n")
    assert preparing.cache_folder(tmp_path, "inputs", "tiny.loop") != first


def test_machine_code_is_compiled_anew_once_such_a_constant_changes(write: Callable[..., None]) -> None:
    inner = "@compiled\ndef scaled(x):\n    return UNIT * x\n"
    sources = {
        "loop": "from core.hydraulics.jit import compiled\nfrom tiny.middle import of\n\n\n"
        "@compiled\ndef twice(x):\n    return 2.0 * of(x)\n",
        "middle": "from core.hydraulics.jit import compiled\nfrom tiny.lower import scaled\n\n\n"
        "@compiled\ndef of(x):\n    return scaled(x)\n",
        "lower": "from core.hydraulics.jit import compiled\nfrom tiny.constants import UNIT\n\n\n" + inner,
    }

    def run() -> tuple[float, int]:
        twice = importlib.import_module("tiny.loop").twice
        value = float(twice(np.float64(5.0)))
        return value, sum(twice.stats.cache_hits.values())

    write(**sources)
    assert run() == (30.0, 0)
    write(**sources)
    assert run() == (30.0, 1)
    write(**sources, constants="UNIT = 4.0\n")
    assert run() == (40.0, 0)


def test_every_compiled_loop_knows_the_constants_that_are_frozen_into_it() -> None:
    assert "core.hydraulics.local_inertial.state" in jit.closure("core.hydraulics.local_inertial.sweep")
    assert jit.__name__ in jit.closure("core.hydraulics.local_inertial.sweep")
