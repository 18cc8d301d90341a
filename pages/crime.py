"""Crime: records in; categories of reported incidents out, as rows, on a map, over time and against the truth."""

from __future__ import annotations

import streamlit as st

from core import inference
from pages.parts.crime.words import ABOUT, NOT_FOR
from pages.parts.shared import versions
from pages.parts.shared.words import plain

TITLE = "Crime"
GROUP = "Analyse"
ORDER = 20
SYSTEM = "crime"

SECONDS_BETWEEN_LOOKS = 1.0  # at a table that is being answered
WAYS = ("A table", "Pasted rows", "One record")

st.title("Crime", anchor=False)
card = next(card for card in inference.catalogue() if card.name == SYSTEM)
st.markdown(f"{card.question} {ABOUT}")
st.caption(NOT_FOR)
if card.champion is None:
    st.error(
        f"Expected a version of {SYSTEM} in service. Found none. Train one with `python -m core train {SYSTEM}`, "
        "then make it the champion."
    )
    st.stop()

from pages.parts.crime import feedback, intake, record, results  # noqa: E402 - pandas takes a while
from pages.parts.crime.example import one_record  # noqa: E402
from pages.parts.crime.table_desk import TableDesk  # noqa: E402


def draw_intake(desk: TableDesk) -> str:
    """The one thing to do first: give a table, paste rows, or fill in a record; the example beside it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        way = st.segmented_control("What do you have?", WAYS, default=WAYS[0], required=True, key="crime-way")
        if way != WAYS[2]:
            st.button(
                "Try an example",
                on_click=intake.try_example,
                args=(desk, card.metadata),
                help="Invented rows: they show how answers look, not how good answers are.",
            )
    if way == WAYS[0]:
        intake.draw_giving(desk)
    elif way == WAYS[1]:
        intake.draw_pasting(desk)
    if desk.problem:
        st.error(plain(desk.problem))
    return str(way)


def draw_results(desk: TableDesk) -> None:
    """Everything below the intake; while a table is being answered it draws itself anew every second."""
    if busy(desk) != st.session_state["crime-looking"]:
        st.rerun()  # the whole page once more, which begins or ends the looking
    results.draw_run(card, desk)


def busy(desk: TableDesk) -> bool:
    """Whether anything changes by itself."""
    return desk.working or feedback.working()


if "table-desk" not in st.session_state:
    st.session_state["table-desk"] = TableDesk(SYSTEM)
desk: TableDesk = st.session_state["table-desk"]
if problem := inference.not_ready():
    st.info(f"{problem} A table may be given already.")
if draw_intake(desk) == WAYS[2]:
    record.draw_form(card, one_record(card.metadata))
    record.draw_answer(card)
else:
    intake.draw_columns(desk)
    st.session_state["crime-looking"] = busy(desk)
    st.fragment(draw_results, run_every=SECONDS_BETWEEN_LOOKS if st.session_state["crime-looking"] else None)(desk)
st.caption(versions.sentence(card))
