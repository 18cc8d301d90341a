"""Crime: records in; categories of reported incidents out, as rows, on a map, over time and against the truth."""

from __future__ import annotations

import streamlit as st

from core import inference
from pages.parts import versions
from pages.parts.crime_words import ABOUT, NOT_FOR
from pages.parts.words import plain

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

from pages.parts import crime_feedback, crime_intake, crime_record, crime_results  # noqa: E402 - pandas takes a while
from pages.parts.crime_example import one_record  # noqa: E402
from pages.parts.table_desk import TableDesk  # noqa: E402


def draw_intake(desk: TableDesk) -> str:
    """The one thing to do first: give a table, paste rows, or fill in a record; the example beside it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        way = st.segmented_control("What do you have?", WAYS, default=WAYS[0], required=True, key="crime-way")
        if way != WAYS[2]:
            st.button(
                "Try an example",
                on_click=crime_intake.try_example,
                args=(desk, card.metadata),
                help="Invented rows: they show how answers look, not how good answers are.",
            )
    if way == WAYS[0]:
        crime_intake.draw_giving(desk)
    elif way == WAYS[1]:
        crime_intake.draw_pasting(desk)
    if desk.problem:
        st.error(plain(desk.problem))
    return str(way)


def draw_results(desk: TableDesk) -> None:
    """Everything below the intake; while a table is being answered it draws itself anew every second."""
    if busy(desk) != st.session_state["crime-looking"]:
        st.rerun()  # the whole page once more, which begins or ends the looking
    crime_results.draw_run(card, desk)


def busy(desk: TableDesk) -> bool:
    """Whether anything changes by itself."""
    return desk.working or crime_feedback.working()


if "table-desk" not in st.session_state:
    st.session_state["table-desk"] = TableDesk(SYSTEM)
desk: TableDesk = st.session_state["table-desk"]
if problem := inference.not_ready():
    st.info(f"{problem} A table may be given already.")
if draw_intake(desk) == WAYS[2]:
    crime_record.draw_form(card, one_record(card.metadata))
    crime_record.draw_answer(card)
else:
    crime_intake.draw_columns(desk)
    st.session_state["crime-looking"] = busy(desk)
    st.fragment(draw_results, run_every=SECONDS_BETWEEN_LOOKS if st.session_state["crime-looking"] else None)(desk)
st.caption(versions.sentence(card))
