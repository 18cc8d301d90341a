"""The filters of Monitoring, kept in the address, and which rows are meant by them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import streamlit as st

from core.store import Query
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.tallies import SHOWN
from pages.parts.shared.words import PERIODS, system_names

ANY = "All"
SOURCES = {"page": "Pages", "api": "API", "cli": "Command line", "batch": "Batches"}
KEYS = ("log-system", "log-version", "log-source", "log-period")
SHOW = "log-show"
TAB = "tab"


@dataclass(frozen=True)
class Meant:
    """Which rows a person asked for."""

    query: Query
    """Without `since` where a period slides along with the clock."""
    period: timedelta | None

    def now(self) -> Query:
        """The rows of the period that ends now."""
        return replace(self.query, since=shown_log.now() - self.period) if self.period else self.query


def choose() -> Meant:
    """The bar of filters: system, version, source and period. They keep their place when the person comes back."""
    titles, log = system_names(), shown_log.log()
    with st.container(key="log-filters"):
        columns = st.columns([2, 2, 2, 2, 1], vertical_alignment="bottom")
    with columns[0]:
        system = _pick("System", sorted({*titles, *log.distinct("system")}), KEYS[0], titles)
    with columns[1]:
        version = _pick("Version", log.distinct("version", Query(system=system)), KEYS[1])
    with columns[2]:
        source = _pick("Source", log.distinct("source"), KEYS[2], SOURCES, "Where the question came from.")
    with columns[3]:
        period = st.selectbox(
            "Period", PERIODS, index=1, key=KEYS[3], bind="query-params", help="It ends now and slides with the clock."
        )
    is_set = bool(system or version or source) or period != list(PERIODS)[1]
    columns[4].button("Clear filters", on_click=clear, disabled=not is_set, type="tertiary")
    return Meant(Query(system=system, version=version, source=source), PERIODS[period])


def clear() -> None:
    """Show everything of the usual period again."""
    for key in KEYS[:3]:
        st.session_state[key] = ANY
    st.session_state[KEYS[3]] = list(PERIODS)[1]
    st.session_state[SHOW] = ANY


def choose_shown() -> Query:
    """Which rows the log shows, of those that are meant: a query of that alone."""
    shown = st.segmented_control(
        "Show", list(SHOWN), default=ANY, required=True, key=SHOW, bind="query-params", label_visibility="collapsed"
    )
    return SHOWN[shown or ANY]


def narrowed(query: Query, shown: Query) -> Query:
    """The rows of `query` that are shown."""
    return replace(query, status=shown.status, finding=shown.finding, not_sure_below=shown.not_sure_below)


def _pick(
    label: str, options: list[str], key: str, names: dict[str, str] | None = None, meaning: str | None = None
) -> str | None:
    shown = {ANY: None, **{(names or {}).get(option, option): option for option in options}}
    if st.session_state.get(key) not in (None, *shown):
        st.session_state[key] = ANY  # what was chosen is no longer in the log
    return shown[st.selectbox(label, shown, key=key, bind="query-params", help=meaning)]
