"""The next answer of the audit sample to judge: what was answered, where to look, and what a person says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core import inference
from core.batch.shards import row_of
from core.errors import LookoutError
from core.inference import audit_judgements
from core.inference.outcomes import kept_input
from core.store import LoggedPrediction, Query
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.filters import SOURCES
from pages.parts.monitoring.log import story
from pages.parts.shared import answers, logged
from pages.parts.shared.words import counted, moment, plain

OFFERED = 50  # an answer that is on the screen stays there while it is among so many that wait
CURRENT, LAST, PROBLEM, STORY = "audit-current", "audit-last", "audit-problem", "audit-story"


def draw(query: Query, waiting: int) -> None:
    """The first of the answers that wait, with the buttons that judge it, and the undo of the last judgement."""
    _draw_last()
    if problem := st.session_state.pop(PROBLEM, None):
        st.error(plain(problem))
    offered = shown_log.log().audit.waiting(query, OFFERED)
    if not offered:
        st.success("Every drawn answer of this period is judged.")
        return
    if st.session_state.get(CURRENT) not in offered:
        st.session_state[CURRENT] = offered[0]
    row = shown_log.log().prediction(st.session_state[CURRENT])
    with st.container(border=True, key="audit-next"):
        st.caption(f"Next to judge; {counted(waiting, 'answer')} wait. They come in an order that chance gave them.")
        _draw_answer(row)
        _draw_buttons(row)
    with st.expander("All that the log knows of this answer", key=STORY, on_change="rerun") as known:
        if known.open:  # a story has charts of its own, for which a page that is opened should not wait
            story.draw(row["id"])


def _draw_answer(row: LoggedPrediction) -> None:
    answer = logged.of_row(row).answer
    if answer is not None:
        answers.draw(answer)
    for name, group in (row["groups"] or {}).items():
        st.caption(f"{plain(name).capitalize()}: {plain(group)}")
    st.markdown(where_to_look(row))
    if content := kept_input(row):
        name = row["input_hash"] or "input"
        st.download_button("Download the input, kept with consent", content, file_name=name, on_click="ignore")


def where_to_look(row: Mapping[str, Any]) -> str:
    """How to find the input of an answer, which the log does not keep."""
    source = SOURCES.get(row["source"], row["source"])
    parts = [f"asked {moment(row['created_at'])} from {plain(source)}"]
    if row["site"]:
        parts.append(f"site {plain(row['site'])}")
    if row["batch"]:
        number = row_of(row["id"], row["batch"])
        parts.append(f"batch {plain(row['batch'])}" + (f", row {number}" if number is not None else ""))
    parts.append(f"fingerprint (sha256) {(row['input_hash'] or 'not known')[:12]}")
    return f"**Where to look:** the log does not hold the input. It was {'; '.join(parts)}."


def _draw_buttons(row: LoggedPrediction) -> None:
    identifier, value = row["id"], row["value"]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if value is not None:
            right = f"Right: it is {plain(answers.name(value))}"
            st.button(right, key=f"audit-right-{identifier}", on_click=_judge, args=(identifier, value))
        truth = _ask_truth(identifier, [label for label in _labels(row["system"]) if label != value])
        wrong = f"Wrong: it is {plain(answers.name(truth))}" if truth else "Wrong: it is ..."
        st.button(wrong, key=f"audit-wrong-{identifier}", disabled=not truth, on_click=_judge, args=(identifier, truth))
        st.button(
            "Cannot tell",
            key=f"audit-unknown-{identifier}",
            help="Says so and moves on. It is counted and reported, neither as right nor as wrong.",
            on_click=_put_aside,
            args=(identifier,),
        )


def _labels(system: str) -> Sequence[str]:
    return next((card.labels for card in inference.catalogue() if card.name == system), ())


def _ask_truth(identifier: str, labels: Sequence[str]) -> str | None:
    key, question = f"audit-truth-{identifier}", "If it is wrong: what is it?"
    if not labels:
        return st.text_input(question, key=key, max_chars=200, width=260) or None
    return st.selectbox(
        question, labels, index=None, placeholder="Choose", key=key, format_func=answers.name, width=260
    )


def _judge(identifier: str, label: str) -> None:
    try:
        outcome = audit_judgements.judge(identifier, label)
    except LookoutError as problem:
        st.session_state[PROBLEM] = problem.message
        return
    verdict = "right" if outcome["correct"] else f"wrong, it is {answers.name(label)}"
    st.session_state[LAST] = (identifier, outcome["id"], verdict)


def _put_aside(identifier: str) -> None:
    try:
        audit_judgements.put_aside(identifier)
    except LookoutError as problem:
        st.session_state[PROBLEM] = problem.message
        return
    st.session_state[LAST] = (identifier, None, "cannot tell")


def _draw_last() -> None:
    if LAST in st.session_state:
        verdict = st.session_state[LAST][2]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"Recorded: **{plain(verdict)}**.", width="content")
            st.button("Undo", key="audit-undo", type="tertiary", on_click=_undo)


def _undo() -> None:
    """Take the last judgement back, and show its answer again."""
    identifier, outcome_id, _ = st.session_state.pop(LAST)
    try:
        if outcome_id is None:
            audit_judgements.take_up(identifier)
        else:
            inference.withdraw(outcome_id)
    except LookoutError as problem:
        st.session_state[PROBLEM] = problem.message
        return
    st.session_state[CURRENT] = identifier
