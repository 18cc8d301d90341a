"""Read by mypy alone: the crime system's workbench is what the Crime page takes it for."""

from __future__ import annotations

from core.systems.crime import workbench
from pages.parts.crime.intake.workbench import CrimeWorkbench


def used_by_the_page(bench: CrimeWorkbench) -> CrimeWorkbench:
    """Takes a workbench that has all that the page asks for."""
    return bench


used_by_the_page(workbench)
