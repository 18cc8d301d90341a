"""What an answer rests on, as far as the log has it: its input, what else it might be, and what decided."""

from __future__ import annotations

from html import escape

import streamlit as st
from pydantic import JsonValue

from core import inference
from core.errors import LookoutError
from core.store import LoggedPrediction
from core.written_numbers import significant
from pages.parts.shared import charts
from pages.parts.shared.answers import name
from pages.parts.shared.words import percent, plain

MAX_BARS = 6
NOT_KEPT = "The input itself is not kept: a photo is only where somebody agreed to it with their feedback."


def draw_alternatives(row: LoggedPrediction) -> None:
    """What it might be, likeliest first, each with a bar as long as its probability."""
    others = (row["alternatives"] or [])[:MAX_BARS]
    if len(others) < 2:
        return
    st.html("".join(_bar(other["value"], other["score"]) for other in others))


def _bar(value: str, score: float) -> str:
    return (
        '<div style="margin:.3rem 0;max-width:26rem"><div style="display:flex;justify-content:space-between;'
        f'font-size:.9rem"><span>{escape(name(value))}</span><span>{escape(percent(score))}</span></div>'
        '<div style="height:8px;background:rgba(128,128,128,.22)">'
        f'<div style="height:8px;width:{100 * min(max(score, 0.0), 1.0):.1f}%;background:#0072B2"></div></div></div>'
    )


def draw_details(row: LoggedPrediction) -> None:
    """What this system alone answers."""
    if row["details"]:
        parts = (f"{plain(name(part))}: {_shown(value)}" for part, value in row["details"].items())
        st.markdown(f"It also said: {', '.join(parts)}")


def draw_input(row: LoggedPrediction) -> None:
    """What is kept of the input: numbers, what it is judged apart by, its fingerprint, a photo with consent."""
    st.markdown("**The input**")
    data = inference.kept_input(row)
    photo = _photo(data) if data else None
    if photo is not None:
        st.image(photo, caption="Kept with consent.", width=320)
    else:
        st.markdown(NOT_KEPT)
    for group, value in (row["groups"] or {}).items():
        st.markdown(f"{plain(name(group)).capitalize()}: {plain(value)}")
    features = {part: value for part, value in (row["features"] or {}).items() if value is not None}
    if features:
        with st.expander(f"Its {len(features)} numbers, as drift is judged by"):
            st.markdown("\n".join(f"- {plain(name(part))}: {significant(value)}" for part, value in features.items()))
    st.markdown(f"Fingerprint `{(row['input_hash'] or 'not known')[:12]}`", help=row["input_hash"])


def draw_explanation(row: LoggedPrediction) -> None:
    """What decided, on demand, where the input was kept."""
    data = inference.kept_input(row) if row["status"] == "answered" else None
    if data is None or not st.toggle("Show what decided", key=f"why-{row['id']}"):
        return
    try:
        why = inference.explain(row["system"], data, version=row["version"])
    except LookoutError as problem:
        st.error(problem.message)
        return
    from pages.parts.shared import pictures

    small = pictures.small(data)
    if why.heat is not None and small is not None:
        st.image(pictures.deciding_region(small, why.heat), caption="Outlined: what decided.", width=320)
    elif why.contributions:
        figure = charts.readable(charts.contributions(why.contributions), st.context.theme.type == "dark")
        st.plotly_chart(figure, key="story-contributions", config=charts.CONFIG, alt="What moved the answer")


def _photo(data: bytes) -> bytes | None:
    """The photo, small; None where it is no photo."""
    from pages.parts.shared import pictures  # Pillow, which other stories do not need

    small = pictures.small(data)
    return None if small is None else pictures.jpeg(small)


def _shown(value: JsonValue) -> str:
    """A detail as it is read."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return significant(value) if isinstance(value, float) else plain(value)
