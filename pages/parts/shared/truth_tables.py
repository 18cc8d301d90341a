"""Tables of truths that people fill in elsewhere: a prediction id and a label in each row."""

from __future__ import annotations

import io

import pandas as pd

from core.errors import InvalidInput
from pages.parts.shared.words import number

MAX_TRUTHS = 100_000  # rows of a table of truths
WANTED = ("prediction_id", "label")


def pairs_of(data: bytes) -> list[tuple[str, str]]:
    """The (prediction id, label) pairs of a CSV. Raises InvalidInput."""
    try:
        frame = pd.read_csv(
            io.BytesIO(data), dtype=str, keep_default_na=False, encoding="utf-8-sig", sep=None, engine="python"
        )
    except (ValueError, pd.errors.ParserError, UnicodeDecodeError) as problem:
        raise InvalidInput(
            expected="a CSV with the columns prediction_id and label",
            received=f"one that cannot be read: {problem!s:.100}",
            advice="Export it again.",
        ) from None
    if missing := [name for name in WANTED if name not in frame.columns]:
        raise InvalidInput(
            expected="the columns prediction_id and label",
            received=f"none called {' or '.join(missing)} among {', '.join(map(str, frame.columns[:10]))}",
            advice="Rename them.",
        )
    labelled = frame[frame["label"].str.strip() != ""]
    if labelled.empty or len(labelled) > MAX_TRUTHS:
        raise InvalidInput(
            expected=f"1 to {number(MAX_TRUTHS)} rows with a label",
            received=number(len(labelled)),
            advice="Fill in the column label, or split the table.",
        )
    return list(zip(labelled["prediction_id"].str.strip(), labelled["label"].str.strip(), strict=True))
