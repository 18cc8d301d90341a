"""Answers against the true category: figures with intervals, confusions, calibration, and by district and group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.inference import SystemCard
from core.monitoring import judging
from pages.parts.crime import incident_charts
from pages.parts.crime.table_desk import TableRun
from pages.parts.crime.words import UNKNOWN_TRUTH
from pages.parts.shared import charts, glossary
from pages.parts.shared.words import counted, number, percent, plain, with_interval

MAX_CONFUSED = 10  # categories in the matrix
FEW = 30  # records of a group below which its figures are chance


def draw(card: SystemCard, run: TableRun, judged: pd.DataFrame) -> None:
    """Everything that the truth tells. judged: `TableResult.judged`."""
    labelled = judged[judged["truth"].notna()]
    known_records = labelled[labelled["truth_rank"] >= 1]
    if unknown := len(labelled) - len(known_records):
        st.info(
            f"{counted(unknown, 'record')} {UNKNOWN_TRUTH[run.by_groups]}: they count apart. The figures are of the "
            f"other {number(len(known_records))}."
        )
    figures = judging.figures(known_records)
    if figures is None:
        st.info("None of these records has a true category that this version knows. Map its column, or clear a filter.")
        return
    _warn(known_records, card.metadata)
    if run.by_groups:
        st.caption("By NIBRS groups: the 90 % sets are those of the categories, widened to whole groups.")
    _draw_figures(known_records, figures)
    dark = st.context.theme.type == "dark"
    left, right = st.columns(2, gap="large")
    confusion = incident_charts.confusion(judging.confusion(known_records, MAX_CONFUSED), dark)
    left.plotly_chart(
        charts.readable(confusion, dark), key="crime-confusion", config=charts.CONFIG,
        alt="Shares of the best guesses for each true category",
    )  # fmt: skip
    reliability, _ = judging.calibration(known_records)
    right.plotly_chart(
        charts.readable(charts.reliability(reliability), dark), key="crime-reliability", config=charts.CONFIG,
        alt="Confidence against how often answers were right",
    )  # fmt: skip
    for column, what in (("district", "district"), ("truth_group", "NIBRS group")):
        _draw_groups(judging.figures_by(known_records, column), what)


def _warn(judged: pd.DataFrame, metadata: Mapping[str, Any]) -> None:
    """Figures on records that the version learnt from flatter it."""
    trained = metadata.get("trained_on", {})
    if not {"from", "to"} <= set(trained):
        return
    first, last = pd.Timestamp(trained["from"]), pd.Timestamp(trained["to"]) + pd.Timedelta(days=1)
    inside = int(judged["datetime"].between(first, last).sum())
    if inside:
        st.warning(
            f"{counted(inside, 'record')} of these lie in the time that this version was trained on "
            f"({trained['from']} to {trained['to']}). Where they are of the same city, the figures "
            "flatter; its card has honest ones."
        )


def _draw_figures(judged: pd.DataFrame, figures: judging.Figures) -> None:
    _, error = judging.calibration(judged)
    cells = [*st.columns(3), *st.columns(3)]
    cells[0].metric("Best guess right (top-1)", percent(figures.top1.value), help=glossary.meaning("top-1"))
    cells[0].caption(plain(with_interval(figures.top1)))
    cells[1].metric("Among the three best (top-3)", percent(figures.top3.value), help=glossary.meaning("top-3"))
    cells[1].caption(plain(with_interval(figures.top3)))
    loss = figures.log_loss
    cells[2].metric("Log-loss [nats]", f"{loss.value:.2f}", help=glossary.meaning("log-loss"))
    cells[2].caption(f"n = {number(figures.n)}, {loss.low:.2f} to {loss.high:.2f}")
    cells[3].metric("Truth in the 90 % set", percent(figures.coverage.value), help=glossary.meaning("90 % set"))
    cells[3].caption(plain(with_interval(figures.coverage)))
    cells[4].metric("Categories in the set, on average", f"{figures.set_size:.1f}")
    cells[4].caption(f"n = {number(figures.n)}")
    cells[5].metric("Calibration error (ECE)", "–" if error is None else f"{error:.3f}", help=glossary.meaning("ECE"))
    cells[5].caption("How far confidence and truth lie apart")


def _draw_groups(table: pd.DataFrame, what: str) -> None:
    """One row per group, and a chart of the share that was right."""
    st.markdown(f"##### By {what}", help="With 95 % intervals.")
    if table.empty:
        st.caption(f"The table does not say the {what}.")
        return
    shown = pd.DataFrame(
        {
            "group": table["group"].astype(str),
            "n": table["n"],
            "top1": [_share(row, "top1") for row in table.itertuples()],
            "top3": [_share(row, "top3") for row in table.itertuples()],
            "log_loss": [
                f"{row.log_loss:.2f} ({row.log_loss_low:.2f} to {row.log_loss_high:.2f})" for row in table.itertuples()
            ],
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        alt=f"Figures by {what}",
        column_config={
            "group": what[:1].upper() + what[1:],
            "n": st.column_config.NumberColumn("Records", format="localized"),
            "top1": "Best guess right",
            "top3": "Among the three best",
            "log_loss": "Log-loss [nats]",
        },
    )
    if (table["n"] < FEW).any():
        st.caption(f"Groups with fewer than {FEW} records say little: look at their intervals.")


def _share(row: Any, name: str) -> str:
    low, high = getattr(row, f"{name}_low"), getattr(row, f"{name}_high")
    return f"{percent(getattr(row, name))} ({100 * low:.0f} to {percent(high)})"
