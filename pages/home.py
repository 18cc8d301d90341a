"""Home: what needs attention today."""

import streamlit as st

TITLE = "Home"
GROUP = ""

st.title("Lookout")
