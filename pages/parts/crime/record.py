"""One record: its form, its answer in full with what moved it, and whether it was right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core import inference
from core.contract import Answer, Prediction
from core.errors import LookoutError
from pages.parts.crime.words import basis, open_line
from pages.parts.shared import answers, fields
from pages.parts.shared.words import moment, percent, plain, sure

FIELDS = ("datetime", "latitude", "longitude", "district", "address", "location_type", "domestic", "description")
LABELS = {
    "datetime": "Date and time, on the city's clock",
    "description": "Offence text, in the officer's words",
    "address": "Block or crossing",
    "location_type": "Kind of place",
    "domestic": "Filed as domestic",
}
TOLD = ("description", "datetime", "district", "address", "location_type")
NAMES = {
    "datetime": "date and time",
    "address": "block or crossing",
    "place": "coordinates",
    "siblings": "rows of the same incident",
    "description": "offence text",
    "location_type": "kind of place",
    "domestic": "filed as domestic",
}
"""Inputs as an explanation names them."""
WORD = "description: "  # before each word of an offence text


def draw_form(card: inference.SystemCard, example: Mapping[str, Any]) -> None:
    """The fields of one record; those of the version's districts as a list."""
    schema = form_schema(card)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Try an example record", on_click=_fill, args=(schema, example), help="An invented record.")
        st.caption("A date and time or an offence text is needed; the rest narrows the answer.")
    with st.form("record", enter_to_submit=True):
        left, right = st.columns(2, gap="large")
        with left:
            given = fields.draw(_part(schema, ("datetime", "district", "address", "location_type")), key="record")
        with right:
            given |= fields.draw(_part(schema, ("description", "latitude", "longitude", "domestic")), key="record")
        sent = st.form_submit_button("Get the answer", type="primary")
    if sent:
        _answer(card, given)


def form_schema(card: inference.SystemCard) -> dict[str, Any]:
    """The input's schema as the form needs it: a date is typed as text, districts are those that the version knows."""
    known = card.metadata.get("inputs", {}).get("words", {})
    parts = dict(card.input_schema.get("properties", {}))
    made = {}
    for name in FIELDS:
        part = {**parts[name], "title": LABELS.get(name, name.replace("_", " ").capitalize())}
        if name == "datetime":
            part = {"type": "string", "title": part["title"], "description": part.get("description"), "maxLength": 40}
            part["examples"] = ["2014-09-30 23:51"]
        if name == "address":
            part["maxLength"] = fields.LONG_TEXT  # one line
        if name in ("district", "location_type") and known.get(name):
            part = {"enum": list(known[name]), "title": part["title"], "description": part.get("description")}
        elif name in ("location_type", "domestic") and not known.get(name):
            continue  # this version never saw one
        made[name] = part
    return {"properties": made, "required": []}


def _part(schema: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {"properties": {name: schema["properties"][name] for name in names if name in schema["properties"]}}


def _fill(schema: Mapping[str, Any], example: Mapping[str, Any]) -> None:
    for name in schema["properties"]:
        if name in example:
            st.session_state[f"record-{name}"] = example[name]


def _answer(card: inference.SystemCard, given: dict[str, Any]) -> None:
    try:
        (prediction,) = inference.predict(card.name, [fields.parsed(given)], source="page")
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    st.session_state["record-answer"] = {"prediction": prediction, "given": given, "outcome": None}


def draw_answer(card: inference.SystemCard) -> None:
    """The last answer of this visit to a single record."""
    kept = st.session_state.get("record-answer")
    if kept is None:
        st.caption("The answer appears here, with the categories that stay open.")
        return
    remember: Callable[[dict[str, Any]], None] = lambda outcome: kept.update(outcome=outcome)  # noqa: E731
    draw_story(card, kept["prediction"], kept["given"], kept["outcome"], remember)


def draw_story(
    card: inference.SystemCard,
    prediction: Prediction,
    given: Mapping[str, Any],
    outcome: dict[str, Any] | None,
    remember: Callable[[dict[str, Any]], None],
) -> None:
    """An answer in full: the category, how sure, its 90 % set, what moved it, and the truth if somebody knows it.

    given: the record as it was asked; outcome: what was said of it before, if anything.
    """
    with st.container(border=True, key="answer"):
        if prediction.answer is None:
            answers.draw_failure(prediction)
            return
        st.caption(f"Asked: {plain(told(given))}.")
        left, right = st.columns(2, gap="large")
        with left:
            draw_verdict(prediction.answer)
            st.markdown("**Was it right?**")
            answers.ask_if_right(prediction, card.metadata.get("labels", ()), outcome, remember)
            if problem := answers.problem_of(prediction):
                st.error(plain(problem))
        with right:
            _draw_reasons(card, prediction, given)
        st.caption(f"Version {plain(prediction.version)}. Prediction id {prediction.id}.")


def told(given: Mapping[str, Any]) -> str:
    """A record in one line: what was known when it was asked about."""
    parts = [str(given[name]) for name in TOLD if given.get(name)]
    if given.get("latitude") is not None and given.get("longitude") is not None:
        parts.append(f"{given['latitude']:.4f}°, {given['longitude']:.4f}°")
    return "; ".join(parts)


def draw_verdict(answer: Answer) -> None:
    """The category with how far to trust it. Place and time alone leave much open: that is said, not shouted."""
    members = [str(one) for one in answer.details.get("set90", [])]
    mode = str(answer.details.get("mode"))
    st.caption("Category of a reported incident")
    st.markdown(f"#### {plain(answer.value)}", anchors=False)
    if mode == "coding":
        st.markdown(f"**{sure(answer.score, answer.abstained)}**, {basis(mode)}.")
    else:
        st.markdown(f"**{percent(answer.score)}**, {basis(mode)}. {open_line(len(members))}")
    if line := answers.alternatives_line(answer):
        st.markdown(f"Or: {line}")
    st.markdown(f"90 % set, likeliest first: {', '.join(map(plain, members))}.")


def _draw_reasons(card: inference.SystemCard, prediction: Prediction, given: Mapping[str, Any]) -> None:
    """What moved the answer: it asks the version that answered."""
    try:
        why = inference.explain(card.name, fields.parsed(given), version=prediction.version)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    if not why.contributions:
        st.caption("This answer cannot be taken apart.")
        return
    from pages.parts.crime import charts as crime_charts
    from pages.parts.shared import charts

    parts = {
        crime_charts.shortened(NAMES.get(name, name.removeprefix(WORD))): value
        for name, value in why.contributions.items()
    }
    figure = charts.readable(charts.contributions(parts), st.context.theme.type == "dark")
    st.plotly_chart(figure, key=f"why-{prediction.id}", config=charts.CONFIG, alt="How far each input moved the answer")
    st.caption(
        "To the right speaks for the answer, to the left against it. The length is by how much the log-odds of the "
        "answer would change without that input."
    )


def as_record(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a result as the record that was asked about."""
    given = {name: row.get(name) for name in (*FIELDS, "siblings")}
    known = {name: value for name, value in given.items() if not pd.isna(value)}
    if "datetime" in known:
        known["datetime"] = str(known["datetime"])
    if "siblings" in known:
        known["siblings"] = int(known["siblings"])
    return known


def said_before(outcome: Mapping[str, Any] | None) -> str:
    """What was recorded about a record, in words."""
    if outcome is None:
        return ""
    verdict = "right" if outcome["correct"] else f"wrong, it is {outcome['label']}"
    return f"{verdict} ({moment(outcome['created_at'])})"
