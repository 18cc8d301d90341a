"""Which features of a version's inputs and answers moved away from its own data."""

from __future__ import annotations

import streamlit as st

from pages.parts.monitoring.filters import Meant


def draw(meant: Meant) -> None:
    """Every feature of the period, judged against the reference of its version."""
    st.caption("Drift is judged by the alert of the inputs; its figures come here.")
