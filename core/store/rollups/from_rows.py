"""Counts of predictions and outcomes, made from their rows."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, MutableSequence, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from pydantic_core import from_json

from core.contract import PREDICTION_SET
from core.store.counting import RELIABILITY_BINS, SCORE_BINS, StepNumber
from core.store.query import Query, is_latest
from core.store.rollups.counts import AnswerCounts, AnswerDetails, JudgedDetails, latency_bin
from core.store.rollups.levels import HOUR
from core.store.tables import outcomes, predictions

AT_ONCE = 10_000  # rows held at a time
MAX_VALUES = 200  # distinct answers, and groups of a grouping, that are counted apart in an hour
MIN_PROBABILITY = 1e-6  # of a truth that the answer did not list

Key = tuple[int, str, str]
"""Start of the step [s since 1970], version ("" for none) and source."""


class Binning(Protocol):
    """How the features of a version's answers are counted: by the bins of what they are held against."""

    @property
    def fingerprint(self) -> str:
        """Tells the bins from others."""

    def counts(self, features: Sequence[Mapping[str, Any]]) -> dict[str, list[int]]:
        """By feature, how many of the answers fall into each bin."""


def count_rows(connection: sa.Connection, query: Query, level: int) -> dict[Key, AnswerCounts]:
    """The meant rows of one system, by step of `level` seconds, version and source. Reads no more than the index."""
    counted: dict[Key, AnswerCounts] = defaultdict(AnswerCounts)
    for step, version, source, status, abstained, score, latency_ms in _read(connection, rows_of(query, level)):
        counts = counted[step * level, version or "", source]
        counts.n += 1
        if status == "failed":
            counts.failed += 1
            continue
        name = latency_bin(latency_ms)
        counts.latency[name] = counts.latency.get(name, 0) + 1
        counts.not_sure += bool(abstained) or (score is not None and score < query.not_sure_below)
        if score is not None:
            counts.scores[min(int(score * SCORE_BINS), SCORE_BINS - 1)] += 1
    return counted


def rows_of(query: Query, level: int) -> sa.Select[Any]:
    """What `count_rows` reads of each row: whole steps since 1970, version, source, and what the index holds."""
    columns = ("version", "source", "status", "abstained", "score", "latency_ms")
    return sa.select(_start(level), *(predictions.c[name] for name in columns)).where(*query.conditions())


def count_details(connection: sa.Connection, query: Query, binnings: Mapping[str, Binning]) -> dict[Key, AnswerDetails]:
    """What is counted of one system's hours beside `AnswerCounts`. binnings: by version, of those that have one."""
    columns = ("version", "source", "status", "abstained", "score", "value", "error_kind", "site", "groups")
    meant = sa.select(
        _start(HOUR), *(predictions.c[name] for name in columns), sa.cast(predictions.c.features, sa.Text)
    ).where(*query.conditions())
    counted: dict[Key, AnswerDetails] = {}
    features: dict[Key, list[str]] = defaultdict(list)
    for step, version, source, *row, text in _read(connection, meant):
        key = (step * HOUR, version or "", source)
        _count_answer(counted.setdefault(key, no_answers()), row, query.not_sure_below)
        if text and text != "null" and key[1] in binnings:
            features[key].append(text)
    for key, texts in features.items():
        binning = binnings[key[1]]
        counted[key]["features"] = binning.counts(from_json("[" + ",".join(texts) + "]"))
        counted[key]["reference"] = {binning.fingerprint: len(texts)}
    return counted


def count_judged(connection: sa.Connection, query: Query) -> dict[Key, JudgedDetails]:
    """What is counted of one system's predictions that have an outcome, by hour; the latest of each counts."""
    counted: dict[Key, JudgedDetails] = {}
    for step, label, correct, judge, version, source, *row in _read(connection, judged_rows_of(query)):
        details = counted.setdefault((step * HOUR, version or "", source), _nothing_judged())
        _count_outcome(details, label, correct, judge, row)
    return counted


