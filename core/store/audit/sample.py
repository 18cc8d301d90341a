"""The audit sample: drawn as answers are logged, judged by people in the order of their hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from core.store.audit.drawn import conditions, drawn_in_period
from core.store.audit.strata import AuditedRow, SampledStratum, counted_in_order
from core.store.audit.tables import audit_sample
from core.store.database import Database
from core.store.query import Query, is_latest, unindexed
from core.store.rollups.levels import Counted, moment
from core.store.rollups.removal import removed_before
from core.store.tables import kinds, outcomes

AT_ONCE = 500  # waiting answers that are read at a time


class AuditSample:
    """The drawn answers and what was judged of them. Every method may raise StoreUnavailable.

    Queries mean what `Query` says of system, which is needed, version, source, since and until; nothing else is heeded.
    """

    def __init__(
        self,
        database: Database,
        turn: Callable[[], AbstractContextManager[object]],
        counted: Callable[[], Counted | None],
    ) -> None:
        """turn: the turn to write, where the database allows one writer. counted: how far the log is counted."""
        self._database, self._turn, self._counted = database, turn, counted

    def systems(self) -> list[str]:
        """The systems that have drawn answers, sorted."""
        has_drawn = sa.exists().where(audit_sample.c.system == kinds.c.system)
        with self._database.reading() as connection:
            names = sa.select(kinds.c.system).where(has_drawn).distinct().order_by(kinds.c.system)
            return list(connection.execute(names).scalars())

    def began(self, query: Query) -> datetime | None:
        """When the first of the meant answers was drawn; None where none is."""
        earliest = sa.select(audit_sample.c.created_at).where(*conditions(query))
        with self._database.reading() as connection:
            return connection.execute(earliest.order_by(audit_sample.c.created_at).limit(1)).scalar_one_or_none()

    def strata(self, query: Query) -> list[SampledStratum]:
        """How many answers of one system are drawn and judged, by band of scores and share."""
        counted = self._counted()
        with self._database.reading() as connection:
            drawn = drawn_in_period(connection, query, counted)
            judged = [_audited(row) for row in connection.execute(_judged(query))]
            return counted_in_order(drawn, judged, _waiting_rows(connection, query))

    def waiting(self, query: Query, limit: int) -> list[str]:
        """The ids of answers that wait to be judged, in the order of the audit; without those whose rows were removed.

        These go on waiting in `strata`, so that their removal lets no later judgement count that did not before.
        """
        with self._database.reading() as connection:
            kept = unindexed(audit_sample.c.created_at) >= moment(removed_before(connection))
            rows = connection.execute(_waiting(query, None).where(kept).limit(limit))
            return [row.prediction_id for row in rows]

    def drawn(self, prediction_ids: Sequence[str]) -> set[str]:
        """Those of some ids that are of drawn answers; up to some thousand at once."""
        meant = sa.select(audit_sample.c.prediction_id).where(audit_sample.c.prediction_id.in_(prediction_ids))
        with self._database.reading() as connection:
            return set(connection.execute(meant).scalars())

    def judged_by_latest(self, query: Query) -> tuple[int, int]:
        """Answers that the audit judged right or wrong, and those of them whose latest outcome says right."""
        meant = (
            sa.select(sa.func.count(), sa.func.count().filter(outcomes.c.correct))
            .join_from(audit_sample, outcomes, outcomes.c.prediction_id == audit_sample.c.prediction_id)
            .where(*conditions(query), audit_sample.c.verdict.is_not(None), is_latest())
            .where(audit_sample.c.verdict != "unknown")
        )
        with self._database.reading() as connection:
            judged, right = connection.execute(meant).one()
            return int(judged), int(right)

    def put_aside(self, prediction_id: str, actor: str) -> None:
        """Note that nobody can tell whether a drawn answer is right; nothing happens where it was judged."""
        self._set(prediction_id, None, {"verdict": "unknown", "judged_at": datetime.now(UTC), "judged_by": actor})

    def take_up(self, prediction_id: str) -> None:
        """Let an answer that was put aside wait again."""
        self._set(prediction_id, "unknown", {"verdict": None, "judged_at": None, "judged_by": None})

    def _set(self, prediction_id: str, before: str | None, values: dict[str, object]) -> None:
        is_meant = audit_sample.c.prediction_id == prediction_id
        is_as_before = audit_sample.c.verdict.is_not_distinct_from(before)
        with self._turn(), self._database.writing() as connection:
            connection.execute(sa.update(audit_sample).where(is_meant, is_as_before).values(values))


def _judged(query: Query) -> sa.Select[Any]:
    return sa.select(audit_sample).where(*conditions(query), audit_sample.c.verdict.is_not(None))


def _waiting(query: Query, after: tuple[float, str] | None) -> sa.Select[Any]:
    """The answers that wait, in the order of the audit. after: position and id of the last that was read."""
    position, identifier = audit_sample.c.position, audit_sample.c.prediction_id
    follows = []
    if after is not None:  # the first, which the second implies, lets the database begin there in its index
        follows = [position >= after[0], (position > after[0]) | (identifier > after[1])]
    return (
        sa.select(audit_sample)
        .where(*conditions(query, by_time=False), audit_sample.c.verdict.is_(None), *follows)
        .order_by(position, identifier)
    )


def _waiting_rows(connection: sa.Connection, query: Query) -> Iterator[AuditedRow]:
    after = None
    while True:
        rows = connection.execute(_waiting(query, after).limit(AT_ONCE)).all()
        yield from map(_audited, rows)
        if len(rows) < AT_ONCE:
            return
        after = (rows[-1].position, rows[-1].prediction_id)


def _audited(row: Any) -> AuditedRow:
    return AuditedRow(row.prediction_id, (row.band, row.share), row.position, row.created_at, row.verdict)
