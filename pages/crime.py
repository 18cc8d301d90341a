"""Crime: records in; categories of reported incidents out, as rows, on a map, over time and against the truth."""

from __future__ import annotations

import streamlit as st

from core import inference, work
from core.errors import LookoutError
from pages.parts.crime.words import ABOUT, NOT_FOR
from pages.parts.shared import versions
from pages.parts.shared.words import plain
from pages.parts.shell import in_service, navigation, recent_work

TITLE = "Crime"
GROUP = "Analyse"
ORDER = 20
SYSTEM = "crime"

SECONDS_BETWEEN_LOOKS = 1.0  # at a table that is being answered
A_TABLE, PASTED_ROWS, ONE_RECORD = WAYS = ("A table", "Pasted rows", "One record")
RECENT = 8  # works below the intake
LOOKING = "crime-looking"

st.title("Crime", anchor=False)
card = in_service.card_of(SYSTEM)

from pages.parts.crime import feedback, record, results, table_desk  # noqa: E402 - pandas takes a while
from pages.parts.crime.example import one_record  # noqa: E402
from pages.parts.crime.intake import columns, giving  # noqa: E402
from pages.parts.crime.table_desk import TableRun  # noqa: E402


def draw_intake() -> None:
    """The one thing to do first: give a table, paste rows, or fill in a record; the example beside it."""
    st.markdown(f"{card.question} {ABOUT}")
    st.caption(NOT_FOR)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.session_state.setdefault(record.WAY, A_TABLE)
        way = st.segmented_control("What do you have?", WAYS, required=True, key=record.WAY)
        if way != ONE_RECORD:
            st.button(
                "Try an example",
                on_click=giving.try_example,
                args=(card.metadata,),
                help="Invented rows: they show how answers look, not how good answers are.",
            )
    if way == ONE_RECORD:
        record.draw_form(card, one_record(card.metadata))
    elif way == PASTED_ROWS:
        giving.draw_pasting()
    else:
        giving.draw_file()
    giving.draw_problem()
    recent_work.draw(SYSTEM, RECENT)


def draw_work(identifier: str) -> None:
    """A table or a record at its address."""
    try:
        item = work.find(identifier)
    except LookoutError as problem:
        st.error(plain(problem.message))
        st.button("Give a table", on_click=giving.close_table)
        return
    is_record = record.is_record(item)
    navigation.name_tab(f"{TITLE}: {item.title if is_record else TableRun(item).name}")
    if item.removed_at:
        recent_work.draw_removed(item)
    if is_record:
        record.draw_work(card, item)
    else:
        draw_table(TableRun(item))
    st.caption(NOT_FOR)


def draw_table(run: TableRun) -> None:
    """A table: its columns before it is answered, what came of it afterwards."""
    if run.started:
        looking = st.session_state[LOOKING] = busy(run)
        st.fragment(draw_results, run_every=SECONDS_BETWEEN_LOOKS if looking else None)(run.id)
    else:
        giving.draw_line(run, changeable=False)
        columns.draw(card, run)


def draw_results(identifier: str) -> None:
    """What came of a table; while it is being answered this draws itself anew every second."""
    try:
        run = table_desk.of(identifier)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    if st.query_params.get(table_desk.ADDRESS) != identifier or busy(run) != st.session_state[LOOKING]:
        st.rerun()  # the whole page: another address was chosen above the answers, or the looking begins or ends
    results.draw_run(card, run)


def busy(run: TableRun) -> bool:
    """Whether anything changes by itself."""
    return run.work.running or feedback.working(run)


if problem := inference.not_ready():
    st.info(f"{problem} A table may be given already.")
if identifier := st.query_params.get(table_desk.ADDRESS):
    draw_work(identifier)
else:
    draw_intake()
st.caption(versions.sentence(card))
