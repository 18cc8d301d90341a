"""The public names of the library: each is there, and none brings Numba before it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core import hydraulics
from core.hydraulics import jit
from core.settings import CHECKOUT


def test_every_public_name_can_be_imported() -> None:
    for name in hydraulics.__all__:
        assert getattr(hydraulics, name).__name__ == name
    assert sorted(name for names in hydraulics._MODULES.values() for name in names) == sorted(hydraulics.__all__)


def test_a_misspelt_name_is_told() -> None:
    with pytest.raises(AttributeError, match="no attribute 'solv'"):
        getattr(hydraulics, "solv")  # noqa: B009


def test_numba_is_not_imported_before_a_compiled_loop_is_needed() -> None:
    program = """
import sys
from core.hydraulics import Balance, Domain, Hydrograph, Inflow, Simulation, Snapshot, SolverOptions, hazard, solve
print([name for name in ("numba", "scipy") if name in sys.modules])
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_what_depends_on_the_package_depends_on_every_module_behind_its_public_names() -> None:
    closure = jit.closure("core.hydraulics")
    assert {f"core.hydraulics.{module}" for module in hydraulics._MODULES} <= closure
    assert "core.hydraulics.constants" in closure
