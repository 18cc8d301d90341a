"""What the invented log tells of: three systems, their versions, groups and features, and what goes wrong in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

DAYS = 60
SPAN = timedelta(days=DAYS)
WORKED = timedelta(hours=9)
TABLES_BEGAN, TABLES_LENGTH = timedelta(hours=8, minutes=30), timedelta(minutes=20)
"""When a day's table is answered, before the end of that day, and for how long."""


@dataclass(frozen=True)
class NormalFeature:
    """A feature that is normally distributed. shift: of its mean [SD], from `shifted_for` before the end on."""

    mean: float
    sd: float
    shift: float = 0.0
    shifted_for: timedelta = timedelta(0)


@dataclass(frozen=True)
class AccuracyFall:
    """A group whose answers are right less often from `lasting` before the end on, at unchanged scores.

    factor: what the chance of a right answer is multiplied by.
    """

    group: str
    lasting: timedelta
    factor: float


@dataclass(frozen=True)
class Outage:
    """A time of many requests that mostly fail. began: before the end of the log. source: where they come from."""

    began: timedelta
    length: timedelta
    requests: int
    failed_share: float
    source: str


@dataclass(frozen=True)
class InventedSystem:
    """One system of the invented log.

    requests: in all, during the last WORKED hours of each day before the end; those from the command line in one of
    them, as a nightly table comes. versions: each with how long before the end it began to answer, oldest first.
    sources, values, groups: with their shares, which add up to 1. grouping: what `groups` are groups of; "site" is the
    log's own. median_ms: of the time to answer. judged_share: of the answers, drawn by chance. has_references: whether
    the features of its versions are held against a reference.
    """

    name: str
    requests: int
    versions: tuple[tuple[str, timedelta], ...]
    sources: Mapping[str, float]
    values: Mapping[str, float]
    grouping: str
    groups: Mapping[str, float]
    features: Mapping[str, NormalFeature]
    median_ms: float
    judged_share: float
    failed_share: float
    error_kind: str
    error: str
    score_shape: tuple[float, float]
    """Of the beta distribution of scores."""
    fall: AccuracyFall | None = None
    outage: Outage | None = None
    has_references: bool = True
    gives_sets: bool = False
    """Whether its answers bring the set of values that holds the truth nine times in ten."""


SYSTEMS = (
    InventedSystem(
        name="waste",
        requests=9_300,
        versions=(("1.0.0", SPAN), ("1.1.0", timedelta(days=26))),
        sources={"api": 0.85, "page": 0.15},
        values={"plastic": 0.34, "paper": 0.2, "cardboard": 0.16, "glass": 0.14, "metal": 0.1, "trash": 0.06},
        grouping="site",
        groups={"North yard": 0.5, "South yard": 0.3, "Sorting line": 0.2},
        features={
            "brightness": NormalFeature(0.55, 0.12, shift=-0.7, shifted_for=timedelta(days=9)),
            "contrast": NormalFeature(0.21, 0.05),
            "sharpness": NormalFeature(3.4, 0.8),
        },
        median_ms=9.0,
        judged_share=0.12,
        failed_share=0.008,
        error_kind="invalid_input",
        error="Expected a JPEG, PNG or WebP. Received a file of another kind. Export it as JPEG.",
        score_shape=(7.0, 1.1),
        outage=Outage(timedelta(days=20), timedelta(minutes=45), requests=120, failed_share=0.8, source="api"),
    ),
    InventedSystem(
        name="crime",
        requests=10_000,
        versions=(("1.0.2", SPAN),),
        sources={"cli": 0.7, "page": 0.3},
        values={"LARCENY/THEFT": 0.42, "ASSAULT": 0.24, "VANDALISM": 0.2, "VEHICLE THEFT": 0.14},
        grouping="district",
        groups={"MISSION": 0.22, "BAYVIEW": 0.28, "CENTRAL": 0.2, "NORTHERN": 0.17, "TARAVAL": 0.13},
        features={"hour": NormalFeature(13.5, 5.2), "description_length": NormalFeature(31.0, 9.0)},
        median_ms=1.1,
        judged_share=0.25,
        failed_share=0.006,
        error_kind="invalid_input",
        error="Expected a date or a description. Received neither. Fill in one of them.",
        score_shape=(5.0, 1.3),
        gives_sets=True,
        fall=AccuracyFall("BAYVIEW", timedelta(days=12), factor=0.66),
    ),
    InventedSystem(
        name="flood",
        requests=600,
        versions=(("1.2.0", SPAN),),
        sources={"page": 1.0},
        values={"dry": 0.3, "ankle-deep": 0.3, "knee-deep": 0.25, "waist-deep": 0.15},
        grouping="area",
        groups={"Harbour": 0.6, "Mill valley": 0.4},
        features={"rain_mm": NormalFeature(38.0, 11.0)},
        median_ms=9_000.0,
        judged_share=0.06,
        failed_share=0.02,
        error_kind="invalid_input",
        error="Expected rain of at most 500 mm. Received 900 mm. Check the unit.",
        score_shape=(8.0, 1.6),
        has_references=False,
    ),
)
