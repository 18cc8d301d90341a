"""The period in figures, above the tabs: of one system six, of several a row each, for their times cannot be mixed."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import monitoring
from core.errors import LookoutError
from core.monitoring import PeriodSummary, Share
from pages.parts.monitoring import attention, period
from pages.parts.monitoring.filters import Meant
from pages.parts.monitoring.period import CountedPeriod
from pages.parts.shared.words import counted, milliseconds, moment, number, percent, system_names

REFRESH = timedelta(seconds=10)
REFRESHED = (
    f"By this machine's clock. Figures and charts refresh every {REFRESH.seconds} seconds; on a long log less often, "
    "so that counting takes at most a twentieth of the time."
)
ONE_STEP = timedelta(minutes=1)
INTERVAL = "In brackets: how many cases it rests on, and the range that holds the true share in 95 of 100 such cases."


@st.fragment(run_every=REFRESH)
def draw(meant: Meant) -> None:
    """The figures of the period that ends now, of all its rows; they draw themselves anew, in place."""
    status = st.empty()  # one line all the time, so that nothing moves when the counting ends
    try:
        counts = period.read(meant, lambda share: status.caption(f"Counting the period, {percent(share)}."))
    except LookoutError as problem:
        st.error(problem.message)
        return
    status.caption(f"All {counted(counts.n, 'row')} of the period, as of {moment(counts.until)}.", help=REFRESHED)
    if len(counts.by_system) > 1:
        _draw_by_system(counts)
    else:
        _draw_metrics(counts)


def _draw_metrics(counts: CountedPeriod) -> None:
    """Six figures, each with what it is a share of."""
    summary = monitoring.summarise(counts.total, counts.accuracy)
    per_hour = summary.n / (max(counts.until - counts.since, ONE_STEP) / timedelta(hours=1))
    with st.container(key="period-figures"):
        cells = [st.container(gap="xxsmall") for _ in range(6)]
    cells[0].metric("Predictions", number(summary.n), help="Answers and failures: every row of the period.")
    busiest = number(monitoring.busiest(counts.steps))
    cells[0].caption(
        f"{per_hour_text(per_hour)} per hour on average, {busiest} in the busiest {period.step_name(counts.width)}"
    )
    _share(
        cells[1],
        "Failed",
        summary.failed,
        "prediction",
        "Requests that got no answer; the log says why for each of them.",
    )
    _share(
        cells[2],
        "Not sure",
        summary.not_sure,
        "answer",
        "Answers with a score below 60 %, and those that the system abstained on: have a person look.",
    )
    cells[3].metric(
        "Time to answer, half within",
        milliseconds(summary.latency.get(50)),
        help="The median of all answers, to two digits. Below: what 95 % and 99 % of them took at most.",
    )
    cells[3].caption(
        f"95 % within {milliseconds(summary.latency.get(95))}, 99 % within {milliseconds(summary.latency.get(99))}"
    )
    cells[4].metric(
        "Right, by feedback",
        attention.share_text(summary.accuracy),
        help=f"Of the answers that a person judged; the latest judgement counts. {INTERVAL}",
    )
    cells[4].caption(attention.basis_text(summary.accuracy))
    _share(
        cells[5],
        "Judged by people",
        _judged(summary),
        "answer",
        "People judge what catches their eye: all answers together may do better or worse.",
    )


def _draw_by_system(counts: CountedPeriod) -> None:
    """A row for each system: a median over answers of milliseconds and of minutes would tell of neither."""
    titles = system_names()
    rows = []
    for system, total in counts.by_system.items():
        summary = monitoring.summarise(total, counts.accuracy_of(system))
        rows.append(
            {
                "System": titles.get(system, system),
                "Predictions": summary.n,
                "Failed": _share_cell(summary.failed),
                "Not sure": _share_cell(summary.not_sure),
                "Half answered within": milliseconds(summary.latency.get(50)),
                "95 % within": milliseconds(summary.latency.get(95)),
                "Right, by feedback": _accuracy_cell(summary.accuracy),
                "Judged": _share_cell(_judged(summary)),
            }
        )
    st.dataframe(
        pd.DataFrame(rows).sort_values("Predictions", ascending=False),
        hide_index=True,
        key="period-by-system",
        alt="The period in figures, for each system",
        column_config={
            "Predictions": st.column_config.NumberColumn(format="localized", help="Answers and failures."),
            "Right, by feedback": st.column_config.TextColumn(help=f"Of the answers that a person judged. {INTERVAL}"),
        },
    )


def _judged(summary: PeriodSummary) -> Share:
    """Judged answers as a share of all."""
    return Share(summary.accuracy.n, summary.failed.n - summary.failed.hits)


def _share(cell: DeltaGenerator, label: str, share: Share, of: str, meaning: str) -> None:
    """A share of counted rows; few rows as numbers."""
    large = percent(share.value, 1) if share.n >= attention.MIN_CASES else attention.share_text(share)
    cell.metric(label, large, help=meaning)
    cell.caption(f"{number(share.hits)} of {counted(share.n, of)}")


def _share_cell(share: Share) -> str:
    return percent(share.value, 1) if share.n >= attention.MIN_CASES else attention.share_text(share)


def _accuracy_cell(share: Share) -> str:
    if share.n < attention.MIN_CASES:
        return attention.share_text(share)
    low, high = share.interval
    return f"{percent(share.value)} (n = {number(share.n)}, {100 * low:.0f} to {percent(high)})"


def per_hour_text(rate: float) -> str:
    """A rate with a digit after the point where it is small."""
    return number(rate) if rate >= 10 else f"{rate:.1f}"
