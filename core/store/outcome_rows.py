"""Outcomes recorded and withdrawn, with the marks that they leave on counts and on the audit sample."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from core.store import by_column, statements
from core.store.audit.writing import note_judged, note_withdrawn
from core.store.rollups.keeper import mark_late
from core.store.rollups.levels import moment
from core.store.rollups.removal import removed_before
from core.store.rows import OutcomeRow, unknown_prediction
from core.store.tables import outcomes


def record(connection: sa.Connection, rows: Sequence[OutcomeRow]) -> list[OutcomeRow]:
    """Write those that are new, and return them. UnknownPrediction where a prediction is not in the log, or no longer.

    The bound of what was removed does not move meanwhile: what is said of older rows could not be counted.
    """
    stored = set(connection.execute(statements.recorded([row["id"] for row in rows])).scalars())
    new = [row for row in rows if row["id"] not in stored]
    if not new:
        return new
    bound = moment(removed_before(connection, locked=True))
    judged = connection.execute(statements.copied_to_outcomes([row["prediction_id"] for row in new]))
    copied = {row["prediction_id"]: dict(row) for row in judged.mappings() if row["predicted_at"] >= bound}
    for row in new:
        if row["prediction_id"] not in copied:
            raise unknown_prediction(row["prediction_id"], bound)
    values = [{**row, **copied[row["prediction_id"]]} for row in new]
    # Where another process was faster, its rows stay.
    connection.execute(by_column.insert_if_new(outcomes, connection.dialect, ["id"]), values)
    mark_late(connection, (row["predicted_at"] for row in copied.values()))
    note_judged(connection, new)
    return new


def withdraw(connection: sa.Connection, outcome_id: str) -> str | None:
    """Delete an outcome; returns the path of the input that was kept for it, where no other outcome names it."""
    meant = sa.select(outcomes).where(outcomes.c.id == outcome_id)
    row = connection.execute(meant).mappings().one_or_none()
    if row is None:
        return None
    connection.execute(sa.delete(outcomes).where(outcomes.c.id == outcome_id))
    mark_late(connection, [] if row["predicted_at"] is None else [row["predicted_at"]])
    note_withdrawn(connection, row["prediction_id"], row["source"])
    path: str | None = row["kept_input"]
    named = sa.select(outcomes.c.id).where(outcomes.c.kept_input == path).limit(1)
    return path if path is not None and connection.execute(named).first() is None else None
