"""The story of one prediction: answer, what else it might be, why it failed, what people said."""

from __future__ import annotations

import streamlit as st
from pydantic import JsonValue

from core.store import LoggedPrediction
from core.written_numbers import significant
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.filters import SOURCES
from pages.parts.shared.words import counted, milliseconds, moment, percent, plain, sure, system_names


def draw(prediction_id: str) -> None:
    """All that the log knows of one prediction: answer, what else it might be, why it failed, what people said."""
    row = shown_log.log().prediction(prediction_id)
    with st.container(border=True, key="story"):
        if row["status"] == "answered":
            st.markdown(f"#### {plain(row['value'] or 'no guess')}", anchors=False)
            st.markdown(f"**{sure(row['score'] or 0.0, bool(row['abstained']))}**")
            if row["reason"]:
                st.markdown(plain(row["reason"]))
            others = ", ".join(
                f"{plain(other['value'])} {percent(other['score'])}" for other in row["alternatives"] or []
            )
            if others:
                st.markdown(f"Probabilities: {others}")
            if row["details"]:
                others = ", ".join(
                    f"{plain(name.replace('_', ' '))}: {_shown(part)}" for name, part in row["details"].items()
                )
                st.markdown(f"It also said: {others}")
        else:
            st.markdown("#### No answer", anchors=False)
            st.markdown(plain(row["error"]))
        _draw_history(row)
        system = system_names().get(row["system"], row["system"])
        source = SOURCES.get(row["source"], row["source"])
        site = f", site {plain(row['site'])}" if row["site"] else ""
        st.caption(
            f"{moment(row['created_at'])} ({row['created_at']:%Y-%m-%d %H:%M:%S} UTC), {plain(system)} "
            f"{plain(row['version'])}, from {plain(source)} by {plain(row['actor'])}{site}, "
            f"{milliseconds(row['latency_ms'])}. The input itself is kept only with consent; its fingerprint is "
            f"{(row['input_hash'] or 'not known')[:12]}."
        )
        st.code(row["id"], language=None)


def _shown(value: JsonValue) -> str:
    """A detail as it is read."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return significant(value) if isinstance(value, float) else plain(value)


def _draw_history(row: LoggedPrediction) -> None:
    if not row["outcomes"]:
        st.markdown("Nobody has said yet whether this was right.")
        return
    st.markdown(f"{counted(len(row['outcomes']), 'judgement')}; the last one counts:")
    for outcome in row["outcomes"]:
        verdict = "right" if outcome["correct"] else f"wrong, it is {outcome['label']}"
        consent = ", photo kept with consent" if outcome["kept_input"] else ""
        st.markdown(f"- {moment(outcome['created_at'])}: {plain(verdict)} ({plain(outcome['actor'])}{consent})")
