"""Home: what needs attention today, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from core import inference
from core.errors import LookoutError
from core.store import Query, store
from pages.parts.monitoring import attention
from pages.parts.monitoring.attention import Counts, Notice
from pages.parts.shared import versions
from pages.parts.shared.words import ago, counted, moment, number, percent, plain, with_interval
from pages.parts.shell import navigation

TITLE = "Home"
GROUP = ""

REFRESH = timedelta(seconds=20)
DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)


@st.fragment(run_every=REFRESH)
def today() -> None:
    """Everything below the title; it draws itself anew, so that a page left open stays true."""
    now = datetime.now(UTC)
    try:
        bound = inference.SCALES["likely"]
        day, week, month = (store().tallies(Query(since=now - span), bound) for span in (DAY, WEEK, MONTH))
        used = bool(month or store().count(Query()))
    except LookoutError as problem:
        st.error(problem.message)
        return
    cards = inference.catalogue()
    not_ready = inference.not_ready()
    notices = [
        notice
        for card in cards
        for notice in attention.notices(card, Counts.of(day, card.name), Counts.of(month, card.name), not_ready)
    ]
    if used or notices:
        draw_notices(notices)
    if not used:
        draw_first_steps(cards)
    for card in cards:
        latest = next((row["latest"] for row in month if row["system"] == card.name), None)
        with st.container(border=True, key=f"system-{card.name}"):
            draw_state(card, not_ready, latest)
            draw_figures(Counts.of(day, card.name), Counts.of(week, card.name), Counts.of(month, card.name))
    st.caption(f"As of {moment(now)}. It refreshes every {REFRESH.seconds} seconds.")


def draw_notices(notices: list[Notice]) -> None:
    """Problems and warnings, one sentence each; a line that says so when there are none."""
    boxes = {"problem": st.error, "warning": st.warning}
    for level, sentence in dict.fromkeys((notice.level, notice.sentence) for notice in notices):
        boxes[level](sentence)
    if not notices:
        st.success("Nothing needs your attention now.")


def draw_first_steps(cards: list[inference.SystemCard]) -> None:
    """What to do on the first visit."""
    ready = [card for card in cards if card.champion]
    if not ready:
        return
    with st.container(border=True, key="first-steps"):
        st.subheader("Start here", anchor=False)
        st.markdown(
            "1. Open a page under **Analyse** and give it something to answer.\n"
            "2. Beside each answer, say whether it was **right or wrong**.\n"
            "3. Open **Monitoring** to see how many answers there are and how far to trust them."
        )
        navigation.link(navigation.path_of(ready[0].name), "Get the first answer")


def draw_state(card: inference.SystemCard, not_ready: str | None, latest: datetime | None) -> None:
    """What a system answers, whether it can now, and what its version was checked on."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.subheader(card.title, anchor=False, width="content")
            if card.champion is None:
                st.badge("No version in service", color="orange")
            elif not_ready:
                st.badge("Not ready yet", color="gray")
            else:
                st.badge("Ready", color="blue")
        navigation.link(navigation.path_of(card.name), f"Open {card.title}")
    st.markdown(card.question)
    last_answer = f"Last answer {ago(latest)}." if latest else "No answer in the last 30 days."
    st.caption(f"{last_answer} {versions.sentence(card)}" if card.champion else last_answer)


def draw_figures(day: Counts, week: Counts, month: Counts) -> None:
    """Volume, doubts, failures and accuracy, each with what it is a share of."""
    volume, doubts, failures, accuracy = st.columns(4)
    volume.metric("Answers, last 24 hours", number(day.n - day.failed))
    volume.caption(f"{number(week.n - week.failed)} in the last 7 days")
    doubts.metric("Not sure, last 7 days", percent(week.not_sure.value))
    doubts.caption(f"{number(week.unsure)} of {counted(week.n - week.failed, 'answer')}")
    failures.metric("Failed, last 7 days", percent(week.failures.value))
    failures.caption(f"{number(week.failed)} of {counted(week.n, 'request')}")
    accuracy.metric("Right, by feedback of 30 days", percent(month.accuracy.value))
    if month.judged:
        accuracy.caption(plain(with_interval(month.accuracy)))
    else:
        accuracy.caption("Nobody has judged an answer yet")


st.title("Home", anchor=False)
st.markdown("What needs attention today.")
today()
