"""Which rows of the log are meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from core.store.tables import kinds, outcomes, predictions

Finding = Literal["not sure", "judged", "right", "wrong"]
"""What an answer turned out to be: "not sure" by itself, the others by its latest outcome."""


@dataclass(frozen=True)
class Query:
    """Which rows of the log are meant; None means any. `since` is inclusive, `until` is not."""

    system: str | None = None
    version: str | None = None
    source: str | None = None
    status: str | None = None
    value: str | None = None
    batch: str | None = None
    site: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    finding: Finding | None = None
    not_sure_below: float = 0.0
    """Scores below this are "not sure" too, beside the answers that abstained."""

    @property
    def is_of_kinds(self) -> bool:
        """Whether it asks for systems, versions and sources alone, as the table `kinds` lists them."""
        return self == Query(self.system, self.version, self.source, not_sure_below=self.not_sure_below)

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """The conditions of the WHERE clause, to be joined by AND."""
        if self.finding is None:
            return self._plain_conditions(lambda column: column)
        if self.finding == "not sure":
            return [*self._plain_conditions(lambda column: column), not_sure(self.not_sure_below)]
        judged = sa.select(outcomes.c.prediction_id).where(is_latest(), *self.outcome_conditions())
        return [*self.conditions_unindexed(), predictions.c.id.in_(judged)]

    def outcome_conditions(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on the outcomes of the meant rows, by what the outcomes know: all but `value` and `batch`.

        Beside them stands `is_latest`, unless every outcome is meant. The site, which the outcomes do not know, is
        looked up in the prediction of each.
        """
        columns = {"system": "system", "version": "version", "source": "asked_from", "status": "status"}
        conditions: list[sa.ColumnElement[bool]] = [
            outcomes.c[column] == getattr(self, name)
            for name, column in columns.items()
            if getattr(self, name) is not None
        ]
        if self.since is not None:
            conditions.append(outcomes.c.predicted_at >= self.since)
        if self.until is not None:
            conditions.append(outcomes.c.predicted_at < self.until)
        if self.finding in ("right", "wrong"):
            conditions.append(outcomes.c.correct.is_(self.finding == "right"))
        if self.site is not None:
            judged = predictions.alias("judged")
            conditions.append(sa.exists().where(judged.c.id == outcomes.c.prediction_id, judged.c.site == self.site))
        return conditions

    def conditions_unindexed(self) -> list[sa.ColumnElement[bool]]:
        """The conditions without `finding`, so written that SQLite reads no index for them.

        For statements that begin at the outcomes, which are few: SQLite, which does not know that, would begin at the
        predictions of the period.
        """
        return self._plain_conditions(unindexed)

    def kind_conditions(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on the table `kinds`."""
        names = ("system", "version", "source")
        return [kinds.c[name] == getattr(self, name) for name in names if getattr(self, name) is not None]

    def _plain_conditions(self, written: Callable[[sa.ColumnElement[Any]], Any]) -> list[sa.ColumnElement[bool]]:
        conditions = [
            written(predictions.c[name]) == getattr(self, name)
            for name in ("system", "version", "source", "status", "value", "batch", "site")
            if getattr(self, name) is not None
        ]
        if self.since is not None:
            conditions.append(written(predictions.c.created_at) >= self.since)
        if self.until is not None:
            conditions.append(written(predictions.c.created_at) < self.until)
        return conditions


def unindexed(column: sa.ColumnElement[Any]) -> sa.Case[Any]:
    """The column, so written that SQLite looks for no index over it."""
    return sa.case((sa.literal_column("1 = 1"), column))


def not_sure(below: float) -> sa.ColumnElement[bool]:
    """Whether a row's answer abstained or has a score below `below`; NULL or false where it failed."""
    return predictions.c.abstained.is_(True) | (predictions.c.score < below)


def is_latest() -> sa.ColumnElement[bool]:
    """Whether an outcome is its prediction's latest; of two in one instant, the one with the greater id counts."""
    later = outcomes.alias("later")
    is_later = (later.c.created_at > outcomes.c.created_at) | (
        (later.c.created_at == outcomes.c.created_at) & (later.c.id > outcomes.c.id)
    )
    return ~sa.exists().where(later.c.prediction_id == outcomes.c.prediction_id, is_later)
