"""One record: its form, its answer in full with what moved it, and whether it was right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st
from pydantic import JsonValue

from core import inference, work
from core.contract import Answer, Prediction
from core.errors import LookoutError
from core.store import OutcomeRow
from core.work import Work
from pages.parts.crime.words import basis, open_line
from pages.parts.shared import answers, fields, logged
from pages.parts.shared.words import moment, percent, plain, sure

ADDRESS = "work"
"""The query parameter that names a work."""
WAY = "crime-way"
"""What a person has to give: the key of the choice above the form."""
ONE_RECORD = "One record"
RECORD = "record"
"""The detail of a work that holds what was asked."""
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
            values = fields.draw(_part(schema, ("datetime", "district", "address", "location_type")), key="record")
        with right:
            values |= fields.draw(_part(schema, ("description", "latitude", "longitude", "domestic")), key="record")
        sent = st.form_submit_button("Get the answer", type="primary")
    if sent:
        _answer(card, values)


def form_schema(card: inference.SystemCard) -> dict[str, Any]:
    """The input's schema as the form needs it: a date is typed as text, districts are those that the version knows."""
    vocabulary = card.metadata.get("inputs", {}).get("words", {})
    parts = dict(card.input_schema.get("properties", {}))
    properties = {}
    for name in FIELDS:
        part = {**parts[name], "title": LABELS.get(name, name.replace("_", " ").capitalize())}
        if name == "datetime":
            part = {"type": "string", "title": part["title"], "description": part.get("description"), "maxLength": 40}
            part["examples"] = ["2014-09-30 23:51"]
        if name == "address":
            part["maxLength"] = fields.LONG_TEXT  # one line
        if name in ("district", "location_type") and vocabulary.get(name):
            part = {"enum": list(vocabulary[name]), "title": part["title"], "description": part.get("description")}
        elif name in ("location_type", "domestic") and not vocabulary.get(name):
            continue  # this version never saw one
        properties[name] = part
    return {"properties": properties, "required": []}


def _part(schema: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {"properties": {name: schema["properties"][name] for name in names if name in schema["properties"]}}


def _fill(schema: Mapping[str, Any], record: Mapping[str, object]) -> None:
    """Set the fields to a record; what a list does not offer stays empty."""
    for name, part in schema["properties"].items():
        value = record.get(name)
        if isinstance(value, bool):
            value = "yes" if value else "no"
        st.session_state[f"record-{name}"] = None if value not in part.get("enum", (value,)) else value


def _answer(card: inference.SystemCard, values: dict[str, Any]) -> None:
    """Answer a record and go to its address; a record that cannot be answered says why beside the form."""
    try:
        record = fields.parsed(values)
        (prediction,) = inference.predict(card.name, [record], source="page")
        if prediction.answer is not None:
            st.query_params[ADDRESS] = _keep(record, prediction).id
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    if prediction.answer is not None:
        st.rerun()
    with st.container(border=True, key="answer"):
        answers.draw_failure(prediction)


def _keep(record: Mapping[str, JsonValue], prediction: Prediction) -> Work:
    """What was asked as a work of its own, done: the log has the answer. Raises StoreUnavailable."""
    details: dict[str, JsonValue] = {RECORD: dict(record), "prediction": prediction.id}
    return work.begin(prediction.system, f"One record: {in_words(record)}", 1, details=details, state="done")


def is_record(item: Work) -> bool:
    """Whether a work is a single record, not a table."""
    return RECORD in item.details


def draw_work(card: inference.SystemCard, item: Work) -> None:
    """A record at its address: the way to change it, and its answer as the log has it."""
    record = item.details[RECORD]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="given"):
        st.markdown("**One record**", width="content")
        st.button(
            "Change", key="change-record", type="tertiary", on_click=_open_form, args=(form_schema(card), record),
            help="The form with this record filled in. This answer stays under Recent work.",
        )  # fmt: skip
        st.button("Another record", key="another-record", type="tertiary", on_click=_open_form)
    try:
        prediction, outcome = logged.from_log(str(item.details["prediction"]))
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    draw_story(card, prediction, record, outcome)


