"""Read by mypy alone: the flood system's workbench is what the Flood page takes it for."""

from __future__ import annotations

from core.systems.flood import workbench
from pages.parts.flood.workbench import AreaT, FloodWorkbench


def used_by_the_page(bench: FloodWorkbench[AreaT]) -> FloodWorkbench[AreaT]:
    """Takes a workbench that has all that the page asks for; AreaT is what that workbench calls an area."""
    return bench


used_by_the_page(workbench)
