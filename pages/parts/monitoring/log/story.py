"""The story of one answer: what it was, how sure, why, what people said since, and where it came from."""

from __future__ import annotations

import streamlit as st

from core import inference
from core.contract import Prediction
from core.errors import LookoutError
from core.store import LoggedPrediction, OutcomeRow
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.log import evidence, moment_shown, trace
from pages.parts.shared import answers, logged
from pages.parts.shared.words import counted, moment, plain

OWN = "log-own-judgements"  # ids of what this session recorded, which it may take back


def draw_or_refuse(prediction_id: str) -> None:
    """The story, or why there is none."""
    try:
        draw(prediction_id)
    except LookoutError as problem:
        st.error(plain(problem.message))
        st.button("Back to the log", on_click=moment_shown.open_answer, args=(None,))


def draw(prediction_id: str) -> None:
    """All that the log knows of one prediction."""
    row = shown_log.log().prediction(prediction_id)
    prediction = logged.of_row(row)
    with st.container(border=True, key="story"):
        _draw_head(row)
        left, right = st.columns([3, 2], gap="large")
        with left:
            _draw_answer(row, prediction)
            evidence.draw_explanation(row)
            _draw_history(row, prediction)
        with right:
            evidence.draw_input(row)
            trace.draw(row)


def _draw_head(row: LoggedPrediction) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**The story of one answer**, {moment(row['created_at'])}", width="content")
        st.button("Close", on_click=_close, type="tertiary", help="The address of this page leads to this story.")


def _close() -> None:
    moment_shown.open_answer(None)
    moment_shown.let_go()


def _draw_answer(row: LoggedPrediction, prediction: Prediction) -> None:
    """The answer with all that else it may be, as bars; or why there is none."""
    if prediction.answer is None:
        answers.draw_failure(prediction)
        return
    answers.draw(prediction.answer.model_copy(update={"alternatives": ()}))
    evidence.draw_alternatives(row)
    if prediction.answer.reason and not answers.is_unsure(prediction.answer):
        st.markdown(plain(prediction.answer.reason))
    evidence.draw_details(row)


def _draw_history(row: LoggedPrediction, prediction: Prediction) -> None:
    """What people said, the last of which counts, and what this person has to say."""
    st.markdown("**Was it right?**")
    for outcome in row["outcomes"]:
        verdict = "right" if outcome["correct"] else f"wrong, it is {answers.name(outcome['label'])}"
        consent = ", photo kept with consent" if outcome["kept_input"] else ""
        st.markdown(f"- {moment(outcome['created_at'])}: {plain(verdict)} ({plain(outcome['actor'])}{consent})")
    if not row["outcomes"]:
        st.markdown("Nobody has said yet whether this was right.")
    elif len(row["outcomes"]) > 1:
        st.markdown(f"{counted(len(row['outcomes']), 'judgement')}; the last one counts.")
    last = row["outcomes"][-1] if row["outcomes"] else None
    labels = next((card.labels for card in inference.catalogue() if card.name == row["system"]), ())
    if shown_log.is_invented():
        st.caption("An invented answer is not judged.")
        return
    answers.ask_if_right(prediction, labels, last, _remember)
    if problem := answers.problem_of(prediction):
        st.error(problem)
    if last is not None and last["id"] in st.session_state.get(OWN, ()):
        st.button("Undo my judgement", key=f"undo-{last['id']}", on_click=_undo, args=(last["id"],), type="tertiary")


def _remember(outcome: OutcomeRow) -> None:
    st.session_state[OWN] = {*st.session_state.get(OWN, ()), outcome["id"]}


def _undo(outcome_id: str) -> None:
    inference.withdraw(outcome_id)
