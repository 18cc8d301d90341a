"""Who is told of alerts, a message that tries it, and what became of each message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from core.alerts.by_hand.trial import TrialDelivery, deliver_trial
from core.alerts.channels.channel import Channel
from core.alerts.channels.configured import channels_of
from core.errors import InvalidSetting, LookoutError
from core.settings import settings
from core.store.alerts import AlertLog, NotificationRow
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.alerts import deciding
from pages.parts.shared import tables
from pages.parts.shared.words import counted, number, plain

MAX_MESSAGES = 500
FORM, OUTCOMES = "alert-trial", "alert-trial-outcomes"
KINDS = {"firing": "Beginning", "resolved": "End"}
WAYS = {"email": "e-mail to"}
STATES = {"waiting": "Waits", "sending": "Being sent", "sent": "Delivered", "failed": "Given up"}
HOW = (
    "Set LOOKOUT_ALERT_EMAIL_TO, LOOKOUT_ALERT_EMAIL_FROM and LOOKOUT_ALERT_SMTP_HOST for e-mail, or "
    "LOOKOUT_ALERT_WEBHOOKS for a webhook of Slack, Teams or your own, and restart; docs/operations.md describes them."
)


def draw_recipients() -> list[Channel]:
    """Who is told, or that nobody is and how to change that; the channels that are set."""
    try:
        channels = channels_of(settings())
    except InvalidSetting as problem:
        st.error(f"Nobody is told of alerts. {plain(problem.message)}")
        return []
    if not channels:
        st.info(f"Nobody is told of alerts: no recipient is set. {plain(HOW)}")
    elif settings().alerts == "off":
        st.warning("This process neither looks at alerts nor tells of them: LOOKOUT_ALERTS is off.")
    else:
        names = ", ".join(plain(_address(each.name, each.recipient)) for each in channels)
        st.markdown(f"Told when an alert begins and ends: {names}.")
    return channels


def draw(channels: Sequence[Channel]) -> None:
    """A trial, and the newest messages."""
    if channels:
        _draw_trial(channels)
    rows = shown_log.log().alerts.outbox.newest(limit=MAX_MESSAGES)
    if not rows:
        st.info("No message was due yet. Each alert that begins or ends leaves one here for each recipient.")
        return
    _draw_given_up([row for row in rows if row["state"] == "failed"])
    st.dataframe(
        frame_of(rows),
        hide_index=True,
        key="alert-messages",
        placeholder="–",
        alt="Messages about alerts, newest first: to whom, whether they were delivered, after how many tries",
        column_config={
            "time": tables.moment_column("Due since"),
            "title": "About",
            "kind": "Tells of",
            "recipient": "To",
            "state": "State",
            "tries": st.column_config.NumberColumn("Tries"),
            "ended": tables.moment_column("Delivered or given up"),
            "problem": st.column_config.TextColumn("Why the last try failed", width="medium"),
        },
    )
    if len(rows) == MAX_MESSAGES:
        st.caption(f"The newest {number(MAX_MESSAGES)} are shown.")


def frame_of(rows: Sequence[NotificationRow]) -> pd.DataFrame:
    """The messages as they are read; recipients as the channels write them, without any secret."""
    created, ended = (
        pd.Series([row[name] for row in rows], dtype="datetime64[us, UTC]") for name in ("created_at", "ended_at")
    )
    return pd.DataFrame(
        {
            "time": tables.local(created),
            "title": [row["content"].get("title", row["rule"]) for row in rows],
            "kind": [KINDS.get(row["kind"], row["kind"]) for row in rows],
            "recipient": [_address(row["channel"], row["recipient"]) for row in rows],
            "state": [STATES[row["state"]] for row in rows],
            "tries": [row["tries"] for row in rows],
            "ended": tables.local(ended),
            "problem": [row["problem"] for row in rows],
        }
    )


def _address(channel: str, recipient: str) -> str:
    """Who gets a message, and by which way: "e-mail to night@example.org", "webhook slack hooks.slack.com 1f0c33ab"."""
    return f"{WAYS.get(channel, channel)} {recipient}"


def _draw_trial(channels: Sequence[Channel]) -> None:
    with st.popover("Send a test message", key=f"{FORM}-open"):
        st.markdown(f"It goes to {counted(len(channels), 'recipient')} at once, and says that nothing is wrong.")
        with st.form(FORM, border=False):
            deciding.name_field(FORM)
            st.form_submit_button("Send it now", on_click=_send_trial, args=(channels,))
        deciding.draw_problem(FORM)
    outcomes: Sequence[TrialDelivery] = st.session_state.get(OUTCOMES, ())
    for outcome in outcomes:
        to = plain(_address(outcome.channel, outcome.recipient))
        if outcome.problem is None:
            st.success(f"The test message was taken: {to}.")
        else:
            st.error(f"The test message was not taken: {to}. {plain(outcome.problem)}")


def _send_trial(channels: Sequence[Channel]) -> None:
    st.session_state.pop(OUTCOMES, None)

    def send(_log: AlertLog, actor: str, now: datetime) -> None:
        with st.spinner("Sending the test message"):
            st.session_state[OUTCOMES] = deliver_trial(channels, actor, now)

    deciding.decide(FORM, send)


def _draw_given_up(rows: Sequence[NotificationRow]) -> None:
    if rows:
        st.warning(f"{counted(len(rows), 'message was', 'messages were')} given up after many tries.")
        st.button("Try them again", on_click=_try_again, args=([row["id"] for row in rows],))


def _try_again(identifiers: Sequence[str]) -> None:
    try:
        log = shown_log.log().alerts
        for identifier in identifiers:
            log.outbox.try_again(identifier, log.now())
    except LookoutError as problem:
        st.error(plain(problem.message))
