"""Every feature of the period as a row: its verdict, how far it moved, whether chance could do it, and since when."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.monitoring.drift import DriftVerdict
from core.monitoring.drift.detection import FALSE_DISCOVERIES, MIN_ANSWERS, MIN_CHANGED_SHARE, MIN_SHIFT
from core.monitoring.version_drift import ORDER
from pages.parts.monitoring.drift import choice, words
from pages.parts.monitoring.drift.period_drift import FeatureKey, PeriodDrift
from pages.parts.shared.words import NO_BREAK, number, percent, system_names

FEATURE, EXAMPLE = "drift-feature", "drift-example"
"""Names of the choices in the address."""
SINCE_WIDTH = 140  # px: what an hour with its day needs


def draw(drift: PeriodDrift) -> FeatureKey | None:
    """The table, what moved first; the chosen feature, None where the address names none that is shown."""
    keys = by_severity(drift)
    identities = [str(key) for key in keys]
    alt = "Every feature with its verdict, those that moved first"
    choice.draw(_frame(drift, keys), identities, FEATURE, alt, _columns(), forgets=EXAMPLE)
    chosen = choice.chosen(FEATURE)
    return keys[identities.index(chosen)] if chosen in identities else None


def by_severity(drift: PeriodDrift) -> list[FeatureKey]:
    """The features of all versions: those that moved furthest first, those of which nothing is said last."""

    def severity(key: FeatureKey) -> tuple[int, float]:
        judged = drift.version_of(key).of(key.feature)
        return ORDER[judged.verdict], -(judged.effect or 0.0) / judged.floor

    return sorted(drift.keys(), key=severity)


def moved(drift: PeriodDrift) -> list[FeatureKey]:
    """The features that moved, the furthest first."""
    return [key for key in by_severity(drift) if drift.version_of(key).of(key.feature).verdict is DriftVerdict.DRIFTS]


def _frame(drift: PeriodDrift, keys: Sequence[FeatureKey]) -> pd.DataFrame:
    frame = pd.DataFrame([_row(drift, key) for key in keys])
    several = len({key.system for key in keys}) > 1, len({(key.system, key.version) for key in keys}) > 1
    hidden = [name for name, is_shown in zip(("System", "Version"), several, strict=True) if not is_shown]
    return frame.drop(columns=hidden)


def _row(drift: PeriodDrift, key: FeatureKey) -> dict[str, object]:
    version = drift.version_of(key)
    judged = version.of(key.feature)
    return {
        "Feature": words.feature_name(key.feature),
        "Verdict": words.verdict(judged),
        "System": system_names().get(key.system, key.system),
        "Version": key.version,
        "Since": words.since(drift.began.get(key), int(version.starts[0]), drift.width),
        "Effect": words.effect(judged.effect, judged.is_number),
        "Change": words.change(judged),
        "By chance": words.effect(judged.by_chance, judged.is_number),
        "As far apart by chance": words.evidence(judged.adjusted_p_value),
        "Answers": judged.n,
    }


def _columns() -> dict[str, ColumnConfig | str]:
    """What each column means, on hover."""
    column = st.column_config.TextColumn
    at_most = number(1 / FALSE_DISCOVERIES)
    return {
        "Verdict": column(
            help="Moved: a change that matters and that chance does not bring about. "
            f"Below {MIN_ANSWERS}{NO_BREAK}answers nothing is said."
        ),
        "Since": column(
            width=SINCE_WIDTH, help="Where the days or hours before part best from those after. Days are those of UTC."
        ),
        "Change": column(width="medium", help="In which way a feature moved."),
        "Effect": column(
            help="How far the feature lies from the version's own data. Of a number: how far answers moved on average, "
            f"in standard deviations (SD) of the reference; it matters from {MIN_SHIFT:g}{NO_BREAK}SD on. Of a "
            f"category: the share of answers that changed place; it matters from {percent(MIN_CHANGED_SHARE)} on."
        ),
        "By chance": column(help="The effect that 95 of 100 samples of this size stay below without any drift."),
        "As far apart by chance": column(
            help="How often samples without drift lie at least this far apart, raised for the number of features that "
            f"are looked at. At most 1 of {at_most} counts as evidence."
        ),
        "Answers": st.column_config.NumberColumn(format="localized", help="Answers of the period that were compared."),
    }  # fmt: skip
