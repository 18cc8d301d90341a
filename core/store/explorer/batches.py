"""The neighbours of a prediction in its batch, in the order that they were answered."""

from __future__ import annotations

import sqlalchemy as sa

from core.store.explorer.keys import Key
from core.store.rows import PredictionRow
from core.store.tables import predictions


def beside(connection: sa.Connection, row: PredictionRow, number: int) -> tuple[list[Key], list[Key]]:
    """The keys of up to `number` rows before a row and after it; none where it belongs to no batch."""
    if row["batch"] is None:
        return [], []
    time, identifier = predictions.c.created_at, predictions.c.id
    in_batch = sa.select(time, identifier).where(predictions.c.batch == row["batch"]).limit(number)
    # The first condition of each, which the second implies, lets the database begin there in its index.
    earlier = (time <= row["created_at"], (time < row["created_at"]) | (identifier < row["id"]))
    later = (time >= row["created_at"], (time > row["created_at"]) | (identifier > row["id"]))
    before = connection.execute(in_batch.where(*earlier).order_by(time.desc(), identifier.desc())).all()
    after = connection.execute(in_batch.where(*later).order_by(time, identifier)).all()
    return [(when, name) for when, name in reversed(before)], [(when, name) for when, name in after]
