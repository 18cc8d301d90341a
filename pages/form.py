"""The form page: any system without a page of its own, drawn from what its input says about itself."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import inference
from core.contract import Prediction
from core.errors import LookoutError
from pages.parts.shared import answers, fields, versions
from pages.parts.shell import in_service

TITLE = "Form"
GROUP = "Analyse"


def ask(card: inference.SystemCard) -> None:
    """One field per input, and the button that answers."""
    with st.form(f"form-{card.name}", enter_to_submit=True):
        instance = fields.draw(card.input_schema, key=card.name)
        sent = st.form_submit_button("Get the answer", type="primary")
    if not sent:
        return
    try:
        record = fields.parsed(instance)
        (prediction,) = inference.predict(card.name, [record], source="page")
    except LookoutError as problem:
        st.error(problem.message)
        return
    st.session_state[f"answer-{card.name}"] = {"prediction": prediction, "given": record, "outcome": None}


def draw_answer(card: inference.SystemCard) -> None:
    """The last answer of this visit, how sure it is, why, and whether it was right."""
    state = st.session_state.get(f"answer-{card.name}")
    if state is None:
        st.caption("The answer appears here, with how sure it is.")
        return
    prediction: Prediction = state["prediction"]
    with st.container(border=True, key="answer"):
        if prediction.answer is None:
            answers.draw_failure(prediction)
            return
        answers.draw(prediction.answer)
        draw_reasons(card, state)
        answers.ask_if_right(prediction, card.labels, state["outcome"], lambda outcome: state.update(outcome=outcome))
        if problem := answers.problem_of(prediction):
            st.error(problem)
        st.caption(f"Version {prediction.version}. Prediction id {prediction.id}.")


def draw_reasons(card: inference.SystemCard, state: dict[str, Any]) -> None:
    """What moved the answer, on demand."""
    if not st.toggle("Show what decided", key=f"why-{state['prediction'].id}"):
        return
    try:
        why = inference.explain(card.name, state["given"], version=state["prediction"].version)
    except LookoutError as problem:
        st.error(problem.message)
        return
    if not why.contributions:
        st.caption("This system does not say how much each input moved the answer.")
        return
    from pages.parts.shared import charts

    st.plotly_chart(
        charts.readable(charts.contributions(why.contributions), st.context.theme.type == "dark"),
        key=f"contributions-{card.name}",
        config=charts.CONFIG,
        alt="How far each input moved the answer",
    )


name = st.session_state.get("system")
card = next((card for card in inference.catalogue() if card.name == name), None)
if card is None:
    st.title("Form", anchor=False)
    st.info("Choose a system in the menu.")
    st.stop()
st.title(card.title, anchor=False)
in_service.card_of(card.name)
st.markdown(card.question)
ask(card)
draw_answer(card)
st.caption(versions.sentence(card))
