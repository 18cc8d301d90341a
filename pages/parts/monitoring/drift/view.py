"""Which features of a version's inputs and answers moved away from its own data."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LookoutError
from core.monitoring.drift import DriftVerdict
from core.monitoring.drift.detection import MIN_ANSWERS
from pages.parts.monitoring import figures, period
from pages.parts.monitoring.drift import feature_table, feature_view, period_drift, words
from pages.parts.monitoring.drift.period_drift import PeriodDrift
from pages.parts.monitoring.filters import Meant
from pages.parts.shared.words import NO_BREAK, counted, moment, number, plain, system_names

JUDGED_HOW = (
    "A version's reference is what its features and answers were like on its own validation data. A feature moved "
    "where the difference is large enough to matter and chance does not bring it about. Answers are counted by the "
    "hour; those of a busy system's last hour or two follow."
)
DRAWN = "drift-drawn"
"""Name in the session of the filters by which the tab was drawn last."""
MAX_NAMED = 6  # versions without a reference that are named


@st.fragment(run_every=figures.REFRESH)
def draw(meant: Meant) -> None:
    """Every feature of the period, judged against the reference of its version; it draws itself anew, in place."""
    status: DeltaGenerator | None = None
    if st.session_state.get(DRAWN) != meant:  # later the line stays as it was until the new one is there
        status = st.empty()
        status.caption("Comparing each feature with its reference.")
    try:
        drift = period_drift.read(meant)
        (status or st.empty()).caption(_compared(drift), help=JUDGED_HOW)
        st.session_state[DRAWN] = meant
        if drift.versions:
            _draw_features(meant, drift)
        elif not drift.without_reference:
            _draw_nothing_counted(meant)
        _draw_without_reference(drift)
    except LookoutError as problem:
        (status or st.empty()).error(problem.message)


def headline(drift: PeriodDrift) -> str:
    """How many features moved, and the one that moved furthest; Markdown."""
    judged = [each for version in drift.versions for each in version.judged]
    told = [each for each in judged if each.verdict is not DriftVerdict.NOT_ENOUGH_DATA]
    if not told:
        needed = f"{MIN_ANSWERS}{NO_BREAK}answers"
        return f"**Not enough data.** A verdict needs {needed} of a version and as many in its reference."
    moved = feature_table.moved(drift)
    too_few = len(judged) - len(told)
    untold = f" Of {number(too_few)} more there is not enough data." if too_few else ""
    if not moved:
        return f"**None of {counted(len(told), 'feature')} moved.**{untold}"
    first = moved[0]
    version = drift.version_of(first)
    feature = version.of(first.feature)
    began = words.since(drift.began.get(first), int(version.starts[0]), drift.width)
    since = f", {began}" if began == words.ALL_OF_IT else f", since {began}"
    system = system_names().get(first.system, first.system)
    furthest = plain(
        f"{words.feature_name(first.feature)} of {system} {first.version}, by "
        f"{words.effect(feature.effect, feature.is_number)}{since}"
    )
    return f"**{number(len(moved))} of {counted(len(told), 'feature')} moved.** Furthest: {furthest}.{untold}"


def _compared(drift: PeriodDrift) -> str:
    if not drift.versions:
        return f"As of {moment(drift.until)}."
    n = counted(sum(version.n for version in drift.versions), "answer")
    return f"{n} of {counted(len(drift.versions), 'version')} compared, as of {moment(drift.until)}."


def _draw_features(meant: Meant, drift: PeriodDrift) -> None:
    st.markdown(headline(drift))
    chosen = feature_table.draw(drift)
    if chosen is None:
        st.caption("Choose a row to see both distributions, since when, and answers behind the change.")
    else:
        feature_view.draw(meant, drift, chosen)


def _draw_nothing_counted(meant: Meant) -> None:
    """Why there is nothing: nobody asked, or what was answered is not counted yet."""
    counts = period.read(meant, lambda _share: None)
    if counts.n > counts.total.failed:
        st.info(
            "The answers of this period are not counted by feature yet: that follows hour by hour. "
            "Choose a longer period."
        )
    else:
        st.info(
            "No answer in this period. Answers appear here as soon as somebody asks, from a page or by the API; "
            "a longer period may hold some."
        )


def _draw_without_reference(drift: PeriodDrift) -> None:
    """Which versions cannot be judged, what they lack and how to make it."""
    if not drift.without_reference:
        return
    titles = system_names()
    named = [f"{titles.get(system, system)} {version}" for system, version in drift.without_reference[:MAX_NAMED]]
    more = len(drift.without_reference) - len(named)
    listed = plain(", ".join(named)) + (f" and {number(more)} more" if more else "")
    system, version = drift.without_reference[0]
    version = version or "VERSION"
    st.info(
        f"**No reference: {listed}.** Drift is a difference from what a version met when it was checked; without that, "
        "nothing can be said of these answers. To make a reference, have the version answer its own validation data, "
        f"then take it from the log:\n\n"
        f"`python -m core predict {system} --version {version} --site validation FILES`  \n"
        f"`python -m core monitor reference {system} {version} --site validation`"
    )
