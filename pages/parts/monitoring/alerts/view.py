"""The tab Alerts: who is told; then what fires with every rule, the history, or the messages that were sent."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.alerts.by_hand import editing
from core.alerts.overview import AlertOverview, edited_rules, overview
from core.errors import LookoutError
from pages.parts.monitoring import figures
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.alerts import alert_table, deciding, deliveries, history, open_alerts, rule_panel
from pages.parts.monitoring.filters import Meant
from pages.parts.shared.words import plain, system_names

VIEW = "alert-view"
VIEWS = ("Alerts and rules", "History", "Messages")


def draw(meant: Meant) -> None:
    """Every rule with its state, worst first, of the chosen system and of what concerns none."""
    channels = deliveries.draw_recipients()
    view = st.segmented_control("View", VIEWS, default=VIEWS[0], required=True, key=VIEW, bind="query-params")
    try:
        if view == "Messages":
            deliveries.draw(channels)
        elif view == "History":
            rules, _ = edited_rules(shown_log.log().alerts)
            history.draw({rule.name: rule for rule in rules}, meant.query.system, meant.period)
        else:
            _draw_open(meant.query.system)
            _draw_rules()
    except LookoutError as problem:
        st.error(plain(problem.message))


@st.fragment(run_every=figures.REFRESH)
def _draw_open(system: str | None) -> None:
    """What fires, and the table of all; both draw themselves anew, in place."""
    deciding.rerun_if_changed()
    log = shown_log.log().alerts
    rules, problems = edited_rules(log)
    lines = _of_system(overview(log, rules, shown_log.time_of_alerts()), system)
    for name, problem in problems.items():
        st.warning(f"The change of the rule {plain(name)} makes no sense and is left out. {plain(problem)}")
    open_alerts.draw(lines)
    if not any(line.stage in ("firing", "pending") for line in lines):
        st.markdown("No alert fires or waits to fire.")
    narrowed = f" of {plain(system_names().get(system, system))}" if system else ""
    st.subheader(f"Every rule{narrowed}", anchor=False)
    alert_table.draw(lines)


@st.fragment
def _draw_rules() -> None:
    """One rule, and what can be done with it; not drawn anew by itself, so that nothing moves while somebody types."""
    deciding.rerun_if_changed()
    log = shown_log.log().alerts
    rules, _ = edited_rules(log)
    st.subheader("One rule", anchor=False)
    rule_panel.draw(rules, overview(log, rules, shown_log.time_of_alerts()), editing.edits(log))


def _of_system(lines: Sequence[AlertOverview], system: str | None) -> list[AlertOverview]:
    """The alerts of a system and those of none, such as the disk's."""
    labels = [line.state.labels if line.state else {} for line in lines]
    return [line for line, each in zip(lines, labels, strict=True) if system in (None, each.get("system", system))]
