"""What is read of a period for the tab Quality: judged answers and all answers' scores, by system and step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pandas as pd

from core.evaluation.shares import Share
from core.monitoring import kept
from core.monitoring.quality import (
    GroupAccuracy,
    Quality,
    accuracy_by_group,
    confusions,
    quality,
    quality_over_time,
    summed,
)
from core.store import DAY, HOUR, DetailedStep, Query
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.filters import Meant

MAX_CONFUSIONS = 10
BY_HOUR = timedelta(days=3)  # the longest period that is shown by the hour


@dataclass(frozen=True)
class SystemQuality:
    """One system's answers of a period.

    by_kind: accuracy of groups. confusions: (truth, answer, how often, of the truth's answers). step: in words.
    """

    quality: Quality
    over_time: pd.DataFrame
    by_kind: dict[str, list[GroupAccuracy]]
    confusions: list[tuple[str, str, int, Share]]
    bins: Sequence[Sequence[float]]
    step: str
    since: datetime
    until: datetime


def read(meant: Meant, system: str) -> SystemQuality:
    """The quality of one system in the period that ends now, or as it was a moment ago. Raises StoreUnavailable."""
    return kept(("quality", str(shown_log.log().url), meant, system), lambda: _count(meant, system))


def _count(meant: Meant, system: str) -> SystemQuality:
    until = shown_log.now()
    query = replace(meant.query, system=system, until=until)
    since = until - meant.period if meant.period else shown_log.log().earliest(query) or until
    level = HOUR if until - since <= BY_HOUR else DAY
    judged = shown_log.log().judged_details(replace(query, since=since), level)
    answers = shown_log.log().answer_details(replace(query, since=since), level)
    total, before = summed(judged), _before(query, since, until)
    return SystemQuality(
        quality=quality(total, summed(_scores_alone(answers)), before),
        over_time=quality_over_time(judged, answers),
        by_kind=accuracy_by_group(total, before),
        confusions=confusions(total, MAX_CONFUSIONS),
        bins=total.get("bins", []),
        step="hour" if level == HOUR else "day",
        since=since,
        until=until,
    )


def _before(query: Query, since: datetime, until: datetime) -> dict[str, object]:
    """What was judged in as long a time before the period."""
    return summed(shown_log.log().judged_details(replace(query, since=since - (until - since), until=since), DAY))


def _scores_alone(steps: Sequence[DetailedStep]) -> list[DetailedStep]:
    return [replace(step, details={"scores": step.details["scores"]}) for step in steps]
