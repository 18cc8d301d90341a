"""Histograms of one feature in a version's own data: where its bins lie, and how many answers fell into each.

The counts of a feature end with the answers that lack it: shape (bins + 1,). What is counted later is counted into the
same bins, so that counts of hours add up to those of days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeInt, model_validator

BINS = 20
"""Bins of about equal mass; a value with this share of the data or more has a bin of its own."""
TAIL = 0.01  # share of the data in each of the two outermost quantile bins: an outer bin of 5 % hides how far it moved
CONSTANT = 1e-6  # least SD, as a part of the greatest value: any other value than a constant's then lies one SD away
MAX_CATEGORIES = 60  # with a bin of their own; crime knows 39, and rarer ones share the bin "other"
MAX_STORED_BINS = 200
OTHER_CATEGORY = "other"

Value = float | str | bool | None
Column = Sequence[Value] | np.ndarray
Counts = Annotated[tuple[NonNegativeInt, ...], Field(min_length=3, max_length=MAX_STORED_BINS)]


class NumericHistogram(BaseModel):
    """Counts of a number, by bins.

    Bin i holds values in (edges[i - 1], edges[i]]; the first and the last are open and lie beyond all that the
    reference holds. positions: mean of the bin's values, in SD from the feature's mean, shape (bins,); the two beyond
    lie half an SD from the outermost value. mean, sd: of the reference, in the feature's unit; the SD is that of the
    bins' means, for that is what is compared, and at least CONSTANT of the greatest absolute value.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["numeric"] = "numeric"
    edges: Annotated[tuple[FiniteFloat, ...], Field(min_length=2)]
    positions: tuple[FiniteFloat, ...]
    mean: FiniteFloat
    sd: Annotated[FiniteFloat, Field(gt=0)]
    counts: Counts

    @model_validator(mode="after")
    def _fits_together(self) -> NumericHistogram:
        if not len(self.edges) + 1 == len(self.positions) == len(self.counts) - 1:
            raise ValueError("k edges need k + 1 positions and k + 2 counts")
        if any(after <= before for before, after in pairwise(self.edges)):
            raise ValueError("edges must rise")
        if any(after < before for before, after in pairwise(self.positions)):
            raise ValueError("positions must not fall")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """What each count is called, shape (bins + 1,)."""
        inner = [f"{edge:.4g}" for edge in self.edges[1:-1]]
        between = [f"{low} to {high}" for low, high in pairwise(inner)]
        within = [f"up to {inner[0]}", *between, f"over {inner[-1]}"] if inner else ["as in the reference"]
        return ("below the reference", *within, "above the reference", "missing")

    def count(self, values: Column) -> np.ndarray:
        """Counts of other values in these bins, int, shape (bins + 1,). What is no number counts as missing."""
        numbers = as_numbers(values)
        present = numbers[~np.isnan(numbers)]
        bin_of = np.searchsorted(self.edges, present, side="left")
        return np.append(np.bincount(bin_of, minlength=len(self.positions)), len(numbers) - len(present))


