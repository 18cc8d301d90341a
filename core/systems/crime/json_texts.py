"""JSON texts of many records at once, each distinct value put into words once: a million objects take minutes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

ENCODE = json.JSONEncoder(default=str).encode  # made once: `json.dumps` makes one for each value


def objects(columns: Mapping[Any, Any]) -> list[str]:
    """One JSON object per row of `columns` {name: values, shape (n,)}; what is missing is left out."""
    parts = [_members(str(name), values) for name, values in columns.items()]
    return ["{" + "".join(row).removesuffix(", ") + "}" for row in zip(*parts, strict=True)]


def _members(name: str, values: Any) -> list[str]:
    codes, known = pd.factorize(values)
    key = json.dumps(name)
    texts = [f"{key}: {ENCODE(value)}, " for value in np.asarray(known).tolist()]
    return np.array([*texts, ""], dtype=object)[codes].tolist()  # type: ignore[no-any-return]


def alternatives(labels: Sequence[str], best: np.ndarray, scores: np.ndarray, smallest: float) -> list[str]:
    """One JSON list of {"value", "score"} per row, best first.

    best: places in `labels`, shape (n, listed). scores: the same shape. Those below `smallest` are left out.
    """
    starts = np.array([f'{{"value": {json.dumps(label)}, "score": ' for label in labels], dtype=object)
    parts = [
        [f"{start}{score}}}, " if score >= smallest else "" for start, score in zip(*column, strict=True)]
        for column in zip(starts[best].T.tolist(), scores.T.tolist(), strict=True)
    ]
    return ["[" + "".join(row).removesuffix(", ") + "]" for row in zip(*parts, strict=True)]


def first_ones(names: np.ndarray, order: np.ndarray, sizes: Sequence[int], between: str) -> list[str]:
    """The first `sizes` names of each row's `order`, joined. order: places in `names`, shape (n, any)."""
    widest = names[order[:, : max(sizes, default=0)]].tolist()
    return [between.join(row[:size]) for row, size in zip(widest, sizes, strict=True)]
