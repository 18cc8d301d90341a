"""The result of a run: what filters and charts need is held in memory, whole rows are read by the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from pyarrow import dataset, parquet

CATEGORY = "category_of_reported_incident"
TEXTS = ("mode", CATEGORY, "district", "label", "truth_group")
NUMBERS = ("score", "set_size", "datetime", "latitude", "longitude", "truth_rank", "truth_score")
ROWS_PER_PAGE = 100
UNKNOWN = "unknown"
"""What a record without a district is filed under."""


class TableResult:
    """The answers of one run, in the order of the table. A million of them take some 60 MB."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns = tuple(parquet.read_schema(path).names)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row per record: category, score, set_size, mode, datetime, latitude, longitude and district.

        With the true category: label, truth_rank, truth_score and truth_group too. Texts are categories of pandas.
        """
        texts = [name for name in TEXTS if name in self.columns]
        wanted = [*texts, *(name for name in NUMBERS if name in self.columns)]
        table = parquet.read_table(self.path, columns=wanted, read_dictionary=texts)
        frame = table.to_pandas(types_mapper=None)
        for name in texts:
            frame[name] = frame[name].astype("category")
        return frame.rename(columns={CATEGORY: "category"})

    @property
    def with_truth(self) -> bool:
        """Whether the table has the true category."""
        return "label" in self.columns

    def rows(self, indices: Sequence[int] | np.ndarray) -> pd.DataFrame:
        """Whole rows of the result, by their number in it, counted from 0."""
        frame = dataset.dataset(self.path).take(np.asarray(indices, dtype=np.int64)).to_pandas()
        return frame.rename(columns={CATEGORY: "category"})

    def judged(self) -> pd.DataFrame:
        """The columns that `core.monitoring.judging` wants, with district and truth_group."""
        return self.frame.rename(columns={"label": "truth", "category": "value"})


@dataclass(frozen=True)
class RecordFilter:
    """Which records are shown; empty means any. Hours count from 0, the last one included; scores lie in [0, 1]."""

    categories: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    hours: tuple[int, int] = (0, 23)
    scores: tuple[float, float] = (0.0, 1.0)
    modes: tuple[str, ...] = ()

    @property
    def narrows(self) -> bool:
        """Whether anything was chosen."""
        return self != RecordFilter()

    def indices(self, frame: pd.DataFrame) -> np.ndarray:
        """Row numbers of the records that pass, in the order of the table; int, shape (records,)."""
        passes = frame["score"].between(*self.scores).to_numpy() if self.scores != (0.0, 1.0) else np.True_
        for column, wanted in (("category", self.categories), ("mode", self.modes)):
            if wanted:
                passes = passes & frame[column].isin(wanted).to_numpy()
        if self.districts:
            named = frame["district"].isin(self.districts).to_numpy()
            passes = passes & (named | (frame["district"].isna().to_numpy() & (UNKNOWN in self.districts)))
        if self.hours != (0, 23):
            passes = passes & frame["datetime"].dt.hour.between(*self.hours).to_numpy()
        return np.flatnonzero(np.broadcast_to(passes, len(frame)))
