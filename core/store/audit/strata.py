"""What is drawn and judged of a period by stratum, counting only what was judged in the order of the audit."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

Stratum = tuple[int, float]
"""Band of scores, and the share of answers that was drawn."""


@dataclass(frozen=True)
class SampledStratum:
    """Drawn answers of one band of scores and one share, and how many of them were judged in their order.

    right, wrong, unknown: judgements that count; unknown ones are those of which nobody could tell.
    out_of_order: judgements that do not count until those that stand before them are given.
    """

    band: int
    share: float
    drawn: int
    right: int = 0
    wrong: int = 0
    unknown: int = 0
    out_of_order: int = 0

    @property
    def judged(self) -> int:
        """Judged right or wrong, in order."""
        return self.right + self.wrong

    @property
    def waiting(self) -> int:
        """Drawn answers that nobody has judged."""
        return self.drawn - self.judged - self.unknown - self.out_of_order


@dataclass(frozen=True)
class AuditedRow:
    """One drawn answer; verdict: right, wrong, unknown, or None while it waits."""

    prediction_id: str
    stratum: Stratum
    position: float
    created_at: datetime
    verdict: str | None = None


class JudgedOrder:
    """The judged answers of one stratum in the order of the audit, and which waiting answers were passed over.

    Answers are offered by ascending position. One that waits although a judged one stands behind it was passed over,
    if it was logged no later than that one: it must have been on offer before. One that was logged since is merely new.
    """

    def __init__(self, judged: Iterable[AuditedRow]) -> None:
        self._rows = sorted(judged, key=lambda row: row.position)
        self._positions = [row.position for row in self._rows]
        self._newest_behind: list[datetime] = []
        """Of each judged answer: the latest time at which it or one behind it was logged."""
        for row in reversed(self._rows):
            newest = max([row.created_at, *self._newest_behind[-1:]])
            self._newest_behind.append(newest)
        self._newest_behind.reverse()

    def passed_over(self, waiting: AuditedRow) -> bool:
        """Whether a waiting answer of the stratum was passed over."""
        behind = bisect_right(self._positions, waiting.position)
        return behind < len(self._rows) and self._newest_behind[behind] >= waiting.created_at

    def is_beyond(self, position: float) -> bool:
        """Whether no judged answer stands behind a position."""
        return not self._positions or self._positions[-1] <= position

    def before(self, position: float | None) -> Sequence[AuditedRow]:
        """The judged answers that stand before a position; all where it is None."""
        return self._rows if position is None else self._rows[: bisect_right(self._positions, position)]

    def __len__(self) -> int:
        return len(self._rows)


def first_passed_over(orders: Mapping[Stratum, JudgedOrder], waiting: Iterable[AuditedRow]) -> dict[Stratum, float]:
    """By stratum the position of the first waiting answer that was passed over, for those that have one.

    waiting: by ascending position; no more are taken than are needed.
    """
    positions: dict[Stratum, float] = {}
    for row in waiting:
        if all(name in positions or order.is_beyond(row.position) for name, order in orders.items()):
            break
        order = orders.get(row.stratum)
        if order is not None and row.stratum not in positions and order.passed_over(row):
            positions[row.stratum] = row.position
    return positions


def counted_in_order(
    drawn: Mapping[Stratum, int], judged: Iterable[AuditedRow], waiting: Iterable[AuditedRow]
) -> list[SampledStratum]:
    """The strata of a period, sorted. drawn: answers by stratum. waiting: by ascending position, read as needed.

    In each stratum the judgements count up to the first answer that was passed over: whoever leaves out what is hard,
    or picks what looks wrong, ends the count there and does not move the estimate by what comes behind.
    """
    by_stratum: dict[Stratum, list[AuditedRow]] = {}
    for row in judged:
        by_stratum.setdefault(row.stratum, []).append(row)
    orders = {name: JudgedOrder(rows) for name, rows in by_stratum.items()}
    ends = first_passed_over(orders, waiting)
    strata = []
    for band, share in sorted(drawn):
        order = orders.get((band, share), JudgedOrder(()))
        verdicts = [row.verdict for row in order.before(ends.get((band, share)))]
        counts = {name: verdicts.count(name) for name in ("right", "wrong", "unknown")}
        late = len(order) - len(verdicts)
        strata.append(SampledStratum(band, share, drawn[band, share], **counts, out_of_order=late))
    return strata
