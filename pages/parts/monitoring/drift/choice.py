"""A table of which one row can be chosen, known by what it is of and not by its position: rows may move meanwhile."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig


def draw(
    frame: pd.DataFrame,
    identities: Sequence[str],
    parameter: str,
    alt: str,
    columns: dict[str, ColumnConfig | str],
    forgets: str | None = None,
) -> None:
    """The table; whoever chooses a row finds its identity in the address under `parameter`: see `chosen`.

    identities: of each row, shape (rows,). forgets: the parameter of a further choice that goes with this one.
    """
    preset = [identities.index(each) for each in (chosen(parameter),) if each in identities]
    key = f"{parameter}-{zlib.crc32(' '.join(identities).encode())}"  # other rows: another table, chosen in anew
    st.dataframe(
        frame,
        hide_index=True,
        key=key,
        alt=alt,
        placeholder="–",
        column_config=columns,
        on_select=partial(_keep, key, tuple(identities), parameter, forgets),
        selection_mode="single-row",
        selection_default={"selection": {"rows": preset}} if preset else None,
    )


def chosen(parameter: str) -> str | None:
    """The identity that the address names."""
    return st.query_params.get(parameter)


def _keep(key: str, identities: Sequence[str], parameter: str, forgets: str | None) -> None:
    """Name the chosen row in the address, or no row where none is chosen any more."""
    rows = st.session_state[key].selection.rows
    for name in filter(None, (parameter, forgets)):
        st.query_params.pop(name, None)
    if rows:
        st.query_params[parameter] = identities[rows[0]]
