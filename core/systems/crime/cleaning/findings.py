"""What is wrong with the rows of a table: each finding with its row, column, kind, value and a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

MAX_SHOWN = 60  # characters of a value that a finding shows
COLUMNS = ("row", "column", "kind", "value", "message", "rejected")

REPEATED = "repeated"  # a row that is the same as an earlier one, and is kept
REJECTED = ("no_date", "no_label", "duplicate", "broken_row", "nothing")
"""Kinds of finding that cost the row; with any other kind the row stays and only the value counts as missing."""


@dataclass(frozen=True)
class Findings:
    """All findings of a table.

    frame: one row per finding, sorted by row; columns row (as a spreadsheet numbers it), column, kind, value, message,
        and rejected (whether it cost the row).
    """

    frame: pd.DataFrame

    def counts(self) -> dict[str, int]:
        """How many findings there are of each kind."""
        return {str(kind): int(count) for kind, count in self.frame["kind"].value_counts(sort=False).items()}

    @property
    def rejected(self) -> int:
        """How many rows are not used."""
        return int(self.frame.loc[self.frame["rejected"], "row"].nunique())


@dataclass
class FindingsCollector:
    """Findings while a table is cleaned; rows: each record's row in the file, shape (rows,)."""

    rows: np.ndarray
    parts: list[pd.DataFrame] = field(default_factory=list)

    def add(self, kind: str, column: str, where: np.ndarray, values: pd.Series, message: str) -> None:
        """Note a finding for some rows.

        kind: one of REJECTED if it costs the row.
        column: the column of the file that it is about.
        where: which rows, boolean, shape (rows,).
        values: what stands in the file, shape (rows,).
        message: what was expected and what happens now, for the analyst.
        """
        if where.any():
            shown = pd.Series(values).astype("string").str.slice(0, MAX_SHOWN)[where].to_numpy(dtype=object)
            self.parts.append(
                pd.DataFrame(
                    {
                        "row": self.rows[where],
                        "column": column,
                        "kind": kind,
                        "value": shown,
                        "message": message,
                        "rejected": kind in REJECTED,
                    }
                )
            )

    def findings(self, broken: Mapping[int, str]) -> Findings:
        """All findings by row, with the lines that could not be split into columns, {row: what is wrong}."""
        empty = pd.DataFrame(columns=list(COLUMNS)).astype({"rejected": bool})
        frame = _by_row(pd.concat(self.parts, ignore_index=True) if self.parts else empty)
        if not broken:
            return Findings(frame)
        lines = pd.DataFrame(
            {"row": list(broken), "column": "", "kind": "broken_row", "value": "", "message": list(broken.values())}
        ).assign(rejected=True)
        return Findings(_by_row(pd.concat([frame, lines], ignore_index=True) if len(frame) else lines))


def _by_row(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values("row", kind="stable").reset_index(drop=True)
