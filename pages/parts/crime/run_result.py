"""The result of a run: what filters, search and charts need is held in memory, whole rows are read by the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute, dataset, parquet

CATEGORY = "category_of_reported_incident"
TEXTS = ("mode", CATEGORY, "district", "label", "truth_group", "group")
NUMBERS = (
    "row", "score", "set_size", "datetime", "latitude", "longitude", "truth_rank", "truth_score", "group_score",
    "truth_group_rank", "truth_group_score", "group_set_size",
)  # fmt: skip
SEARCHED = (CATEGORY, "label", "district", "address", "location_type", "description")
ROWS_PER_PAGE = 100
MAX_HELD = 300_000  # records of a result that is held whole, so that a page of it takes no reading
MAX_OPENED = 3  # results that are held in memory at once
UNKNOWN = "unknown"
"""What a record without a district is filed under."""
ORDERS: dict[str, tuple[str, bool] | None] = {
    "as in the table": None,
    "least sure first": ("score", False),
    "surest first": ("score", True),
    "newest first": ("datetime", True),
    "oldest first": ("datetime", False),
    "answer, A to Z": (CATEGORY, False),
    "true category, A to Z": ("label", False),
    "offence text, A to Z": ("description", False),
    "district, A to Z": ("district", False),
    "block, A to Z": ("address", False),
    "most left open first": ("set_size", True),
}
"""In which orders the records can stand: {name: (column, whether the largest comes first)}."""


class TableResult:
    """The answers of one run, in the order of the table. A million of them take some 60 MB."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns = tuple(parquet.read_schema(path).names)
        self._keys: dict[tuple[str, bool], np.ndarray] = {}  # of the orders that were asked for

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row per record: row, category, score, set_size, mode, datetime, latitude, longitude and district.

        With the true category: label, truth_rank, truth_score, truth_group, and the same of groups. Texts are
        categories of pandas.
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
        places = np.asarray(indices, dtype=np.int64)
        source = dataset.dataset(self.path) if self._held is None else self._held
        frame = source.take(pa.array(places)).to_pandas()
        for name in frame.columns[frame.dtypes == "category"]:
            frame[name] = frame[name].astype(object)
        return frame.rename(columns={CATEGORY: "category"})

    @cached_property
    def _held(self) -> pa.Table | None:
        """The whole result in memory; None for one that is larger than MAX_HELD."""
        if parquet.read_metadata(self.path).num_rows > MAX_HELD:
            return None
        schema = parquet.read_schema(self.path)
        texts = [field.name for field in schema if pa.types.is_string(field.type) and field.name != "prediction_id"]
        return parquet.read_table(self.path, read_dictionary=texts).unify_dictionaries()

    def judged(self, by_groups: bool = False) -> pd.DataFrame:
        """The columns that `core.monitoring.judging` wants, with district and truth_group; at the level of groups too.

        Records whose truth the version cannot give have the truth_rank 0.
        """
        if not by_groups:
            return self.frame.rename(columns={"label": "truth", "category": "value"})
        groups = {
            "truth_group": "truth", "group": "value", "group_score": "score", "truth_group_rank": "truth_rank",
            "truth_group_score": "truth_score", "group_set_size": "set_size",
        }  # fmt: skip
        others = [name for name in self.frame.columns if name not in {*groups, *groups.values()}]
        frame = self.frame[[*others, *groups]].rename(columns=groups)
        # a category without a group is a truth that cannot be given, not a missing one
        truth = frame["truth"].astype(object).where(frame["truth"].notna(), self.frame["label"].astype(object))
        return frame.assign(truth=truth, truth_group=frame["truth"])

    def truths(self) -> list[tuple[str, str]]:
        """(prediction id, true category) of the records whose true category the version knows."""
        columns = ["prediction_id", "label", "truth_rank"]
        frame = parquet.read_table(self.path, columns=columns).to_pandas()
        labelled = frame[frame["label"].notna() & (frame["truth_rank"] >= 1)]
        return list(zip(labelled["prediction_id"].tolist(), labelled["label"].tolist(), strict=True))

    @cached_property
    def _texts(self) -> dict[str, tuple[np.ndarray, pa.Array]]:
        """{column: (code of each record's text, -1 where it has none; the distinct texts)} of what is searched."""
        names = [name for name in SEARCHED if name in self.columns]
        table = parquet.read_table(self.path, columns=names, read_dictionary=names).unify_dictionaries()
        coded = {}
        for name in names:
            column = table[name].combine_chunks()
            column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
            coded[name] = (column.indices.fill_null(-1).to_numpy(zero_copy_only=False), column.dictionary)
        return coded

    def matches(self, words: str) -> np.ndarray:
        """Records that have each of the words in some text, whatever its case, or as their row; boolean, shape (n,)."""
        passes = np.ones(len(self), dtype=bool)
        for word in words.split():
            has_word = np.zeros(len(self), dtype=bool)
            for codes, distinct in self._texts.values():
                hits = compute.match_substring(distinct, word, ignore_case=True).to_numpy(zero_copy_only=False)
                has_word |= np.append(hits, False)[codes]  # -1 is the last one
            if word.isdecimal() and "row" in self.frame:
                has_word |= (self.frame["row"] == int(word)).to_numpy()
            passes &= has_word
        return passes

    def ordered(self, indices: np.ndarray, order: str) -> np.ndarray:
        """Records in one of ORDERS; what lacks the value comes last, ties stay as in the table."""
        if (by := ORDERS[order]) is None or by[0] not in self.columns:
            return indices
        if by not in self._keys:
            self._keys[by] = self._sort_keys(*by)
        keys = self._keys[by][indices]
        return indices[np.argsort(keys, kind="stable")]

    def _sort_keys(self, column: str, largest_first: bool) -> np.ndarray:
        if column in self._texts:
            codes, distinct = self._texts[column]
            folded = np.array([str(text).casefold() for text in distinct.to_pylist()], dtype=object)
            ranks = np.empty(len(folded) + 1, dtype=np.int64)
            ranks[np.argsort(folded, kind="stable")] = np.arange(len(folded))
            ranks[-1] = len(folded)
            return np.asarray(ranks[codes])
        values = self.frame[column]
        missing = values.isna().to_numpy()
        if values.dtype.kind == "M":
            numbers = values.to_numpy().astype("datetime64[s]").astype(np.int64).astype(np.float64)
        else:
            numbers = values.to_numpy(dtype=np.float64)
        numbers = np.where(missing, np.inf, -numbers if largest_first else numbers)
        return np.asarray(numbers)


