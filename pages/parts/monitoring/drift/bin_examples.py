"""The newest answers whose feature lies in the bin that rose most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.errors import LookoutError
from core.monitoring import kept
from core.monitoring.drift import PREDICTED_CLASS
from core.monitoring.version_drift import newest_steps_with, risen_bin
from core.store import JudgedRow
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.drift import choice, words
from pages.parts.monitoring.drift.feature_table import EXAMPLE
from pages.parts.monitoring.drift.period_drift import FeatureKey, PeriodDrift
from pages.parts.monitoring.filters import Meant
from pages.parts.monitoring.log import story
from pages.parts.shared import tables
from pages.parts.shared.words import counted

MAX_READ = 2000  # rows that are looked through
MAX_SHOWN = 10
COLUMNS = ("created_at", "id", "value", "score", "features")


@dataclass(frozen=True)
class BinExamples:
    """Rows of the log in one bin of a feature, newest first, and how many rows were looked through."""

    rows: list[JudgedRow]
    n_read: int


def draw(meant: Meant, drift: PeriodDrift, key: FeatureKey) -> None:
    """The examples as a table, and the story of the chosen one."""
    version = drift.version_of(key)
    index = risen_bin(version, key.feature)
    if index is None:
        return
    label = version.reference.features[key.feature].labels[index]
    st.markdown(f"##### Newest answers behind it: {words.feature_name(key.feature)}, {label}", anchors=False)
    try:
        examples = kept(
            ("drift-examples", str(shown_log.log().url), meant, key), lambda: read(meant, drift, key, index)
        )
        if examples.rows:
            _draw_table(examples, key)
        else:
            st.caption(f"None among the newest {counted(examples.n_read, 'answer')} of these days.")
        if identifier := choice.chosen(EXAMPLE):
            story.draw(identifier)
    except LookoutError as problem:
        st.error(problem.message)


def read(meant: Meant, drift: PeriodDrift, key: FeatureKey, index: int) -> BinExamples:
    """The newest MAX_SHOWN answers with a feature in one bin, of at most MAX_READ rows. Raises StoreUnavailable.

    The rows of those newest steps alone are read that hold so many of them, or as many as there are.
    """
    version = drift.version_of(key)
    steps = newest_steps_with(version, key.feature, index, MAX_SHOWN)
    if steps is None:
        return BinExamples([], 0)
    since, until = datetime.fromtimestamp(steps[0], UTC), datetime.fromtimestamp(steps[1], UTC) + drift.width
    query = replace(meant.query, system=key.system, version=key.version, status="answered", since=since, until=until)
    rows = shown_log.log().rows(query, COLUMNS, limit=MAX_READ)
    histogram = version.reference.features[key.feature]
    in_bin = [row for row in rows if histogram.count([_value(row, key.feature)])[index]]
    return BinExamples(in_bin[:MAX_SHOWN], len(rows))


def _draw_table(examples: BinExamples, key: FeatureKey) -> None:
    frame = pd.DataFrame(
        {
            "time": tables.local(pd.to_datetime(pd.Series([row["created_at"] for row in examples.rows]), utc=True)),
            "answer": [row["value"] for row in examples.rows],
            "score": [None if row["score"] is None else 100 * row["score"] for row in examples.rows],
            "value": [_value(row, key.feature) for row in examples.rows],
        }
    )
    if key.feature == PREDICTED_CLASS:
        frame = frame.drop(columns="value")
    name = words.feature_name(key.feature)
    columns: dict[str, ColumnConfig | str] = {
        "time": tables.moment_column(),
        "answer": "Answer",
        "score": tables.percent_column("Score", "Calibrated probability that the answer is right."),
        "value": st.column_config.NumberColumn(name, format="%.4g"),
    }
    shown = {column: columns[column] for column in frame}
    choice.draw(frame, [row["id"] for row in examples.rows], EXAMPLE, f"Newest answers by {name}", shown)
    st.caption("Choose a row to read its story.")


def _value(row: JudgedRow, feature: str) -> Any:
    return row["value"] if feature == PREDICTED_CLASS else (row["features"] or {}).get(feature)
