"""A table as it was read from a file: nothing dropped, nothing converted, every column with a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.errors import InvalidInput
from core.tables.encodings import BYTE_ORDER_MARK

MAX_COLUMNS = 2_000


@dataclass(frozen=True)
class RawTable:
    """A table as read.

    frame: one column per column of the file, shape (rows, columns), text unless the file itself has types.
    rows: each row's number in the file as a spreadsheet counts, the header being row 1; int, shape (rows,).
    broken: {row: what is wrong} of lines that could not be split into the header's columns.
    notes: what was found out about the file, in sentences.
    """

    frame: pd.DataFrame
    rows: np.ndarray
    broken: dict[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def unique_names(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Column names without doubles, and a note on each: the second `Date` becomes `Date (2)`."""
    if len(names) > MAX_COLUMNS:
        raise InvalidInput(
            expected=f"at most {MAX_COLUMNS} columns", received=str(len(names)), advice="Leave out some."
        )
    seen: Counter[str] = Counter()
    unique, notes = [], []
    for number, name in enumerate(names, 1):
        trimmed = str(name).strip().lstrip(BYTE_ORDER_MARK) or f"column {number}"
        seen[trimmed] += 1
        unique.append(trimmed if seen[trimmed] == 1 else f"{trimmed} ({seen[trimmed]})")
        if seen[trimmed] > 1:
            notes.append(f"The header has {trimmed!r} more than once; column {number} is called {unique[-1]!r} here.")
    return unique, notes
