"""Rows of the log -> rates, percentiles, histograms, calibration: pure functions that know no table and no page.

A `frame` has one row per prediction and these columns, of which each function names the ones it reads:

| column | meaning |
|---|---|
| created_at | time of the prediction, with its zone |
| status | "answered" or "failed" |
| score | calibrated probability of the answer, in [0, 1]; missing where it failed |
| abstained | True where the answer was "not sure"; missing where it failed |
| latency_ms | time to answer [ms] |
| correct | whether the answer was right; missing where nobody said |
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # functions over arrays and tables import these themselves: Home needs the intervals alone, and fast
    import numpy as np
    import pandas as pd

Z_95 = 1.959963984540054  # 97.5 % point of the standard normal: two-sided 95 %
WIDTHS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30, 60, 180, 360, 720, 1440, 10080, 43200))
"""Widths of a time step that a person reads easily, from one minute to thirty days."""
MOST_STEPS = 60  # bars that still can be told apart on a phone


@dataclass(frozen=True)
class Share:
    """`hits` out of `n`, with the interval that its uncertainty leaves."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """The share in [0, 1]; None of nothing."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval, in [0, 1]."""
        return wilson(self.hits, self.n)


def wilson(hits: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """Score interval of a proportion: (low, high), both in [0, 1]; (0, 1) when n is 0.

    Wilson, J. Am. Stat. Assoc. 22 (1927) 209; without continuity correction, method 3 of Newcombe,
    Statist. Med. 17 (1998) 857. It stays honest for few cases and for shares near 0 or 1.
    """
    if not 0 <= hits <= n:
        raise ValueError(f"Expected 0 <= hits <= n. Received {hits} of {n}.")
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    middle = share + z**2 / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    whole = 1 + z**2 / n
    low = 0.0 if hits == 0 else (middle - half) / whole  # exactly 0 and 1 at the ends, not 1e-17 beside them
    high = 1.0 if hits == n else (middle + half) / whole
    return low, high


@dataclass(frozen=True)
class PeriodSummary:
    """A period in figures."""

    n: int
    """Predictions, failures too."""
    failed: Share
    """Of all predictions."""
    not_sure: Share
    """Of those answered."""
    accuracy: Share
    """Of those that somebody judged; a "not sure" counts by its best guess."""
    latency: dict[int, float]
    """{percentile: time to answer [ms]} of those answered; empty without any."""


def summarise(frame: pd.DataFrame) -> PeriodSummary:
    """A period in figures. Reads status, abstained, correct, latency_ms."""
    answered = frame["status"] == "answered"
    count = int(answered.sum())
    return PeriodSummary(
        n=len(frame),
        failed=Share(len(frame) - count, len(frame)),
        not_sure=Share(_count_true(frame.loc[answered, "abstained"]), count),
        accuracy=Share(_count_true(frame["correct"]), int(frame["correct"].notna().sum())),
        latency=percentiles(frame.loc[answered, "latency_ms"]),
    )


def percentiles(values: Iterable[float], points: Sequence[int] = (50, 95, 99)) -> dict[int, float]:
    """{point: percentile}, linear between neighbours (type 7 of Hyndman and Fan 1996); empty for no values."""
    import numpy as np

    known = np.asarray(list(values), dtype=float)
    known = known[~np.isnan(known)]
    if known.size == 0:
        return {}
    return dict(zip(points, (float(value) for value in np.percentile(known, points)), strict=True))


def step_width(span: timedelta, most: int = MOST_STEPS) -> timedelta:
    """The shortest readable width that cuts `span` into at most `most` steps."""
    return next((width for width in WIDTHS if span <= most * width), WIDTHS[-1])


def busiest(times: pd.Series, width: timedelta = timedelta(minutes=1)) -> int:
    """The most predictions in any one step of `width`; 0 for none."""
    return 0 if times.empty else int(times.dt.floor(width).value_counts().max())


def over_time(frame: pd.DataFrame, width: timedelta) -> pd.DataFrame:
    """One row per step of `width`, from the first to the last with predictions, empty ones between included.

    Reads created_at, status, abstained, latency_ms. Columns: start (of the step), n, answered, failed, not_sure
    (counts), failed_share (of n), not_sure_share (of answered), p50, p95, p99 (time to answer [ms]); shares and
    percentiles are missing where there is nothing to divide by.
    """
    import pandas as pd

    answered = frame["status"] == "answered"
    parts = pd.DataFrame(
        {
            "start": frame["created_at"].dt.floor(width),
            "answered": answered,
            "not_sure": answered & frame["abstained"].eq(True).astype(bool),
            "latency": frame["latency_ms"].astype(float).where(answered),
        }
    )
    groups = parts.groupby("start")
    steps = groups[["answered", "not_sure"]].sum().astype(int)
    steps["n"] = groups.size()
    for name, point in (("p50", 0.50), ("p95", 0.95), ("p99", 0.99)):
        steps[name] = groups["latency"].quantile(point)
    if len(steps):
        steps = steps.reindex(pd.date_range(steps.index[0], steps.index[-1], freq=width))
        counts = ["answered", "not_sure", "n"]
        steps[counts] = steps[counts].fillna(0).astype(int)
    steps["failed"] = steps["n"] - steps["answered"]
    steps["failed_share"] = steps["failed"] / steps["n"].where(steps["n"] > 0)
    steps["not_sure_share"] = steps["not_sure"] / steps["answered"].where(steps["answered"] > 0)
    return steps.rename_axis("start").reset_index()


def histogram(scores: Iterable[float], bins: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Counts per bin, shape (bins,), and the bins' edges, shape (bins + 1,), of scores in [0, 1]."""
    import numpy as np

    known = np.asarray(list(scores), dtype=float)
    return np.histogram(known[~np.isnan(known)], bins=bins, range=(0.0, 1.0))


def reliability(scores: Sequence[float], correct: Sequence[bool], bins: int = 10) -> pd.DataFrame:
    """How often answers of each confidence were right: one row per bin that holds any.

    scores: confidence of each answer, in [0, 1]; correct: whether it was right; same length.
    Bins are (low, high], the first with its low end, as in Guo et al. 2017 (arXiv:1706.04599).
    Columns: low, high (edges), n, confidence (mean score), accuracy, accuracy_low, accuracy_high (Wilson, 95 %).
    """
    import numpy as np
    import pandas as pd

    confidence, right = np.asarray(scores, dtype=float), np.asarray(correct, dtype=bool)
    edges = np.linspace(0.0, 1.0, bins + 1)
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    rows = []
    for number in range(bins):
        inside = place == number
        n, hits = int(inside.sum()), int(right[inside].sum())
        if n:
            rows.append((edges[number], edges[number + 1], n, confidence[inside].mean(), hits / n, *wilson(hits, n)))
    names = ["low", "high", "n", "confidence", "accuracy", "accuracy_low", "accuracy_high"]
    return pd.DataFrame(rows, columns=names)


def accuracy_by(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Accuracy among the judged rows for each value of `column`, most judged first. Reads `column` and correct.

    Columns: group, n, accuracy, low, high (Wilson, 95 %).
    """
    import pandas as pd

    judged = frame[frame["correct"].notna() & frame[column].notna()]
    rows = []
    for group, part in judged.groupby(column):
        share = Share(_count_true(part["correct"]), len(part))
        rows.append((group, share.n, share.value, *share.interval))
    table = pd.DataFrame(rows, columns=["group", "n", "accuracy", "low", "high"])
    return table.sort_values(["n", "group"], ascending=[False, True], ignore_index=True)


def _count_true(values: pd.Series) -> int:
    """How many are True; missing ones are not."""
    return int(values.eq(True).sum())