@lru_cache(maxsize=MAX_OPENED)
def _opened(path: Path, _changed: int) -> TableResult:
    return TableResult(path)


def opened(path: Path) -> TableResult:
    """The result in a file, held in memory for whoever asks next."""
    return _opened(path, path.stat().st_mtime_ns)


@dataclass(frozen=True)
class RecordFilter:
    """Which records are shown; empty means any. Hours count from 0, the last one included; scores lie in [0, 1]."""

    categories: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    hours: tuple[int, int] = (0, 23)
    scores: tuple[float, float] = (0.0, 1.0)
    modes: tuple[str, ...] = ()
    words: str = ""

    @property
    def narrows(self) -> bool:
        """Whether anything was chosen."""
        return self != RecordFilter()

    def indices(self, result: TableResult) -> np.ndarray:
        """Row numbers of the records that pass, in the order of the table; int, shape (records,)."""
        frame = result.frame
        passes = frame["score"].between(*self.scores).to_numpy() if self.scores != (0.0, 1.0) else np.True_
        for column, wanted in (("category", self.categories), ("mode", self.modes)):
            if wanted:
                passes = passes & frame[column].isin(wanted).to_numpy()
        if self.districts:
            named = frame["district"].isin(self.districts).to_numpy()
            passes = passes & (named | (frame["district"].isna().to_numpy() & (UNKNOWN in self.districts)))
        if self.hours != (0, 23):
            passes = passes & frame["datetime"].dt.hour.between(*self.hours).to_numpy()
        if self.words.strip():
            passes = passes & result.matches(self.words)
        return np.flatnonzero(np.broadcast_to(passes, len(frame)))
