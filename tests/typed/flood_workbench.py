"""Read by mypy alone: the flood system's workbench is what the Flood page takes it for."""

from __future__ import annotations

from core.systems.flood import workbench
from core.systems.flood.terrain.areas import Area
from pages.parts.flood.workbench import AreaRecord, FloodWorkbench


def area_of_the_page(area: Area) -> AreaRecord:
    """An area of the system has all that the page reads."""
    return area


bench: FloodWorkbench[Area] = workbench
