"""The rows of a batch of files: one line of JSON each while it runs; at its end as CSV, Parquet or JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from core.batch import files
from core.certainty import NOT_SURE, how_sure
from core.contract import Prediction
from core.inference.prediction_lines import line_of

FIRST_COLUMNS = ("file", "prediction_id", "value", "score", "not_sure", "abstained", "reason")
LAST_COLUMNS = ("error", "detail", "site", "model_version")
TYPES = {bool: "boolean", int: "Int64", float: "Float64", str: "object"}
ROWS_AT_ONCE = 5_000  # in memory, and in a row group of Parquet


def result_line(file: str, prediction: Prediction, **more: Any) -> dict[str, Any]:
    """A prediction as one row of the result. more: further columns, such as the folder of its files."""
    line = line_of(file, prediction)
    if prediction.answer is not None:
        line["not_sure"] = how_sure(prediction.answer.score, prediction.answer.abstained) == NOT_SURE
    return {**line, **more}


def tally_of(lines: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """What a shard's rows add to the run's summary; a failure counts by its kind too."""
    tally = {"answered": 0, "failed": 0, "not_sure": 0}
    for line in lines:
        failed = "error" in line
        tally["failed" if failed else "answered"] += 1
        tally["not_sure"] += bool(line.get("not_sure"))
        if failed:
            kind = f"error:{line['error']}"
            tally[kind] = tally.get(kind, 0) + 1
    return tally


def make_result(parts: Sequence[Path], output: Path) -> None:
    """The result at `output`, by its ending, from files of lines. A few thousand rows are in memory at a time.

    As a table, each detail of an answer is a column of its own, whichever answers have it; what is no text, number or
    flag is written as JSON.
    """
    if output.suffix.lower() == ".jsonl":
        files.join(parts, output)
        return
    types = _types(files.read_lines(parts))
    details = [name for name in types if name not in (*FIRST_COLUMNS, *LAST_COLUMNS)]
    order = [*FIRST_COLUMNS, *details, *(name for name in LAST_COLUMNS if name in types or name != "site")]
    files.write_frames(_frames(files.read_lines(parts), order, types), output)


def _types(lines: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """{column: dtype that all its values have}, in the order of first appearance."""
    kinds: dict[str, set[type]] = {}
    for line in lines:
        for name, value in line.items():
            known = kinds.setdefault(name, set())
            if value is not None:
                known.add(type(value))
    return {name: _common(known) for name, known in kinds.items()}


def _common(kinds: set[type]) -> str:
    if kinds == {int, float}:
        return TYPES[float]
    return TYPES.get(next(iter(kinds)), "object") if len(kinds) == 1 else "object"


def _frames(
    lines: Iterator[Mapping[str, Any]], order: Sequence[str], types: Mapping[str, str]
) -> Iterator[pd.DataFrame]:
    while rows := list(islice(lines, ROWS_AT_ONCE)):
        yield pd.DataFrame(
            {name: _column([row.get(name) for row in rows], types.get(name, "object")) for name in order}
        )


def _column(values: Sequence[Any], dtype: str) -> pd.Series:
    if dtype == "object":
        texts = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
        return pd.Series(texts, dtype=object)
    return pd.Series(values, dtype=dtype)