def _open_form(schema: Mapping[str, Any] | None = None, record: Mapping[str, object] | None = None) -> None:
    """Go back to the form; filled in where a record is given."""
    st.query_params.pop(ADDRESS, None)
    st.session_state[WAY] = ONE_RECORD
    if schema is not None and record is not None:
        _fill(schema, record)


def draw_story(
    card: inference.SystemCard,
    prediction: Prediction,
    record: Mapping[str, Any],
    outcome: OutcomeRow | None,
) -> None:
    """An answer in full: the category, how sure, its 90 % set, what moved it, and the truth if somebody knows it.

    record: what was asked about. outcome: the truth that was recorded before, if any.
    """
    with st.container(border=True, key="answer"):
        if prediction.answer is None:
            answers.draw_failure(prediction)
            return
        st.caption(f"Asked: {plain(in_words(record))}.")
        left, right = st.columns(2, gap="large")
        with left:
            draw_verdict(prediction.answer)
            st.markdown("**Was it right?**")
            answers.ask_if_right(
                prediction, card.metadata.get("labels", ()), outcome, lambda _outcome: None
            )  # the log has it; the next drawing reads it there
            if problem := answers.problem_of(prediction):
                st.error(plain(problem))
        with right:
            _draw_reasons(card, prediction, record)
        st.caption(f"Version {plain(prediction.version)}. Prediction id {prediction.id}.")


def in_words(record: Mapping[str, Any]) -> str:
    """A record in one line: what was known when it was asked about."""
    parts = [str(record[name]) for name in TOLD if record.get(name)]
    if record.get("latitude") is not None and record.get("longitude") is not None:
        parts.append(f"{record['latitude']:.4f}°, {record['longitude']:.4f}°")
    return "; ".join(parts)


def draw_verdict(answer: Answer) -> None:
    """The category with how far to trust it. Place and time alone leave much open: that is said, not shouted."""
    set90 = answer.details.get("set90")
    members = [str(category) for category in set90] if isinstance(set90, list) else []
    mode = str(answer.details.get("mode"))
    st.caption("Category of a reported incident")
    st.markdown(f"### {plain(answer.value)}", anchors=False)
    if mode == "coding":
        st.markdown(f"**{sure(answer.score, answer.abstained)}**, {basis(mode)}.")
    else:
        st.markdown(f"**{percent(answer.score)}**, {basis(mode)}. {open_line(len(members))}")
    if line := answers.alternatives_line(answer):
        st.markdown(f"Or: {line}")
    st.markdown(f"90 % set, likeliest first: {', '.join(map(plain, members))}.")


def _draw_reasons(card: inference.SystemCard, prediction: Prediction, record: Mapping[str, Any]) -> None:
    """What moved the answer: it asks the version that answered."""
    try:
        why = inference.explain(card.name, fields.parsed(record), version=prediction.version)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    if not why.contributions:
        st.caption("This answer cannot be taken apart.")
        return
    from pages.parts.crime import incident_charts
    from pages.parts.shared import charts

    parts = {
        incident_charts.shortened(NAMES.get(name, name.removeprefix(WORD))): value
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
    cells = {name: row.get(name) for name in (*FIELDS, "siblings")}
    record: dict[str, Any] = {name: value for name, value in cells.items() if not pd.isna(value)}
    if "datetime" in record:
        record["datetime"] = str(record["datetime"])
    if "siblings" in record:
        record["siblings"] = int(record["siblings"])
    return record


def said_before(outcome: Mapping[str, Any] | None) -> str:
    """What was recorded about a record, in words."""
    if outcome is None:
        return ""
    verdict = "right" if outcome["correct"] else f"wrong, it is {outcome['label']}"
    return f"{verdict} ({moment(outcome['created_at'])})"
