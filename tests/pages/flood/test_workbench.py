"""The page's protocol against the system's workbench; that the types agree too is for mypy, see tests/typed."""

from __future__ import annotations

from core.systems.flood import workbench
from pages.parts.flood.workbench import bench


def test_the_system_has_all_that_the_page_asks_for():
    assert bench() is workbench
