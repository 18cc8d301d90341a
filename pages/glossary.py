"""Glossary: what the words and figures on the pages mean."""

from __future__ import annotations

import streamlit as st

from pages.parts.shared import glossary

TITLE = "Glossary"
GROUP = "Manage"
ORDER = 90

st.title("Glossary", anchor=False)
with st.container(width=900):
    st.markdown(glossary.text().partition("\n")[2])
