"""The reference of one version: a histogram of each feature in its own data, kept as JSON beside the version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from core.errors import DamagedArtefact
from core.monitoring.drift.histograms import Column, FeatureHistogram, Value, histogram_of

PREDICTED_CLASS = "predicted class"
"""Name of the feature that holds the answer itself."""
MAX_FEATURES = 200
Features = Mapping[str, Value]


class Reference(BaseModel):
    """Histograms of n answers of one version to its own data, by feature."""

    model_config = ConfigDict(frozen=True)

    form: Literal[1] = 1
    """Of this JSON."""
    origin: Literal["validation", "log"] = "validation"
    """What gave the answers: the version's own validation, or an operator's choice of the log."""
    n: PositiveInt
    features: Annotated[dict[str, FeatureHistogram], Field(min_length=1, max_length=MAX_FEATURES)]

    @model_validator(mode="after")
    def _adds_up(self) -> Reference:
        for name, histogram in self.features.items():
            if sum(histogram.counts) != self.n:
                raise ValueError(f"the counts of {name} must add up to n = {self.n}")
        return self

    def to_json(self) -> str:
        """The reference as a JSON text; the same reference gives the same text."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, text: str | bytes) -> Reference:
        """The reference that `to_json` wrote. DamagedArtefact, with the first reason, of anything else."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as problem:
            first = problem.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the file"
            raise DamagedArtefact(
                expected="a reference of a version, as registering one writes it",
                received=f"JSON in which {where} is wrong: {first['msg']}",
                advice="Write it again from the version's own data.",
            ) from problem


def reference_of(answers: Sequence[Features]) -> Reference:
    """The reference of a version's own data.

    answers: the features of each answer by name, at least one; where an answer lacks a feature, it counts as missing.
    """
    return reference_of_columns(_columns(sorted({name for features in answers for name in features}), answers))


def reference_of_columns(columns: Mapping[str, Column]) -> Reference:
    """The reference of a version's own data, given by column.

    A feature is a category if any of its values is a text, else a number; one without any value is left out.

    columns: each feature's values by name, of the same answers, shape (n,), n > 0; None or NaN where missing.
    """
    histograms = {name: histogram_of(column) for name, column in sorted(columns.items())}
    present = {name: histogram for name, histogram in histograms.items() if histogram is not None}
    return Reference(n=len(next(iter(columns.values()))), features=present)


def count_features(reference: Reference, answers: Sequence[Features | None]) -> dict[str, list[int]]:
    """How many answers fall into each bin of the reference, by feature; the last count is of those that lack it.

    answers: the features of each answer; None of one that has none. Features that the reference lacks are left out.
    """
    return count_columns(reference, _columns(reference.features, [features or {} for features in answers]))


def count_columns(reference: Reference, columns: Mapping[str, Column]) -> dict[str, list[int]]:
    """The counts of `count_features`, from each feature's values by name, shape (n,); one without a column has none."""
    return {
        name: histogram.count(columns[name]).tolist()
        for name, histogram in reference.features.items()
        if name in columns
    }


def _columns(names: Iterable[str], answers: Sequence[Features]) -> dict[str, list[Value]]:
    return {name: [features.get(name) for features in answers] for name in names}


def add_counts(first: Mapping[str, Sequence[int]], second: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """The counts of both together. ValueError where a feature has not the same bins in both."""
    total = {name: list(counts) for name, counts in first.items()}
    for name, counts in second.items():
        before = total.get(name, [0] * len(counts))
        total[name] = [one_hour + another for one_hour, another in zip(before, counts, strict=True)]
    return total
