"""Every rule with its state."""

from __future__ import annotations

import streamlit as st

from pages.parts.monitoring.filters import Meant


def draw(meant: Meant) -> None:
    """Every rule, those that fire first."""
    st.caption("`python -m core monitor alerts` lists every rule with its state.")
