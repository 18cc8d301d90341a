"""Which records train, validate and test: forward in time, or in interleaved weeks, as in Kaggle's contest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from core.errors import InvalidInput

TEST_SHARE = 0.10  # of the rows, the latest
VALIDATION_SHARE = 0.05  # of the rows, those before
MIN_ROWS = 20  # of a part
VALIDATION_WEEKS = 20  # of the interleaved weeks that train, every so many validates


@dataclass(frozen=True)
class CrimeSplit:
    """Which records are in each part: boolean masks, shape (rows,)."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    def check(self) -> CrimeSplit:
        """Itself; InvalidInput if a part is too small to speak."""
        for name in ("train", "validation", "test"):
            if (count := int(getattr(self, name).sum())) < MIN_ROWS:
                raise InvalidInput(
                    expected=f"at least {MIN_ROWS} rows to {name}",
                    received=str(count),
                    advice="Give more rows or other dates.",
                )
        return self


def split_forward(
    moments: pd.Series, train_until: date | None = None, validate_until: date | None = None
) -> CrimeSplit:
    """Train on what is oldest, validate on what follows, test on the rest.

    Without dates the latest TEST_SHARE of the rows tests and VALIDATION_SHARE before it validates, in whole days.

    moments: local times of the records, shape (rows,).
    train_until, validate_until: last day of the period.

    Raises InvalidInput if a part is too small.
    """
    days = moments.dt.normalize()
    first_end = (
        pd.Timestamp(train_until) if train_until else days.quantile(1 - TEST_SHARE - VALIDATION_SHARE).normalize()
    )
    second_end = pd.Timestamp(validate_until) if validate_until else days.quantile(1 - TEST_SHARE).normalize()
    train, test = (days <= first_end).to_numpy(), (days > second_end).to_numpy()
    return CrimeSplit(train, ~train & ~test, test).check()


def split_interleaved(moments: pd.Series) -> CrimeSplit:
    """Every other even ISO week tests; one in VALIDATION_WEEKS of the others validates.

    moments: local times of the records, shape (rows,).

    Raises InvalidInput if a part is too small.
    """
    days = moments.to_numpy().astype("datetime64[D]").astype(np.int64)
    weeks = (days + 3) // 7  # Monday 1970-01-05 began week 1 of this count
    number = moments.dt.isocalendar().week.to_numpy(dtype=np.int64)
    test = number // 2 % 2 == 1
    order = np.unique(weeks[~test], return_inverse=True)[1]
    validation = np.zeros(len(days), dtype=bool)
    validation[~test] = order % VALIDATION_WEEKS == VALIDATION_WEEKS // 2
    return CrimeSplit(~test & ~validation, validation, test).check()
