"""Which rows of the log are meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.store.tables import predictions


@dataclass(frozen=True)
class Query:
    """Which rows of the log are meant; None means any. `since` is inclusive, `until` is not."""

    system: str | None = None
    version: str | None = None
    source: str | None = None
    status: str | None = None
    value: str | None = None
    batch: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """The conditions of the WHERE clause, to be joined by AND."""
        conditions = [
            predictions.c[name] == getattr(self, name)
            for name in ("system", "version", "source", "status", "value", "batch")
            if getattr(self, name) is not None
        ]
        if self.since is not None:
            conditions.append(predictions.c.created_at >= self.since)
        if self.until is not None:
            conditions.append(predictions.c.created_at < self.until)
        return conditions
