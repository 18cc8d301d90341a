"""What is written of the audit sample beside the log: which answers are drawn, and what outcomes say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.settings import settings
from core.store.audit.drawing import audit_position, drawn_rows, score_band
from core.store.audit.tables import AUDIT_SOURCE, audit_sample
from core.store.by_column import insert_if_new
from core.store.rows import OutcomeRow
from core.store.tables import outcomes, predictions

INSERT = sa.insert(audit_sample)  # kept, so that SQLAlchemy finds its compiled form at once
OF_PREDICTION = ("created_at", "system", "version", "source", "score", "status")


def draw(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note which of these rows of the log are drawn, in the transaction that writes them."""
    share = settings().audit_share
    if not share:
        return
    drawn = [
        _row(row["id"], row, share, position)
        for row in rows
        if (position := audit_position(row["id"])) < share and row["status"] == "answered"
    ]
    if drawn:
        connection.execute(INSERT, drawn)


def draw_columns(connection: sa.Connection, columns: Mapping[str, object]) -> None:
    """Note which rows given by column are drawn, in their transaction and before they are written.

    Those that the log has already were drawn, or not, when they were written first.
    """
    share, identifiers = settings().audit_share, columns["id"]
    if not share or not isinstance(identifiers, list):
        return
    drawn = []
    for index in drawn_rows(identifiers, share):
        values = {name: _cell(columns.get(name), index) for name in OF_PREDICTION}
        if values["status"] == "answered":
            drawn.append(_row(identifiers[index], values, share, audit_position(identifiers[index])))
    if not drawn:
        return
    logged = sa.select(predictions.c.id).where(predictions.c.id.in_([row["prediction_id"] for row in drawn]))
    before = set(connection.execute(logged).scalars())
    if new := [row for row in drawn if row["prediction_id"] not in before]:
        connection.execute(insert_if_new(audit_sample, connection.dialect, ["prediction_id"]), new)


def note_judged(connection: sa.Connection, rows: Sequence[OutcomeRow]) -> None:
    """Note what new outcomes judge of drawn answers, in the transaction that writes them."""
    for row in rows:
        if row["source"] == AUDIT_SOURCE:
            _note(connection, row["prediction_id"], _verdict(row["correct"]), row["created_at"], row["actor"])


def note_withdrawn(connection: sa.Connection, prediction_id: str, source: str) -> None:
    """After an outcome of this source was deleted: what the audit said of the answer before, if anything, counts."""
    if source != AUDIT_SOURCE:
        return
    within = (outcomes.c.prediction_id == prediction_id, outcomes.c.source == AUDIT_SOURCE)
    newest = sa.select(outcomes).where(*within).order_by(outcomes.c.created_at.desc(), outcomes.c.id.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    if row is None:
        _note(connection, prediction_id, None, None, None)
    else:
        _note(connection, prediction_id, _verdict(row["correct"]), row["created_at"], row["actor"])


def _verdict(correct: bool) -> str:
    return "right" if correct else "wrong"


def _note(
    connection: sa.Connection, prediction_id: str, verdict: str | None, at: datetime | None, actor: str | None
) -> None:
    values = {"verdict": verdict, "judged_at": at, "judged_by": actor}
    connection.execute(sa.update(audit_sample).where(audit_sample.c.prediction_id == prediction_id).values(values))


def _row(identifier: str, values: Mapping[str, Any], share: float, position: float) -> dict[str, object]:
    score = values["score"]
    return {
        "prediction_id": identifier,
        **{name: values[name] for name in ("created_at", "system", "source")},
        "version": values["version"] or "",
        "band": 0 if score is None else score_band(score),
        "share": share,
        "position": position,
    }


def _cell(content: object, index: int) -> Any:
    """The value of a row in a column that holds a list, or one value for all."""
    return content[index] if isinstance(content, list) else content
