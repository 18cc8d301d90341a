"""Home, the duty desk: what needs attention, what goes on and was given lately, and the way into each system."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import streamlit as st

from core import inference
from core.errors import LookoutError
from pages.parts.monitoring import attention, examples, tallies
from pages.parts.monitoring.attention import Counts, Notice, Review
from pages.parts.monitoring.tallies import Tallies
from pages.parts.shared import versions
from pages.parts.shared.words import ago, counted, moment, number, plain
from pages.parts.shell import navigation, recent_work

TITLE = "Home"
GROUP = ""

REFRESH, REFRESH_TILES = timedelta(seconds=20), timedelta(minutes=1)
MAX_RECENT = 8  # works in the list
MAX_UNFOLDED = 3  # of them, so that the tiles begin on the first screen
ORDER_OF_LEVELS = ("problem", "warning")
LOOKED_AT = "Looked at: versions in service, failures, doubts and unlike inputs of 24 hours, feedback of 30 days."


@st.fragment(run_every=REFRESH)
def draw_attention() -> None:
    """What needs a person now; it draws itself anew, so that a page left open stays true."""
    try:
        counts = tallies.read()
        cards = inference.catalogue()
        not_ready = inference.not_ready()
        reviews = [
            attention.review(
                card,
                Counts.of(counts.day, card.name),
                Counts.of(counts.month, card.name),
                not_ready,
                {site: share for (system, site), share in counts.unlike.items() if system == card.name},
            )
            for card in cards
        ]
        draw_notices(reviews, counts, can_answer=any(card.champion for card in cards))
    except LookoutError as problem:
        st.error(f"What needs attention could not be looked up. {plain(problem.message)}")


def draw_notices(reviews: list[Review], counts: Tallies, *, can_answer: bool) -> None:
    """Problems and warnings with the way to their cases; that all is well only where that was looked at."""
    distinct = dict.fromkeys(notice for review in reviews for notice in review.notices)
    notices = sorted(distinct, key=lambda notice: ORDER_OF_LEVELS.index(notice.level))
    for index, notice in enumerate(notices):
        draw_notice(notice, index)
    unknown = [sentence for review in reviews for sentence in review.unknown]
    if not notices and counts.used:
        st.success("Nothing needs your attention now.")
    if counts.used:
        too_few = f" Too few judged to tell how often they are right: {'; '.join(unknown)}." if unknown else ""
        st.caption(f"{LOOKED_AT}{too_few} As of {moment(counts.counted_at)}.")
    elif can_answer:
        st.info("**Start here:** try one of the examples below, then say beside the answer whether it was right.")


def draw_notice(notice: Notice, index: int) -> None:
    """A sentence, since when, and a link to the cases."""
    box = {"problem": st.error, "warning": st.warning}[notice.level]
    if notice.cases is None:
        box(notice.sentence)
        return
    first = tallies.since(notice.cases)
    begun = f" The first of them: {moment(first)}, {ago(first)}." if first else ""
    with st.container(key=f"notice-{index}", horizontal=True, vertical_alignment="center", gap="small"):
        box(f"{notice.sentence}{begun}", width="stretch")
        draw_link_to_cases(notice)


def draw_link_to_cases(notice: Notice) -> None:
    """Monitoring with the filters set."""
    page, cases = st.session_state.get("pages", {}).get("monitoring"), notice.cases
    if page is None or cases is None:
        return
    title = next((card.title for card in inference.catalogue() if card.name == cases.system), cases.system)
    period = tallies.period_name(cases.period)
    chosen = {"tab": "Log", "log-system": title, "log-show": cases.shown, "log-period": period}
    label = f"Show the {'wrong answers' if cases.shown == 'Wrong' else cases.shown.lower() + ' ones'}"
    st.page_link(page, label=f"**{label}**", icon=":material/arrow_forward:", query_params=chosen, width="content")


@st.fragment(run_every=REFRESH_TILES)
def draw_systems() -> None:
    """A tile for each system."""
    counts: Tallies | None = None
    with suppress(LookoutError):  # said above
        counts = tallies.read()
    cards, not_ready = navigation.by_menu(inference.catalogue()), inference.not_ready()
    for column, card in zip(st.columns(max(len(cards), 1)), cards, strict=False):
        with column, st.container(border=True, key=f"system-{card.name}", height="stretch"):
            draw_tile(card, not_ready, counts)


def draw_tile(card: inference.SystemCard, not_ready: str | None, counts: Tallies | None) -> None:
    """What a system answers, an answer as an example, how it did lately, and the way in."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(card.title, anchor=False, width="content")
        if card.champion is None:
            st.badge("No version in service", color="orange")
        else:
            st.badge("Not ready yet" if not_ready else "Ready", color="gray" if not_ready else "blue")
    st.markdown(card.question)
    examples.draw(card)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        navigation.link(navigation.path_of(card.name), "Try it" if card.champion else "What to do")
        if card.champion:
            st.caption(f"Version {plain(card.champion)}", help=versions.sentence(card), width="content")
    if counts is not None:
        draw_figures(card, counts)


def draw_figures(card: inference.SystemCard, counts: Tallies) -> None:
    """Volume and accuracy, each with what it is of; small numbers as numbers."""
    day, week, month = (Counts.of(rows, card.name) for rows in (counts.day, counts.week, counts.month))
    latest: datetime | None = next((row["latest"] for row in counts.month if row["system"] == card.name), None)
    if latest is None:
        st.caption("No answer in the last 30 days.")
        return
    with st.container(horizontal=True, wrap=False, gap="small"):
        with st.container(gap="xxsmall"):
            st.metric("Answers, 24 hours", number(day.n - day.failed), help="Failed requests are not counted here.")
            st.caption(
                f"{number(week.n - week.failed)} in 7 days, {counted(week.failed, 'failure')}. Last: {ago(latest)}."
            )
        with st.container(gap="xxsmall"):
            st.metric(
                "Right, 30 days",
                attention.share_text(month.accuracy),
                help="By feedback: of the answers that somebody judged. People judge what catches their eye.",
            )
            st.caption(attention.basis_text(month.accuracy))


st.title("Home", anchor=False)
draw_attention()
recent_work.draw(None, MAX_RECENT, MAX_UNFOLDED)
draw_systems()
