"""JSON texts of many records at once, each distinct value put into words once: a million objects take minutes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

ENCODE = json.JSONEncoder(default=str).encode  # made once: `json.dumps` makes one for each value


def json_objects(columns: Mapping[str, np.ndarray | pd.Series]) -> list[str]:
    """One JSON object per row; what is missing is left out.

    columns: {name: values, shape (n,)}.
    """
    members = [_json_members(name, values) for name, values in columns.items()]
    return ["{" + "".join(row).removesuffix(", ") + "}" for row in zip(*members, strict=True)]


def _json_members(name: str, values: np.ndarray | pd.Series) -> list[str]:
    """`"name": value, ` of each row; an empty text where the value is missing."""
    codes, distinct = pd.factorize(values)
    key = json.dumps(name)
    texts = [f"{key}: {ENCODE(value)}, " for value in np.asarray(distinct).tolist()]
    return np.array([*texts, ""], dtype=object)[codes].tolist()  # type: ignore[no-any-return]


def json_alternatives(labels: Sequence[str], best: np.ndarray, scores: np.ndarray, min_probability: float) -> list[str]:
    """One JSON list of {"value", "score"} per row, best first.

    labels: names of the classes, shape (classes,).
    best: classes of each row, int, shape (n, listed).
    scores: their probabilities, shape (n, listed).
    min_probability: alternatives below it are left out.
    """
    starts = np.array([f'{{"value": {json.dumps(label)}, "score": ' for label in labels], dtype=object)
    ranks = [
        [f"{start}{score}}}, " if score >= min_probability else "" for start, score in zip(*rank, strict=True)]
        for rank in zip(starts[best].T.tolist(), scores.T.tolist(), strict=True)
    ]
    return ["[" + "".join(row).removesuffix(", ") + "]" for row in zip(*ranks, strict=True)]


def join_first(names: np.ndarray, order: np.ndarray, sizes: Sequence[int], separator: str) -> list[str]:
    """The names of the first classes of each row, joined.

    names: texts, dtype object, shape (classes,).
    order: classes of each row, int, shape (n, any).
    sizes: how many of each row's classes are joined, shape (n,).
    """
    widest = names[order[:, : max(sizes, default=0)]].tolist()
    return [separator.join(row[:size]) for row, size in zip(widest, sizes, strict=True)]