def judged_rows_of(query: Query) -> sa.Select[Any]:
    """What `count_judged` reads of each prediction that has an outcome."""
    columns = ("version", "source", "score", "value", "alternatives", "details", "site", "groups")
    return (
        sa.select(
            _start(HOUR),
            *(outcomes.c[name] for name in ("label", "correct", "source")),
            *(predictions.c[name] for name in columns),
        )
        .join_from(outcomes, predictions, outcomes.c.prediction_id == predictions.c.id)
        .where(is_latest(), outcomes.c.status == "answered", *query.outcome_conditions())
    )


def _start(level: int) -> StepNumber:
    return StepNumber(predictions.c.created_at, sa.literal_column(str(level)))


def _read(connection: sa.Connection, meant: sa.Select[Any]) -> Iterator[Any]:
    return iter(connection.execution_options(yield_per=AT_ONCE).execute(meant))


def no_answers() -> AnswerDetails:
    """Details of no answers at all."""
    return {"values": {}, "errors": {}, "scores": [0, 0.0, 0.0], "groups": {}}


def _nothing_judged() -> JudgedDetails:
    bins = [[0, 0, 0.0] for _ in range(RELIABILITY_BINS)]
    return {"n": 0, "correct": 0, "bins": bins, "pairs": {}, "log_loss": [0, 0.0, 0.0], "sets": [0, 0], "groups": {}}


def _count_answer(details: AnswerDetails, row: Sequence[Any], not_sure_below: float) -> None:
    """row: status, abstained, score, value, error kind, site, groups."""
    status, abstained, score, value, error_kind, site, groups = row
    if status == "failed":
        _count(details["errors"], error_kind or "")
        return
    if value is not None:
        _count(details["values"], value)
    promised = [0, 0.0, 0.0] if score is None else [1, score, score * (1 - score)]
    _increase(details["scores"], promised)
    unsure = bool(abstained) or (score is not None and score < not_sure_below)
    for by, group in _groups(site, groups):
        _add(details["groups"].setdefault(by, {}), group, [1, int(unsure), *promised])


def _count_outcome(details: JudgedDetails, label: str, correct: bool, judge: str, row: Sequence[Any]) -> None:
    """judge: where the outcome came from. row: score, value, alternatives, details, site, groups of the prediction."""
    score, value, alternatives, answer_details, site, groups = row
    right = int(bool(correct))
    details["n"] += 1
    details["correct"] += right
    if score is not None:
        number = min(max(math.ceil(score * RELIABILITY_BINS) - 1, 0), RELIABILITY_BINS - 1)
        _increase(details["bins"][number], [1, right, score])
    _count(details["pairs"].setdefault(label, {}), value or "")
    if alternatives:
        loss = -math.log(_probability(label, alternatives))
        _increase(details["log_loss"], [1, loss, loss * loss])
    members = (answer_details or {}).get(PREDICTION_SET)
    if isinstance(members, list):
        _increase(details["sets"], [1, int(label in members)])
    for by, group in (*_groups(site, groups), ("answer", value or ""), ("truth", label), ("judge", judge)):
        _add(details["groups"].setdefault(by, {}), group, [1, right, score or 0.0])


def _probability(label: str, alternatives: Iterable[Mapping[str, Any]]) -> float:
    """What the answer gave the truth; of a truth that it did not list, at most what the listed ones leave over."""
    listed = {each["value"]: float(each["score"]) for each in alternatives}
    return max(listed.get(label, 1 - sum(listed.values())), MIN_PROBABILITY)


def _groups(site: str | None, groups: Mapping[str, str] | None) -> Iterator[tuple[str, str]]:
    if site is not None:
        yield "site", site
    yield from (groups or {}).items()


def _count(counts: dict[str, int], name: str) -> None:
    """Count one more, under "" where too many names are counted apart already."""
    name = name if name in counts or len(counts) < MAX_VALUES else ""
    counts[name] = counts.get(name, 0) + 1


def _add(counts: dict[str, list[float]], name: str, numbers: list[float]) -> None:
    """Add numbers to those of a group, under "" where too many are counted apart already."""
    name = name if name in counts or len(counts) < MAX_VALUES else ""
    _increase(counts.setdefault(name, [0] * len(numbers)), numbers)


def _increase(numbers: MutableSequence[Any], by: Sequence[float]) -> None:
    """Add to each of some numbers, in place."""
    for index, more in enumerate(by):
        numbers[index] += more
