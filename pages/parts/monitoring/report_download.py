"""The report on what is shown, as HTML and PDF: made when it is asked for, from the log that the page shows."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import partial

import streamlit as st

from core.store import Store
from pages.parts.monitoring import source
from pages.parts.monitoring.filters import Meant
from pages.parts.shared.words import system_names, viewer_zone

FORMS = {"HTML": ("html", "text/html"), "PDF": ("pdf", "application/pdf")}
HELP = "For whoever answers for the models, three minutes to read: of the system and the period that are chosen."


def draw(meant: Meant) -> None:
    """Two buttons in a row, each with its form."""
    log, zone = source.log(), viewer_zone()
    end = source.now() if source.is_invented() else None
    name = "-".join(filter(None, ("lookout", "invented" if end else "", meant.query.system or "", "report")))
    with st.container(key="report", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Report", help=HELP, width="content")
        for form, (suffix, mime) in FORMS.items():
            file_name = f"{name}.{suffix}"
            st.download_button(
                form,
                data=partial(_written, meant, log, zone, end, file_name),
                file_name=file_name,
                mime=mime,
                on_click="ignore",
                key=f"report-{suffix}",
            )


def _written(meant: Meant, log: Store, zone: tzinfo, end: datetime | None, file_name: str) -> bytes:
    """The report in the form that the file's name asks for. end: of an invented log; None of the real one."""
    from core import reports  # with SciPy and fpdf2: only who asks for a report waits for them

    until = end or datetime.now(UTC)
    facts = reports.read_facts(log, meant.query, until, meant.period, is_invented=end is not None)
    return reports.renderer(file_name)(reports.report_content(facts, system_names(), zone))
