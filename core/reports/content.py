"""What a report says, before it is a page or a paper: sections of sentences, tables and charts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class ReportTable:
    """Cells as they are read. numbers: columns, from 0, whose cells stand to the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class TimeBars:
    """Counts by step of time, as bars from zero. starts: in the reader's zone, ascending; step: its width in words."""

    title: str
    step: str
    starts: tuple[datetime, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class ShareLine:
    """A share in [0, 1] with its 95 % interval. is_marked: whether it stands out."""

    label: str
    value: float
    low: float
    high: float
    n: int
    is_marked: bool = False


@dataclass(frozen=True)
class ShareRows:
    """Shares below one another on one axis from 0 to 100 %."""

    title: str
    lines: tuple[ShareLine, ...]


@dataclass(frozen=True)
class ReportSection:
    """A heading, then sentences, then tables, then charts."""

    heading: str
    sentences: tuple[str, ...]
    tables: tuple[ReportTable, ...] = ()
    charts: tuple[TimeBars | ShareRows, ...] = ()


@dataclass(frozen=True)
class ReportContent:
    """The whole report. subtitle: period and scope. is_invented: of a log that nothing real is in."""

    title: str
    subtitle: str
    is_invented: bool
    sections: tuple[ReportSection, ...] = field(default_factory=tuple)


INVENTED = "Invented: nothing in this report happened. It was made from a demonstration log."
"""Stands at the head of a report on an invented log."""
