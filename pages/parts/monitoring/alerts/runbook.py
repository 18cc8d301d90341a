"""The runbook inside the app: the section about a rule, for a network from which no other host can be reached."""

from __future__ import annotations

import re
from functools import lru_cache

import streamlit as st

from core.alerts.rules import AlertRule
from core.settings import CHECKOUT, settings

DOCS = CHECKOUT / "docs"
WITHIN = re.compile(r"\[([^\]]+)\]\((?!https?://)[^)]*\)")  # links to other sections and files lead nowhere on a page
NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


def draw(rule: AlertRule) -> None:
    """The section, folded, with a link to where the repository is read if the settings name that place."""
    text = section(rule.runbook)
    with st.expander("What to do, from the runbook"):
        st.markdown(text or f"The runbook is {rule.runbook}, which is not on this machine.")
        if address := settings().alert_runbook_url:
            st.link_button("Open the whole runbook", f"{address.rstrip('/')}/{rule.runbook}", type="tertiary")


def section(runbook: str) -> str | None:
    """The Markdown below the heading that a rule names, such as "docs/runbooks/alerts.md#accuracy-fell"; None without.

    Only files within docs/ are read.
    """
    path, _, anchor = runbook.partition("#")
    return _sections(path).get(anchor)


@lru_cache(maxsize=8)
def _sections(path: str) -> dict[str, str]:
    """{anchor: text} of the sections of a file, anchors as GitHub makes them."""
    file = (CHECKOUT / path).resolve()
    if not file.is_relative_to(DOCS) or not file.is_file():
        return {}
    sections = {}
    for part in re.split(r"(?m)^## ", file.read_text(encoding="utf-8"))[1:]:
        title, _, text = part.partition("\n")
        sections[NOT_IN_ANCHORS.sub("", title.lower()).strip().replace(" ", "-")] = WITHIN.sub(r"\1", text.strip())
    return sections
