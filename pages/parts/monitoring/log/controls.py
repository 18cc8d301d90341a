"""What the log is searched for and sorted by, kept in the address."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core import inference
from core.store import LogSearch, Query, SearchField, SortColumn
from pages.parts.monitoring import filters
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.filters import ANY
from pages.parts.shared.answers import name

FIELDS: dict[str, SearchField] = {
    "Id": "id",
    "Batch": "batch",
    "Answer": "answer",
    "Truth": "truth",
    "Asked by": "actor",
    "Fingerprint": "fingerprint",
    "Message": "error",
}
SORTS: dict[str, tuple[SortColumn, bool]] = {
    "Newest first": ("created_at", True),
    "Oldest first": ("created_at", False),
    "Highest score first": ("score", True),
    "Lowest score first": ("score", False),
    "Slowest first": ("latency_ms", True),
    "Fastest first": ("latency_ms", False),
}
MEANING = (
    "Id and fingerprint: by their first characters. Batch: its whole name. All others: any part of it. "
    "An id or a batch is searched for in the whole log, whatever the period."
)
SEARCH, FIELD, SORT, SITE, ANSWER, SCORE = KEYS = (
    *("log-search", "log-in", "log-sort", "log-site", "log-answer", "log-score"),
)


def choose(meant: Query) -> LogSearch:
    """The controls of the log; which of the meant rows are shown, and in what order. Its query has no `until` yet."""
    shown = filters.choose_shown()
    with st.container(key="log-controls"):
        columns = st.columns([2, 4, 2, 1], vertical_alignment="bottom")
    with columns[0]:
        field = st.selectbox("Search in", list(FIELDS), key=FIELD, bind="query-params", help=MEANING)
    with columns[1]:
        text = st.text_input("Search", key=SEARCH, bind="query-params", max_chars=200, icon=":material/search:")
    with columns[2]:
        sort, descending = SORTS[st.selectbox("Sort", list(SORTS), key=SORT, bind="query-params")]
    with columns[3], st.popover("More filters", width="stretch"):
        site, answer, (low, high) = _choose_more(meant.system)
    query = filters.narrowed(replace(meant, site=site, value=answer), shown)
    return LogSearch(query, FIELDS[field], (text or "").strip(), low / 100, high / 100, sort, descending)


def _choose_more(system: str | None) -> tuple[str | None, str | None, tuple[int, int]]:
    """Site, answer and the bounds of the score [%]."""
    labels = {label for card in inference.catalogue() if system in (None, card.name) for label in card.labels}
    site = _pick("Site", {label: label for label in shown_log.log().distinct("site", Query(system=system))}, SITE)
    answer = _pick("Answer", {name(label): label for label in sorted(labels)}, ANSWER)
    score = st.slider("Score", 0, 100, (0, 100), format="%d %%", key=SCORE, bind="query-params")
    return site, answer, score


def _pick(label: str, options: dict[str, str], key: str) -> str | None:
    shown: dict[str, str | None] = {ANY: None, **options}
    if st.session_state.get(key) not in (None, *shown):
        st.session_state[key] = ANY  # what was chosen belongs to another system
    return shown[st.selectbox(label, shown, key=key, bind="query-params")]
