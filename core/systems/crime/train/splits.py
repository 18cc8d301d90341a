"""Which records train, validate and test: forward in time, or in interleaved weeks, as in Kaggle's contest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from core.errors import InvalidInput

TEST_SHARE = 0.10  # of the rows, the latest
VALIDATION_SHARE = 0.05  # of the rows, those before
FEWEST = 20  # rows of a part
VALIDATION_WEEKS = 20  # of the interleaved weeks that train, every so many validates


@dataclass(frozen=True)
class Split:
    """Boolean masks of the records, shape (rows,)."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    def check(self) -> Split:
        """Itself; InvalidInput if a part is too small to speak."""
        for name in ("train", "validation", "test"):
            if (count := int(getattr(self, name).sum())) < FEWEST:
                raise InvalidInput(
                    f"Expected at least {FEWEST} rows to {name}. Received {count}. Give more rows or other dates."
                )
        return self


def forward(moments: pd.Series, train_until: date | None = None, validate_until: date | None = None) -> Split:
    """Train on what is oldest, validate on what follows, test on the rest; the last days are part of their periods.

    Without dates the latest TEST_SHARE of the rows tests and VALIDATION_SHARE before it validates, in whole days.
    """
    days = moments.dt.normalize()
    first_end = (
        pd.Timestamp(train_until) if train_until else days.quantile(1 - TEST_SHARE - VALIDATION_SHARE).normalize()
    )
    second_end = pd.Timestamp(validate_until) if validate_until else days.quantile(1 - TEST_SHARE).normalize()
    train, test = (days <= first_end).to_numpy(), (days > second_end).to_numpy()
    return Split(train, ~train & ~test, test).check()


def interleaved(moments: pd.Series) -> Split:
    """Every other even ISO week tests; one in VALIDATION_WEEKS of the others validates."""
    days = moments.to_numpy().astype("datetime64[D]").astype(np.int64)
    weeks = (days + 3) // 7  # Monday 1970-01-05 began week 1 of this count
    number = moments.dt.isocalendar().week.to_numpy(dtype=np.int64)
    test = number // 2 % 2 == 1
    order = np.unique(weeks[~test], return_inverse=True)[1]
    validation = np.zeros(len(days), dtype=bool)
    validation[~test] = order % VALIDATION_WEEKS == VALIDATION_WEEKS // 2
    return Split(~test & ~validation, validation, test).check()
