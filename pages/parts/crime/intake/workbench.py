"""Protocol of what the Crime page asks of its system beside answers: whether a table is of the version's city.

The page may not import the system (see docs/architecture.md); `core.systems.crime.workbench` fits this by structure,
which mypy proves in tests/typed/crime_workbench.py, and `inference.workbench` checks once when the page asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from core import inference

SYSTEM = "crime"


class CityRecord(Protocol):
    """How a table fits the city of a version."""

    @property
    def city(self) -> str:
        """That the version learnt; empty if it does not say."""

    @property
    def foreign(self) -> bool:
        """Whether the table seems to be another city's."""

    @property
    def other_categories(self) -> bool:
        """Whether many true categories are none of the version's."""

    @property
    def labelled(self) -> int:
        """Records with a true category."""

    @property
    def unknown_labels(self) -> Mapping[str, int]:
        """{category that the version does not know: records}."""

    @property
    def grouped(self) -> int:
        """Labelled records whose category belongs to a NIBRS group."""

    @property
    def named(self) -> int:
        """Records with a district."""

    @property
    def unknown_districts(self) -> Mapping[str, int]:
        """{district that the version does not know: records}."""

    @property
    def located(self) -> int:
        """Records with a place."""

    @property
    def far(self) -> int:
        """Records that lie in another city."""

    @property
    def suggestions(self) -> Mapping[str, str]:
        """{unknown category: the version's category that comes nearest, or ""}."""


class CrimeWorkbench(Protocol):
    """What the page asks of `core.systems.crime.workbench`."""

    def compare_city(
        self, metadata: Mapping[str, object], source: Path, chosen: Mapping[str, str], categories: Mapping[str, str], /
    ) -> CityRecord:
        """How the whole table fits the city of a version; raises InvalidInput, TooLarge."""


def bench() -> CrimeWorkbench:
    """The system's workbench."""
    return inference.workbench(SYSTEM, CrimeWorkbench)
