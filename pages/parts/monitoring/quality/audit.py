"""The audit sample: accuracy estimated from answers that chance drew, beside volunteered feedback, and what waits."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.errors import LookoutError
from core.monitoring import kept
from core.monitoring.audit_report import AnsweredPeriod, AuditReport, answered_period, report_on
from pages.parts.monitoring import attention
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.filters import Meant
from pages.parts.monitoring.quality import audit_queue, audit_table
from pages.parts.shared.words import counted, moment, number, percent, system_names

SYSTEM = "audit-system"
INTERVAL = "In brackets: the range that holds the true share in 95 of 100 such samples."
WHY = (
    "Chance draws the answers of the audit; people volunteer feedback on what catches their eye, mostly on what is "
    "wrong. Where the two differ, the audit is the one to trust."
)
EMPTY = (
    "No answer of this period is drawn yet. About two in a hundred answers are drawn as they are logged, by chance; "
    "they then wait here for a person to judge them. The setting LOOKOUT_AUDIT_SHARE says how many, and 0 draws none."
)


@st.fragment
def draw(meant: Meant) -> None:
    """The estimate, what it rests on, and the next answer to judge, of one system."""
    st.markdown("#### Audit sample", anchors=False)
    try:
        system = _system(meant)
        period = _period(replace(meant, query=replace(meant.query, system=system))) if system else None
        if system is None or period is None:
            st.info(EMPTY)
            return
        query = replace(meant.query, system=system, since=period.since, until=None)
        report = report_on(shown_log.log().audit.strata(query), period)
        _draw_figures(report)
        if shown_log.is_invented():
            st.caption("Invented answers are not judged.")
            return
        audit_queue.draw(query, report.waiting)
        audit_table.draw(query, report.waiting)
    except LookoutError as problem:
        st.error(problem.message)


def _system(meant: Meant) -> str | None:
    """The system whose answers are judged: the one that is filtered by, else one of those that have drawn answers."""
    if meant.query.system:
        return meant.query.system
    titles, systems = system_names(), shown_log.log().audit.systems()
    if len(systems) < 2:
        return systems[0] if systems else None
    if st.session_state.get(SYSTEM) not in systems:
        st.session_state[SYSTEM] = systems[0]
    return st.segmented_control(
        "Audit of", systems, format_func=lambda name: titles.get(name, name), required=True, key=SYSTEM
    )


def _period(meant: Meant) -> AnsweredPeriod | None:
    """The period that ends now, or as it was a moment ago."""
    return kept(("audit", str(shown_log.log().url), meant), lambda: answered_period(shown_log.log(), meant.now()))


def _draw_figures(report: AuditReport) -> None:
    with st.container(horizontal=True, gap="medium", key="audit-figures"):
        cells = [st.container(gap="xxsmall", width=260) for _ in range(3)]
    estimate, volunteered = report.estimate, report.period.volunteered
    is_enough = estimate is not None and estimate.judged >= attention.MIN_CASES
    large = percent(estimate.accuracy) if estimate and is_enough else "Too few to tell" if estimate else "–"
    meaning = f"Estimated for all answers of the period, each band of scores weighted by its answers. {INTERVAL}"
    cells[0].metric("Right, by the audit", large, help=meaning)
    cells[0].caption(_basis(report))
    meaning = f"Of answers that people judged unasked, without those that the audit judged. {INTERVAL}"
    cells[1].metric("Right, by volunteered feedback", attention.share_text(volunteered), help=meaning)
    cells[1].caption(attention.basis_text(volunteered))
    of_drawn = f"of {number(report.drawn)} drawn since {moment(report.period.since)}"
    cells[2].metric("Waiting to be judged", number(report.waiting), help="Drawn by chance as they were logged.")
    cells[2].caption(of_drawn)
    st.markdown(WHY)
    for sentence in _reservations(report):
        st.caption(sentence)


def _basis(report: AuditReport) -> str:
    """What the estimate rests on."""
    estimate = report.estimate
    if estimate is None:
        return "Nobody has judged a drawn answer yet"
    interval = f"{100 * estimate.low:.0f} to {percent(estimate.high)}"
    if estimate.judged < attention.MIN_CASES:
        return f"{counted(estimate.judged, 'answer')} judged: {interval} are possible"
    return f"n = {number(estimate.judged)} of {counted(estimate.answers, 'answer')}, {interval}"


def _reservations(report: AuditReport) -> list[str]:
    """What else must be known to read the estimate."""
    sentences = []
    if report.unknown:
        aside = f"Nobody could tell of {counted(report.unknown, 'answer')}, left out above."
        if report.possible:
            low, high = report.possible
            aside += f" If all of them were wrong, {percent(low)} are right; if none, {percent(high)}."
        sentences.append(aside)
    if report.out_of_order:
        later = counted(report.out_of_order, "judgement")
        sentences.append(
            f"{later} of answers further back in the queue count once those before them are judged, "
            "so that leaving out what is hard does not flatter the estimate."
        )
    return sentences
