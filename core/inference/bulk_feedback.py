"""The truth of many logged predictions: the rules of `outcomes.feedback`, committed some thousands at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from core import systems, telemetry
from core.errors import InvalidInput, UnknownPrediction
from core.inference.outcomes import checked
from core.progress import Progress, ProgressListener, Stage
from core.store import AUDIT_SOURCE, OutcomeRow, outcome_row, storable, store, unknown_prediction

COMMITTED = 2_000  # labels in one transaction: others who write wait some hundredths of a second


@dataclass(frozen=True)
class RefusedLabel:
    """A label that was not recorded, and why."""

    prediction_id: str
    label: str
    why: str


@dataclass(frozen=True)
class RecordedLabels:
    """What became of some labels: how many say that the answer was right or wrong, and those refused."""

    right: int = 0
    wrong: int = 0
    refused: tuple[RefusedLabel, ...] = ()

    @property
    def recorded(self) -> int:
        """Labels that are in the log."""
        return self.right + self.wrong

    def __add__(self, other: RecordedLabels) -> RecordedLabels:
        return RecordedLabels(self.right + other.right, self.wrong + other.wrong, self.refused + other.refused)


def feedback_in_bulk(
    truths: Sequence[tuple[str, str]],
    progress: ProgressListener,
    *,
    actor: str = "local",
    source: str = "feedback",
    once: bool = False,
) -> Iterator[RecordedLabels]:
    """Record (prediction id, label) pairs; gives what became of each COMMITTED of them once they are committed.

    A label that is refused is so alone; one that is the latest truth already is not recorded anew. once: an outcome has
    its prediction's id, so that a recording that is begun again, or twice at once, adds none that is there.
    Raises StoreUnavailable, and Cancelled from `progress`: what was given before stays.
    """
    series = str(uuid4())[:24]
    for start in range(0, len(truths), COMMITTED):
        detail = f"{start} of {len(truths)} recorded"
        progress(Progress(start / len(truths), Stage.ANSWERING, done=start, total=len(truths), detail=detail))
        part = truths[start : start + COMMITTED]
        ids = [pair[0] if once else f"{series}{start + index:012x}" for index, pair in enumerate(part)]
        yield _record(part, ids, source, actor)


def _record(part: Sequence[tuple[str, str]], ids: Sequence[str], source: str, actor: str) -> RecordedLabels:
    """Commit one part. ids: of the outcomes."""
    answers = store().answers_to([prediction_id for prediction_id, _ in part])
    labels = {system: systems.offers(system).labels for system in {system for system, _ in answers.values()}}
    latest = _latest_labels(list(answers), source)
    rows: list[OutcomeRow] = []
    recorded = RecordedLabels()
    refused: list[RefusedLabel] = []
    last = datetime.now(UTC)
    for index, ((prediction_id, label), identifier) in enumerate(zip(part, ids, strict=True)):
        try:
            system, value = _answer(answers, prediction_id)
            truth = storable(checked(label, labels[system]))
        except (UnknownPrediction, InvalidInput) as problem:
            refused.append(RefusedLabel(prediction_id, label, problem.message))
            continue
        if latest.get(prediction_id) == truth:
            recorded += RecordedLabels(int(value == truth), int(value != truth))
            continue
        latest[prediction_id] = truth
        # a microsecond apart: of two about one prediction the later one counts
        moment = last - timedelta(microseconds=len(part) - 1 - index)
        row = outcome_row(
            prediction_id, value, truth, source=source, actor=actor, identifier=identifier, created_at=moment
        )
        rows.append(row)
    new = store().add_outcomes(rows)
    for (system, correct), count in Counter((answers[row["prediction_id"]][0], row["correct"]) for row in new).items():
        telemetry.FEEDBACK.labels(system, str(correct).lower()).inc(count)
    telemetry.log().info("feedback_in_bulk", recorded=len(new), refused=len(refused))
    right = sum(row["correct"] for row in rows)
    return recorded + RecordedLabels(right, len(rows) - right, tuple(refused))


def _latest_labels(prediction_ids: Sequence[str], source: str) -> dict[str, str]:
    """What was last said of some predictions. To the audit, what others said is as good as nothing."""
    outcomes = store().latest_outcomes(prediction_ids)
    return {
        prediction_id: outcome["label"]
        for prediction_id, outcome in outcomes.items()
        if source != AUDIT_SOURCE or outcome["source"] == AUDIT_SOURCE
    }


def _answer(answers: dict[str, tuple[str, str | None]], prediction_id: str) -> tuple[str, str | None]:
    """System and answer of a logged prediction. Raises UnknownPrediction."""
    if prediction_id not in answers:
        raise unknown_prediction(prediction_id)
    return answers[prediction_id]
