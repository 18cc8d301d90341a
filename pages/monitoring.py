"""Monitoring: what is wrong and since when, and how often, how surely and how fast a period was answered."""

from __future__ import annotations

import streamlit as st

from core.errors import LookoutError
from pages.parts.monitoring import figures, filters, invented, report_download, standing
from pages.parts.monitoring.alerts import view as alerts
from pages.parts.monitoring.drift import view as drift
from pages.parts.monitoring.log import view as log
from pages.parts.monitoring.quality import view as quality
from pages.parts.monitoring.service import view as service

TITLE = "Monitoring"
GROUP = "Watch"
ORDER = 10

TABS = {
    "Quality": quality.draw,
    "Drift": drift.draw,
    "Service": service.draw,
    "Alerts": alerts.draw,
    "Log": log.draw,
}

st.title("Monitoring", anchor=False)
st.markdown("Can the models still be trusted: what is wrong, since when, and what to do.")
try:
    invented.draw()
    standing.draw()
    meant = filters.choose()
except LookoutError as problem:
    st.error(problem.message)
    st.stop()
report_download.draw(meant)
figures.draw(meant)
tab = st.segmented_control(
    "Part", list(TABS), default="Quality", required=True, key=filters.TAB, bind="query-params",
    label_visibility="collapsed", width="stretch",
)  # fmt: skip
TABS[tab or "Quality"](meant)
