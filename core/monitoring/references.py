"""What the features of a version's answers are held against, made from its answers to its own validation data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import InvalidInput
from core.monitoring.drift import PREDICTED_CLASS, Reference, reference_of

if TYPE_CHECKING:  # of the same line of layers
    from core.store import Query, Store

MAX_ANSWERS = 50_000
MIN_ANSWERS = 50


def from_log(store: Store, query: Query) -> Reference:
    """The reference of the answers that are meant, at most the newest MAX_ANSWERS. InvalidInput where they are few."""
    rows = store.rows(query, ("created_at", "id", "value", "features"), limit=MAX_ANSWERS)
    answers = [{**(row["features"] or {}), PREDICTED_CLASS: row["value"]} for row in rows]
    if len(answers) < MIN_ANSWERS:
        raise InvalidInput(
            expected=f"at least {MIN_ANSWERS} answers to a version's own data in the log",
            received=str(len(answers)),
            advice="Check system, version and site, and answer more of its validation data.",
        )
    return reference_of(answers)
