"""Drift of features against a version's own data: histograms, effect, significance by permutation, since when.

Pure functions of counts. Home is drawn without them: `core.monitoring` does not import this package.
"""

from __future__ import annotations

from core.monitoring.drift.change_point import start_of_change
from core.monitoring.drift.detection import DriftVerdict, FeatureDrift, alarms, detect
from core.monitoring.drift.histograms import CategoryHistogram, NumericHistogram
from core.monitoring.drift.reference import (
    PREDICTED_CLASS,
    Reference,
    add_counts,
    count_columns,
    count_features,
    reference_of,
    reference_of_columns,
)

__all__ = [
    "PREDICTED_CLASS",
    "CategoryHistogram",
    "DriftVerdict",
    "FeatureDrift",
    "NumericHistogram",
    "Reference",
    "add_counts",
    "alarms",
    "count_columns",
    "count_features",
    "detect",
    "reference_of",
    "reference_of_columns",
    "start_of_change",
]
