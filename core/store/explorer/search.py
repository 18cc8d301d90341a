"""What the log is searched for and sorted by, and a page of what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from core.store.query import Query, is_latest
from core.store.rows import JudgedRow
from core.store.tables import outcomes, predictions

SearchField = Literal["id", "batch", "answer", "truth", "actor", "fingerprint", "error"]
SortColumn = Literal["created_at", "score", "latency_ms"]
MAX_IDS = 10_000  # predictions whose ids begin alike that are read
AFTER_ANY_ID = "z" * 8  # sorts behind what follows the beginning of an id, in binary order and in that of a language


@dataclass(frozen=True)
class LogSearch:
    """Rows of the log: those of `query` that hold a text in one field, and whose score [0, 1] lies within bounds.

    An id is searched for by its beginning, as a fingerprint of the input is; a batch by its whole name; all others by a
    part of them, in small or capital letters.
    """

    query: Query
    field: SearchField = "id"
    text: str = ""
    min_score: float = 0.0
    max_score: float = 1.0
    sort: SortColumn = "created_at"
    descending: bool = True

    @property
    def is_by_id(self) -> bool:
        """Whether it asks for the beginning of an id, which the index of ids finds."""
        return self.field == "id" and bool(self.text)

    @property
    def batch(self) -> str | None:
        """The batch that it asks for, which the index of batches finds."""
        return self.text if self.field == "batch" and self.text else self.query.batch

    @property
    def reads_rows(self) -> bool:
        """Whether rows are read one after the other: neither an index nor counts know where the matches lie."""
        return bool(self.conditions()) or self.sort != "created_at"

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """The conditions beyond those of `query`, the id and the batch."""
        conditions = [FIELDS[self.field](self.text)] if self.text and self.field in FIELDS else []
        if self.min_score > 0:
            conditions.append(predictions.c.score >= self.min_score)
        if self.max_score < 1:
            conditions.append(predictions.c.score <= self.max_score)
        return conditions

    def ids(self) -> sa.Select[tuple[str]]:
        """The ids that begin with the text, MAX_IDS of them at most."""
        identifier = predictions.c.id
        begins_alike = (identifier >= self.text, identifier <= self.text + AFTER_ANY_ID)
        return (
            sa.select(identifier).where(*begins_alike, identifier.startswith(self.text, autoescape=True)).limit(MAX_IDS)
        )


@dataclass(frozen=True)
class LogPage:
    """Some of the rows that match, in the order that was asked for."""

    rows: list[JudgedRow]
    offset: int
    """How many matches come before the first of the rows."""
    total: int
    """How many rows match, of those that were looked through."""
    looked_through: int | None = None
    """How many of the newest rows were looked through, where older ones were not; None where all were."""
    older: datetime | None = None
    """The time of the oldest row that was looked through: a search with that as `until` goes on from there."""


def _holds_truth(text: str) -> sa.ColumnElement[bool]:
    meant = outcomes.c.label.icontains(text, autoescape=True)
    return predictions.c.id.in_(sa.select(outcomes.c.prediction_id).where(meant, is_latest()))


FIELDS: Mapping[str, Callable[[str], sa.ColumnElement[bool]]] = {
    "answer": lambda text: predictions.c.value.icontains(text, autoescape=True),
    "truth": _holds_truth,
    "actor": lambda text: predictions.c.actor.icontains(text, autoescape=True),
    "fingerprint": lambda text: predictions.c.input_hash.startswith(text.lower(), autoescape=True),
    "error": lambda text: predictions.c.error.icontains(text, autoescape=True),
}
"""What is compared with the text, where no index helps."""
