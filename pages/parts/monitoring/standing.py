"""What is wrong now, since when and what to do: the alerts that fire; and whether anybody looks at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from core.alerts.overview import AlertOverview, edited_rules, overview
from core.alerts.texts import figure, labels_in_words
from core.errors import LookoutError
from core.settings import settings
from pages.parts.monitoring import filters, source
from pages.parts.shared.words import ago, counted, moment, plain, system_names

REFRESH = timedelta(seconds=10)
MAX_SHOWN = 3  # alerts that stand above the figures; the tab has them all
MISSED = 3  # evaluations after whose time it is said that nobody looks


@st.fragment(run_every=REFRESH)
def draw() -> None:
    """The alerts that fire, worst first, or how many rules were looked at in vain."""
    try:
        log = source.log().alerts
        now = source.time_of_alerts()
        rules, _problems = edited_rules(log)
        lines = overview(log, rules, now)
    except LookoutError as problem:
        st.error(f"Alerts could not be looked up. {plain(problem.message)}")
        return
    firing = [line for line in lines if line.stage == "firing"]
    for line in firing[:MAX_SHOWN]:
        _draw_alert(line, now)
    if len(firing) > MAX_SHOWN:
        st.markdown(f"And {counted(len(firing) - MAX_SHOWN, 'further alert')}.")
    if firing and st.button("Show all alerts", on_click=_show_alerts, type="tertiary"):
        st.rerun()  # the whole page, for the tabs lie outside of this fragment
    _draw_looked_at(lines, now, anything=bool(firing))


def sentence(line: AlertOverview) -> str:
    """What an alert is about, how much it measured, and how sure that is; Markdown."""
    state = line.state
    if state is None:
        return "not measured yet"
    system = state.labels.get("system")
    title = system_names().get(system, system) if system else None
    where = labels_in_words({name: value for name, value in state.labels.items() if name != "system"}, "")
    parts = ", ".join(part for part in (title, where) if part) or "this machine"
    if state.reading is None:
        return plain(f"{parts}: not measured")
    reading = state.reading
    return plain(f"{parts}: {figure(line.rule.measure, reading.value, reading.low, reading.high, reading.n)}")


def _draw_alert(line: AlertOverview, now: datetime) -> None:
    box = st.error if line.rule.severity == "critical" else st.warning
    since = line.state.began_at or line.state.since if line.state else None
    begun = f" Since {moment(since)}, {ago(since, now)}." if since else ""
    looked_after = f" {plain(line.acknowledged_by)} looks after it." if line.acknowledged_by else ""
    box(f"**{plain(line.rule.title)}.** {sentence(line)}.{begun}{looked_after} {plain(line.rule.advice)}")


def _draw_looked_at(lines: Sequence[AlertOverview], now: datetime, anything: bool) -> None:
    """How many rules were looked at, and when; a calm page only if somebody did."""
    enabled = [line for line in lines if line.rule.enabled]
    times = [line.state.evaluated_at for line in enabled if line.state]
    latest = max(times, default=None)
    limit = timedelta(seconds=MISSED * settings().alert_seconds)
    rules = {line.rule.name: line.rule for line in enabled}
    measured = {line.rule.name for line in enabled if line.state and line.state.reading}
    unknown = [rule.title.lower() for name, rule in rules.items() if name not in measured]
    without = f" Not measured, for want of data: {', '.join(unknown)}." if unknown else ""
    if latest is None or now - latest > limit:
        when = f"since {moment(latest)}, {ago(latest, now)}" if latest else "yet"
        reason = " LOOKOUT_ALERTS is off." if settings().alerts == "off" else ""
        st.warning(f"Nobody has looked at the alerts {when}.{reason} `python -m core monitor check` does it once.")
    elif not anything:
        looked_at = f"{counted(len(measured), 'rule')} of {len(rules)} measured {ago(latest, now)}."
        st.success(f"No alert fires. {looked_at}")
        if without:
            st.caption(without.strip())
    else:
        st.caption(f"{counted(len(measured), 'rule')} of {len(rules)} measured {ago(latest, now)}.{without}")


def _show_alerts() -> None:
    st.session_state[filters.TAB] = "Alerts"
