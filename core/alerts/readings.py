"""What rules are held against: readings of a measure, one for each set of labels, from whoever counts the log."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True)
class Scope:
    """Which part of the log a rule looks at.

    systems: names; all if empty. per: labels that are measured apart beside the system. "group" stands for each kind
    of group that a system has (district, category, source, site); its readings' labels name the kind, such as
    {"district": "BAYVIEW"}.
    """

    systems: tuple[str, ...] = ()
    per: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A measure of one part of the log over a window.

    labels: which part, such as {"system": "crime", "district": "BAYVIEW"}. low, high: its 95 % interval, which for an
    exact number is the number itself. n: cases that it rests on. since: of a state that lasts, such as silence, when it
    began.
    """

    labels: Mapping[str, str]
    value: float
    low: float
    high: float
    n: int
    since: datetime | None = None


class Readings(Protocol):
    """Where readings come from: rollups of the log in the server, invented numbers in tests."""

    def read(self, measure: str, window: timedelta, scope: Scope, now: datetime) -> Sequence[Reading]:
        """Readings of a measure over the `window` that ends `now`: one for each set of labels that has any cases.

        Empty for a measure that cannot be had here. May raise StoreUnavailable.
        """

    def is_replaced(self, system: str, version: str, since: datetime) -> bool:
        """Whether another version of the system took over, and this one has answered nothing since a time.

        May raise StoreUnavailable and DamagedArtefact.
        """


def labels_key(labels: Mapping[str, str]) -> str:
    """Labels as text, sorted by name, the same for the same labels."""
    return json.dumps(dict(sorted(labels.items())), ensure_ascii=False, separators=(",", ":"))
