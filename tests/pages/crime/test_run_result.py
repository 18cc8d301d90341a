"""Search, order and filters over all records of a result, and the level at which they are judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.batch import files
from pages.parts.crime.run_result import ORDERS, RecordFilter, TableResult

RECORDS = pd.DataFrame(
    {
        "row": [2, 3, 4, 5],
        "prediction_id": ["a", "b", "c", "d"],
        "mode": ["coding", "context", "context", "coding"],
        "category_of_reported_incident": ["THEFT", "ASSAULT", "THEFT", "FRAUD"],
        "score": [0.9, 0.4, 0.6, 0.7],
        "set_size": [1, 3, 2, 2],
        "datetime": pd.to_datetime(["2015-01-04 10:00", None, "2015-01-02 23:00", "2015-01-03 01:00"]),
        "latitude": [1.0, np.nan, 1.0, 1.0],
        "longitude": [1.0, np.nan, 1.0, 1.0],
        "district": ["NORTH", None, "SOUTH", "NORTH"],
        "address": ["100 Block of ELM ST", "2 OAK AV", None, "5 elm st"],
        "description": ["Stolen truck", None, None, "Bad cheque"],
    }
)


@pytest.fixture
def result(tmp_path: Path) -> TableResult:
    """Four records."""
    files.write(RECORDS, tmp_path / "answers.parquet")
    return TableResult(tmp_path / "answers.parquet")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("elm", [0, 3]),
        ("ELM stolen", [0]),
        ("theft", [0, 2]),
        ("4", [2]),
        ("nowhere", []),
        ("%", []),
        (".*", []),
        ("", [0, 1, 2, 3]),
    ],
)
def test_search_looks_through_all_texts_of_all_records(result, words, expected):
    assert RecordFilter(words=words).indices(result).tolist() == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("as in the table", [0, 1, 2, 3]),
        ("least sure first", [1, 2, 3, 0]),
        ("surest first", [0, 3, 2, 1]),
        ("newest first", [0, 3, 2, 1]),
        ("oldest first", [2, 3, 0, 1]),
        ("answer, A to Z", [1, 3, 0, 2]),
        ("offence text, A to Z", [3, 0, 1, 2]),
        ("district, A to Z", [0, 3, 2, 1]),
        ("most left open first", [1, 2, 3, 0]),
    ],
)
def test_an_order_is_of_all_records_and_what_is_missing_comes_last(result, order, expected):
    assert result.ordered(np.arange(4), order).tolist() == expected
    assert order in ORDERS


def test_an_order_keeps_to_the_records_that_pass_the_filters(result):
    assert result.ordered(np.array([3, 0]), "oldest first").tolist() == [3, 0]
    assert RecordFilter(districts=("unknown",)).indices(result).tolist() == [1]
    assert RecordFilter(hours=(0, 10)).indices(result).tolist() == [0, 3]


def test_judged_by_groups_a_category_without_a_group_cannot_be_given(tmp_path):
    groups = {
        "label": ["LARCENY", "ODD", None],
        "truth_rank": [0, 0, 0],
        "truth_score": [0.0, 0.0, 0.0],
        "truth_group": ["Larceny/Theft Offenses", None, None],
        "group": ["Larceny/Theft Offenses", "Assault Offenses", "Assault Offenses"],
        "group_score": [0.9, 0.5, 0.5],
        "truth_group_rank": [1, 0, 0],
        "truth_group_score": [0.9, 0.0, 0.0],
        "group_set_size": [1, 2, 2],
    }
    files.write(RECORDS.head(3).assign(**groups), tmp_path / "answers.parquet")
    judged = TableResult(tmp_path / "answers.parquet").judged(by_groups=True)
    assert judged["truth_rank"].tolist() == [1, 0, 0]
    assert judged["truth"].notna().tolist() == [True, True, False]
    assert judged["value"].tolist() == groups["group"]
