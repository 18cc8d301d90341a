"""Cells that are safe to open in a spreadsheet: no text that it would run as a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell that begins with one of these; a quote before it makes it text (OWASP, CSV injection)."""


def harmless(value: object) -> object:
    """A cell's value that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_SIGNS):
        return "'" + value
    return value


def harmless_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy whose texts are all `harmless`, each distinct one looked at once; numbers, times and flags stay."""
    import pandas as pd

    safe = frame.copy(deep=False)
    for column in range(frame.shape[1]):
        values = frame.iloc[:, column]
        if pd.api.types.infer_dtype(values) == "string":
            codes, distinct = pd.factorize(values)
            quoted = [harmless(text) for text in distinct]
            safe.isetitem(column, pd.Series([*quoted, None], dtype=object).to_numpy()[codes])
        elif values.dtype == object:  # mixed: true and 1 are not the same cell
            safe.isetitem(column, values.map(harmless, na_action="ignore"))
    return safe
