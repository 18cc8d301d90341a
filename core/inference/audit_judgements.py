"""Judgements of drawn answers: right, what it is instead, or that nobody can tell; one by one or from a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.inference.bulk_feedback import RecordedLabels, RefusedLabel, feedback_in_bulk
from core.inference.outcomes import feedback
from core.progress import ProgressListener
from core.store import AUDIT_SOURCE, OutcomeRow, store

CANNOT_TELL = "cannot tell"
"""What a table has in place of a label where nobody can tell."""


@dataclass(frozen=True)
class RecordedJudgements:
    """What became of some judgements: labels, and answers of which nobody could tell."""

    labels: RecordedLabels
    put_aside: int


def judge(prediction_id: str, label: str, *, actor: str = "local") -> OutcomeRow:
    """Record the truth of a drawn answer; `inference.withdraw` takes it back. Raises as `inference.feedback`."""
    return feedback(prediction_id, label, actor=actor, source=AUDIT_SOURCE)


def put_aside(prediction_id: str, *, actor: str = "local") -> None:
    """Record that nobody can tell whether a drawn answer is right. Raises StoreUnavailable."""
    store().audit.put_aside(prediction_id, actor)


def take_up(prediction_id: str) -> None:
    """Let an answer that was put aside wait again. Raises StoreUnavailable."""
    store().audit.take_up(prediction_id)


def judge_in_bulk(
    truths: Sequence[tuple[str, str]], progress: ProgressListener, *, actor: str = "local"
) -> RecordedJudgements:
    """Record (prediction id, label or CANNOT_TELL) pairs; those of answers that were not drawn are refused.

    Raises StoreUnavailable, and Cancelled from `progress`: what was recorded before stays.
    """
    drawn = _drawn([prediction_id for prediction_id, _ in truths])
    strangers = tuple(
        RefusedLabel(prediction_id, label, "Expected an answer of the audit sample. This one is not drawn.")
        for prediction_id, label in truths
        if prediction_id not in drawn
    )
    told = [pair for pair in truths if pair[0] in drawn and pair[1].lower() != CANNOT_TELL]
    aside = [pair[0] for pair in truths if pair[0] in drawn and pair[1].lower() == CANNOT_TELL]
    labels = sum(feedback_in_bulk(told, progress, actor=actor, source=AUDIT_SOURCE), RecordedLabels(refused=strangers))
    for prediction_id in aside:
        put_aside(prediction_id, actor=actor)
    return RecordedJudgements(labels, len(aside))


def _drawn(prediction_ids: Sequence[str], at_once: int = 2_000) -> set[str]:
    starts = range(0, len(prediction_ids), at_once)
    return {name for start in starts for name in store().audit.drawn(prediction_ids[start : start + at_once])}
