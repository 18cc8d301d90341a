"""Accuracy by feedback, by version, and whether scores mean what they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core import inference, monitoring
from core.errors import LookoutError
from pages.parts.monitoring import figures, period
from pages.parts.monitoring.filters import Meant
from pages.parts.monitoring.service.view import draw_charts
from pages.parts.shared import charts
from pages.parts.shared.words import system_names


@st.fragment(run_every=figures.REFRESH)
def draw(meant: Meant) -> None:
    """The charts of the period that ends now; they draw themselves anew, in place."""
    try:
        counts = period.read(meant, lambda _share: None)
    except LookoutError as problem:
        st.error(problem.message)
        return
    scores = np.asarray(counts.total.scores)
    edges = np.linspace(0.0, 1.0, len(scores) + 1)
    draw_charts(
        {
            "accuracy": (
                charts.accuracy(monitoring.accuracy_by(_with_named_versions(counts.judged), "version"), "version"),
                "Accuracy by version",
            ),
            "reliability": (
                charts.reliability(monitoring.reliability_of_counts(counts.judged)),
                "Confidence against how often answers were right",
            ),
            "confidence": (charts.confidence(scores, edges, inference.SCALES), "How confident the answers were"),
        }
    )


def _with_named_versions(judged: pd.DataFrame) -> pd.DataFrame:
    """Each version with its system's name before it: several systems have a 1.0.0."""
    titles = system_names()
    names = judged["system"].map(lambda system: titles.get(system, system))
    return judged.assign(version=names.str.cat(judged["version"], sep=" "))
