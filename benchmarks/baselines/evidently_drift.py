"""Evidently's default drift preset, run as a script in its own environment: it does not import beside pandas 3.

Arguments: a folder with reference.parquet and days.parquet, and the name of the one column of texts. Writes
flagged.json: for each day, the columns whose value passes the threshold that the preset chose.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

warnings.filterwarnings("ignore")

import pandas as pd  # noqa: E402
from evidently import DataDefinition, Dataset, Report  # noqa: E402
from evidently.presets import DataDriftPreset  # noqa: E402

DISTANCES = ("distance", "PSI", "divergence")  # drift is over the threshold; of a p value, below


def flagged(snapshot: dict[str, Any]) -> list[str]:
    """The columns that drift by the methods and thresholds that the preset chose."""
    columns = []
    for metric in snapshot["metrics"]:
        settings = metric["config"]
        if not settings["type"].endswith("ValueDrift"):
            continue
        is_distance = any(word in settings["method"] for word in DISTANCES)
        if not is_distance and "p_value" not in settings["method"]:
            raise SystemExit(f"Expected a distance or a p value. Received {settings['method']}.")
        value, threshold = metric["value"], settings["threshold"]
        if value >= threshold if is_distance else value < threshold:
            columns.append(settings["column"])
    return columns


def main(folder: Path, text_column: str) -> None:
    """Judge every day of the folder."""
    reference, days = pd.read_parquet(folder / "reference.parquet"), pd.read_parquet(folder / "days.parquet")
    numbers = [name for name in reference.columns if name != text_column]
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=[text_column])
    before = Dataset.from_pandas(reference, data_definition=definition)
    results = []
    for _, table in days.groupby("day"):
        now = Dataset.from_pandas(table.drop(columns="day"), data_definition=definition)
        results.append(flagged(Report([DataDriftPreset()]).run(now, before).dict()))
    (folder / "flagged.json").write_text(json.dumps(results), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
