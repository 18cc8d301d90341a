"""Before when rows of the log were removed for good: their counts stay, and are not made again."""

from __future__ import annotations

import sqlalchemy as sa

from core.store.rollups.tables import counted_until


def removed_before(connection: sa.Connection, *, locked: bool = False) -> int:
    """The bound [s since 1970], 0 where nothing was removed. locked: it does not move until this transaction ends."""
    bound = sa.select(counted_until.c.removed_before)
    return int(connection.execute(bound.with_for_update(read=True) if locked else bound).scalar_one_or_none() or 0)
