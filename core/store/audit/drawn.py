"""How many answers the audit sample drew: of whole hours and days as they are counted, of the rest from its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from core.store.audit.strata import Stratum
from core.store.audit.tables import audit_sample
from core.store.counting import StepNumber
from core.store.query import Query, unindexed
from core.store.rollups.from_rows import Key
from core.store.rollups.levels import DAY, HOUR, Counted
from core.store.rollups.reading import split_period, step_conditions, without_minutes
from core.store.rollups.tables import answer_rollups


def drawn_in_period(connection: sa.Connection, query: Query, counted: Counted | None) -> dict[Stratum, int]:
    """The drawn answers of one system by stratum. counted: how far the log is counted."""
    drawn: Counter[Stratum] = Counter()
    stored, gaps = split_period(query, counted and without_minutes(counted), DAY)
    for part in stored:
        kept = sa.select(answer_rollups.c.details["drawn"]).where(*step_conditions(answer_rollups, query, part))
        for counts in connection.execute(kept).scalars():
            drawn.update({_stratum(name): int(n) for name, n in (counts or {}).items()})
    for gap in gaps:
        for band, share, n in connection.execute(_of_rows(gap)):
            drawn[band, share] += int(n)
    return dict(drawn)


def drawn_by_hour(connection: sa.Connection, query: Query) -> dict[Key, Mapping[str, int]]:
    """The drawn answers of one system by hour, version and source, as `AnswerDetails` holds them."""
    step = StepNumber(audit_sample.c.created_at, sa.literal_column(str(HOUR)))
    counted: dict[Key, dict[str, int]] = {}
    for number, version, source, band, share, n in connection.execute(
        _of_rows(query, step, audit_sample.c.version, audit_sample.c.source)
    ):
        counted.setdefault((number * HOUR, version, source), {})[_name((band, share))] = int(n)
    return dict(counted)


def conditions(query: Query, *, by_time: bool = True) -> list[sa.ColumnElement[bool]]:
    """The conditions of the WHERE clause. by_time: whether SQLite may read an index for the time."""
    columns = audit_sample.c
    time = columns.created_at if by_time else unindexed(columns.created_at)
    names = ("system", "version", "source")
    conditions = [columns[name] == getattr(query, name) for name in names if getattr(query, name) is not None]
    if query.since is not None:
        conditions.append(time >= query.since)
    if query.until is not None:
        conditions.append(time < query.until)
    return conditions


def _of_rows(query: Query, *more: Any) -> sa.Select[Any]:
    """Drawn answers by band and share, and by what else is named; reads the index alone."""
    groups = (*more, audit_sample.c.band, audit_sample.c.share)
    return sa.select(*groups, sa.func.count()).where(*conditions(query)).group_by(*groups)


def _name(stratum: Stratum) -> str:
    """A stratum as a key of JSON."""
    band, share = stratum
    return f"{band} {share!r}"


def _stratum(name: str) -> Stratum:
    band, share = name.split()
    return int(band), float(share)
