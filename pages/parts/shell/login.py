"""The pages' door: a shared password where LOOKOUT_PAGES_PASSWORD is set, none on this machine alone."""

from __future__ import annotations

import time

import streamlit as st

from core.security import identities
from core.settings import settings

SECONDS_AFTER_A_WRONG_PASSWORD = 1.0  # slows guessing down


def require() -> None:
    """Draw nothing but the login until this visit has given the password."""
    if settings().pages_password is None or st.session_state.get("logged_in"):
        return
    st.title("Lookout")
    with st.form("login", width=420):
        password = st.text_input("Password", type="password", autocomplete="current-password")
        sent = st.form_submit_button("Log in", type="primary")
    if sent and identities.password_matches(password):
        st.session_state["logged_in"] = True
        st.rerun()
    if sent:
        time.sleep(SECONDS_AFTER_A_WRONG_PASSWORD)
        st.error("Expected the password of this Lookout. Received another one. Ask whoever runs it.")
    st.stop()
