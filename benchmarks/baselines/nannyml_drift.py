"""NannyML's univariate drift with its defaults, run as a script in its own environment, which holds older packages.

Arguments: a folder with reference.parquet and days.parquet, and the name of the one column of texts. Writes
flagged.json: for each day, the columns with an alert. All days hold equally many answers, so a day is a chunk; the
reference is cut into chunks of that size, from which the default thresholds follow.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

import pandas as pd  # noqa: E402
from nannyml import UnivariateDriftCalculator  # noqa: E402


def main(folder: Path, text_column: str) -> None:
    """Judge every day of the folder."""
    reference, days = pd.read_parquet(folder / "reference.parquet"), pd.read_parquet(folder / "days.parquet")
    size = int(days.groupby("day").size().iloc[0])
    names = list(reference.columns)
    calculator = UnivariateDriftCalculator(column_names=names, treat_as_categorical=[text_column], chunk_size=size)
    judged = calculator.fit(reference).calculate(days.drop(columns="day").reset_index(drop=True))
    alerts = judged.filter(period="analysis").to_df(multilevel=True)
    by_column = {name: alerts[(name, "jensen_shannon", "alert")].astype(bool) for name in names}
    results = [[name for name in names if by_column[name].iloc[day]] for day in range(days["day"].nunique())]
    (folder / "flagged.json").write_text(json.dumps(results), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