class CategoryHistogram(BaseModel):
    """Counts of a category, such as the predicted class: one bin for each, one for all others, one for none."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["category"] = "category"
    categories: Annotated[tuple[str, ...], Field(min_length=1)]
    counts: Counts

    @model_validator(mode="after")
    def _fits_together(self) -> CategoryHistogram:
        if len(self.counts) != len(self.categories) + 2:
            raise ValueError("k categories need k + 2 counts")
        if len(set(self.categories)) != len(self.categories):
            raise ValueError("categories must differ")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """What each count is called, shape (bins + 1,)."""
        return (*self.categories, OTHER_CATEGORY, "missing")

    def count(self, values: Column) -> np.ndarray:
        """Counts of other values in these bins, int, shape (bins + 1,)."""
        present = [str(value) for value in values if not _is_missing(value)]
        return self.count_tallied(Counter(present), len(values) - len(present))

    def count_tallied(self, tallied: Mapping[str, int], missing: int = 0) -> np.ndarray:
        """Counts in these bins, shape (bins + 1,). tallied: answers by value. missing: how many have none."""
        listed = [tallied.get(category, 0) for category in self.categories]
        return np.array([*listed, sum(tallied.values()) - sum(listed), missing], dtype=np.int64)


FeatureHistogram = Annotated[NumericHistogram | CategoryHistogram, Field(discriminator="kind")]


def histogram_of(values: Column) -> NumericHistogram | CategoryHistogram | None:
    """The histogram of a feature's reference data: categories if any value is a text; None if all are missing."""
    is_numeric = isinstance(values, np.ndarray) and values.dtype.kind in "biuf"
    if not is_numeric and any(isinstance(value, str) for value in values):
        return _category_histogram(values)
    numbers = as_numbers(values)
    finite = np.isfinite(numbers)
    return _numeric_histogram(np.where(finite, numbers, np.nan)) if finite.any() else None


def _category_histogram(values: Column) -> CategoryHistogram:
    tallied = Counter(str(value) for value in values if not _is_missing(value))
    frequent = sorted(tallied, key=lambda category: (-tallied[category], category))[:MAX_CATEGORIES]
    empty = CategoryHistogram(categories=tuple(frequent), counts=(0,) * (len(frequent) + 2))
    return empty.model_copy(update={"counts": tuple(empty.count(values).tolist())})


def _numeric_histogram(numbers: np.ndarray) -> NumericHistogram:
    """The histogram of numbers, NaN where missing, of which at least one is not."""
    present = numbers[~np.isnan(numbers)]
    inner = _quantile_edges(present)
    bin_of = np.searchsorted(inner, present, side="left")
    counts = np.bincount(bin_of, minlength=len(inner) + 1)
    means = np.bincount(bin_of, weights=present, minlength=len(inner) + 1) / counts
    mean = float(present.mean())
    spread = float(np.sqrt(np.average(np.square(means - mean), weights=counts)))
    resolution = CONSTANT * (float(np.abs(present).max()) or 1.0)
    sd = max(spread, resolution)
    least, greatest = float(present.min()), float(present.max())
    beyond = max(sd / 2, resolution)
    positions = (np.array([least - beyond, *means, greatest + beyond]) - mean) / sd
    return NumericHistogram(
        edges=(least - resolution / 2, *inner.tolist(), greatest + resolution / 2),
        positions=tuple(positions.tolist()),
        mean=mean,
        sd=sd,
        counts=(0, *counts.tolist(), 0, len(numbers) - len(present)),
    )


def _quantile_edges(present: np.ndarray) -> np.ndarray:
    """Edges between the bins, rising, each halfway between two values that occur: no bin is empty."""
    distinct, counts = np.unique(present, return_counts=True)
    shares = counts / len(present)
    cumulative = np.cumsum(shares)
    inside = np.arange(1, BINS) / BINS
    wanted = np.concatenate([[TAIL], inside, [1 - TAIL]])
    frequent = np.flatnonzero(shares >= 1 / BINS)
    last_below = np.concatenate([np.searchsorted(cumulative, wanted - 1e-9), frequent - 1, frequent])
    last_below = np.unique(last_below[(last_below >= 0) & (last_below < len(distinct) - 1)])
    below, above = distinct[last_below], distinct[last_below + 1]
    halfway = below / 2 + above / 2
    # Between neighbouring floats there is no number: the edge itself belongs to the bin below.
    edges: np.ndarray = np.where(halfway < above, halfway, below)
    return edges


def as_numbers(values: Column) -> np.ndarray:
    """Values as float64, NaN for what is missing or no number, shape (n,)."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
        return values.astype(np.float64)
    return np.array([np.nan if value is None or isinstance(value, str) else float(value) for value in values])


def _is_missing(value: Value) -> bool:
    return value is None or value != value  # NaN alone differs from itself
