"""One feature: what its figures mean, both distributions, its effect over time, and answers behind the change."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from core.monitoring import versions_began
from core.monitoring.version_drift import effect_over_time, risen_bin, width_that_tells
from pages.parts.monitoring import period
from pages.parts.monitoring.drift import bin_examples, charts, words
from pages.parts.monitoring.drift.period_drift import FeatureKey, PeriodDrift
from pages.parts.monitoring.filters import Meant
from pages.parts.monitoring.service.view import draw_charts
from pages.parts.shared.charts import Period, marked
from pages.parts.shared.words import plain, system_names, viewer_zone


def draw(meant: Meant, drift: PeriodDrift, key: FeatureKey) -> None:
    """The chosen feature. Raises StoreUnavailable."""
    version = drift.version_of(key)
    judged, name = version.of(key.feature), words.feature_name(key.feature)
    system = system_names().get(key.system, key.system)
    began = words.since(drift.began.get(key), int(version.starts[0]), drift.width)
    with st.container(border=True, key="drift-feature"):
        st.markdown(f"#### {plain(name)}, {plain(system)} {plain(key.version)}", anchors=False)
        st.markdown(plain(words.conclusion(judged, began)))
        _draw_charts(meant, drift, key)
        bin_examples.draw(meant, drift, key)


def _draw_charts(meant: Meant, drift: PeriodDrift, key: FeatureKey) -> None:
    version = drift.version_of(key)
    judged, name = version.of(key.feature), words.feature_name(key.feature)
    counts = period.read(meant, lambda _share: None)
    axis: Period = counts.axis if meant.period else None
    width = width_that_tells(version.starts, version.n_by_step, drift.width)
    effects = effect_over_time(version, key.feature, width)
    marks = [
        (datetime.fromtimestamp(start, UTC).astimezone(viewer_zone()), version_name)
        for start, system, version_name in versions_began(counts.kinds)
        if system == key.system
    ]
    began = drift.began.get(key)
    drawn_start = None if began is None or began == int(version.starts[0]) else began
    over_time = charts.effect_over_time(effects, judged.floor, judged.is_number, drawn_start, viewer_zone(), axis)
    histogram, sample = version.reference.features[key.feature], version.counts[key.feature].sum(axis=0)
    distributions = charts.distributions(histogram, sample, risen_bin(version, key.feature), name)
    draw_charts(
        {
            "drift-distributions": (distributions, f"{name} in this period and in the reference"),
            "drift-effect": (marked(over_time, marks), f"How far {name} lay from its reference, over time"),
        }
    )
