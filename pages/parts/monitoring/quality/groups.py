"""Where answers are right and where not: accuracy by group, the lowest first, and what is taken for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core.evaluation.shares import Share
from core.monitoring.quality import GroupAccuracy
from pages.parts.monitoring.quality import quality_charts
from pages.parts.monitoring.quality.quality_figures import share_with_basis
from pages.parts.shared import charts
from pages.parts.shared.words import percent

KINDS = {
    "district": "District", "mode": "Way of answering", "area": "Area", "site": "Site", "answer": "Answer",
    "truth": "Truth", "judge": "Judged by",
}  # fmt: skip
KIND_KEY = "group-kind"


def draw(by_kind: Mapping[str, Sequence[GroupAccuracy]]) -> None:
    """Accuracy of each group of one kind, the lowest first, and what changed since the period before."""
    kinds = [kind for kind, groups in by_kind.items() if groups]
    st.subheader("Where it is right, and where it is not", anchor=False)
    if not kinds:
        st.info("Nobody has judged an answer of this period yet. Say beside an answer whether it was right.")
        return
    kinds.sort(key=lambda kind: (list(KINDS).index(kind) if kind in KINDS else len(KINDS), kind))
    if st.session_state.get(KIND_KEY) not in kinds:
        st.session_state[KIND_KEY] = kinds[0]
    kind = st.segmented_control(
        "By",
        kinds,
        format_func=lambda name: KINDS.get(name, name),
        required=True,
        key=KIND_KEY,
        bind="query-params",
    )
    groups = by_kind[kind or kinds[0]]
    chart, table = st.columns(2, gap="large")
    dark = st.context.theme.type == "dark"
    figure = quality_charts.by_group(groups, KINDS.get(kind or "", kind or "").lower())
    chart.plotly_chart(charts.readable(figure, dark), key="chart-groups", config=charts.CONFIG, alt="Accuracy by group")
    table.dataframe(
        pd.DataFrame([_group_row(each) for each in groups]),
        hide_index=True,
        key="groups",
        alt="Accuracy of every group, the lowest first",
        column_config={
            "Fell by": st.column_config.TextColumn(
                help="Points of accuracy below as long a period before, with the 95 % interval. Above 0: worse."
            ),
            "Scores promised": st.column_config.TextColumn(help="Mean score of the group's judged answers."),
        },
    )


def _group_row(each: GroupAccuracy) -> dict[str, object]:
    fall = each.fall
    return {
        "Group": each.group or "others",
        "Judged": each.accuracy.n,
        "Right": share_with_basis(each.accuracy, with_n=False),
        "Scores promised": percent(each.promised),
        "Fell by": f"{100 * fall.value:.0f} points ({100 * fall.low:.0f} to {100 * fall.high:.0f})" if fall else "–",
    }


def draw_confusions(confusions: Sequence[tuple[str, str, int, Share]]) -> None:
    """What is taken for what most often."""
    if not confusions:
        return
    st.subheader("What is taken for what", anchor=False)
    rows = [
        {"Truth": truth, "Answer": guess or "no guess", "Times": n, "Of the truth": percent(share.value)}
        for truth, guess, n, share in confusions
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="confusions", alt="The most frequent errors", width="content")
