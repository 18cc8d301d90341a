"""How often answers are right, where they are not, and whether their scores can be trusted."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import inference, monitoring
from core.errors import LookoutError
from pages.parts.monitoring import figures, period
from pages.parts.monitoring.filters import Meant
from pages.parts.monitoring.period import CountedPeriod
from pages.parts.monitoring.quality import audit, groups, quality_charts, quality_figures, reading
from pages.parts.monitoring.service.view import draw_charts
from pages.parts.shared import charts, tables
from pages.parts.shared.words import system_names, zone_name


def draw(meant: Meant) -> None:
    """The period in figures and charts, and the audit sample, which stays as it is while somebody judges."""
    _draw_period(meant)
    audit.draw(meant)


@st.fragment(run_every=figures.REFRESH)
def _draw_period(meant: Meant) -> None:
    """The system that is chosen, or a line for each with the versions of all; it draws itself anew, in place."""
    try:
        counts = period.read(meant, lambda _share: None)
        systems = [meant.query.system] if meant.query.system else list(counts.by_system)
        if len(systems) == 1:
            _draw_system(meant, systems[0], counts)
        else:
            _draw_all(meant, systems, counts)
    except LookoutError as problem:
        st.error(problem.message)


def _draw_all(meant: Meant, systems: list[str], counts: CountedPeriod) -> None:
    quality_figures.draw_of_systems({system: reading.read(meant, system).quality for system in systems})
    draw_charts({"accuracy": (_by_version(counts), "Accuracy by version")})


def _draw_system(meant: Meant, system: str, counts: CountedPeriod) -> None:
    answers = reading.read(meant, system)
    quality_figures.draw(answers.quality)
    over_time = answers.over_time.assign(start=tables.local(answers.over_time["start"]))
    course = quality_charts.over_time(over_time, zone_name(), answers.step, counts.axis if meant.period else None)
    bins = pd.DataFrame(answers.bins, columns=["n", "correct", "score"]).rename_axis("bin").reset_index()
    scores, edges = counts.score_histogram
    draw_charts(
        {
            "quality": (charts.marked(course, counts.versions_began), "Accuracy over time beside what scores promise"),
            "reliability": (
                charts.reliability(monitoring.reliability_of_counts(bins[bins["n"] > 0])),
                "Confidence against how often answers were right",
            ),
            "accuracy": (_by_version(counts), "Accuracy by version"),
            "confidence": (charts.confidence(scores, edges, inference.SCALES), "How confident the answers were"),
        }
    )
    groups.draw(answers.by_kind)
    groups.draw_confusions(answers.confusions)


def _by_version(counts: CountedPeriod) -> go.Figure:
    """Accuracy by version, each with its system's name before it: several systems have a 1.0.0."""
    titles = system_names()
    names = counts.judged["system"].map(lambda system: titles.get(system, system))
    judged = counts.judged.assign(version=names.str.cat(counts.judged["version"], sep=" "))
    return charts.accuracy(monitoring.accuracy_by(judged, "version"), "version")
