"""How good the answers of a period were, from what is counted of the judged ones: in all, over time, by group.

A period comes as the store counts it: `DetailedStep` with `JudgedDetails` or `AnswerDetails`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from core.evaluation.classes import macro_f1_of_counts
from core.evaluation.shares import Z_95, Difference, Share, fall
from core.monitoring.expected_accuracy import ExpectedAccuracy, expected_accuracy
from core.monitoring.judging import Estimate
from core.store.rollups.counts import added

if TYPE_CHECKING:  # of the same line of layers
    from core.store.rollups.reading import DetailedStep

RESAMPLES = 500
Details = Mapping[str, Any]


@dataclass(frozen=True)
class CalibrationError:
    """Expected calibration error of n judged answers, and what chance alone brings to perfectly calibrated ones.

    by_chance: the 95 % quantile of the error that n answers of the same scores have where every score is true.
    """

    n: int
    value: float
    by_chance: float


@dataclass(frozen=True)
class Quality:
    """How good the judged answers were, and what accuracy all answers' scores promise.

    accuracy: right of those judged. macro_f1: over the classes that occur in the truth. log_loss: mean of -log of the
    probability given to the truth [nats], of `log_loss_n` answers that listed probabilities. coverage: sets that hold
    the truth, of those judged that gave one. expected: of all answers, judged or not. before: right of those judged in
    the period before, None without one.
    """

    accuracy: Share
    macro_f1: Estimate | None
    log_loss: Estimate | None
    log_loss_n: int
    calibration: CalibrationError | None
    coverage: Share
    expected: ExpectedAccuracy | None
    before: Share | None = None

    @property
    def fall(self) -> Difference | None:
        """How far accuracy fell from the period before; None where nothing was judged then or now."""
        return fall(self.before, self.accuracy) if self.before and self.before.n and self.accuracy.n else None


@dataclass(frozen=True)
class GroupAccuracy:
    """Accuracy of one group's judged answers, what their scores promised, and its fall from the period before.

    fall: None where nothing was judged before.
    """

    group: str
    accuracy: Share
    promised: float
    fall: Difference | None


def summed(steps: Iterable[DetailedStep]) -> dict[str, Any]:
    """The details of several steps together; empty of none."""
    total: dict[str, Any] = {}
    for step in steps:
        total = cast("dict[str, Any]", added(total, step.details)) if total else dict(step.details)
    return total


def quality(judged: Details, answers: Details, before: Details | None = None) -> Quality:
    """The figures of a period.

    judged: summed `JudgedDetails`. answers: summed `AnswerDetails`. before: `judged` of the period before. Each may be
    empty.
    """
    hits, n = int(judged.get("correct", 0)), int(judged.get("n", 0))
    loss_n, loss, squares = judged.get("log_loss", (0, 0.0, 0.0))
    sets, holding = judged.get("sets", (0, 0))
    scores = answers.get("scores", (0, 0.0, 0.0))
    return Quality(
        accuracy=Share(hits, n),
        macro_f1=macro_f1(judged.get("pairs", {})),
        log_loss=_mean(int(loss_n), loss, squares),
        log_loss_n=int(loss_n),
        calibration=calibration_error(judged.get("bins", [])),
        coverage=Share(int(holding), int(sets)),
        expected=expected_accuracy(int(scores[0]), scores[1], scores[2]),
        before=Share(int(before.get("correct", 0)), int(before.get("n", 0))) if before is not None else None,
    )


def macro_f1(pairs: Mapping[str, Mapping[str, int]]) -> Estimate | None:
    """Mean over the true classes of F1 = 2 TP / (2 TP + FP + FN), with its 95 % interval; None of nothing.

    The interval is of RESAMPLES resamples of the judged answers (bootstrap, percentiles).

    pairs: answers by truth and best guess.
    """
    classes = sorted({*pairs, *(guess for guesses in pairs.values() for guess in guesses)})
    index = {name: number for number, name in enumerate(classes)}
    counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
    for truth, guesses in pairs.items():
        for guess, n in guesses.items():
            counts[index[truth], index[guess]] += n
    total = int(counts.sum())
    if not total:
        return None
    random = np.random.default_rng(0)  # the same answers give the same interval
    drawn = random.multinomial(total, (counts / total).ravel(), size=RESAMPLES).reshape(-1, *counts.shape)
    low, high = np.quantile([macro_f1_of_counts(each) for each in drawn], [0.025, 0.975])
    return Estimate(cast("float", macro_f1_of_counts(counts)), float(low), float(high))


def calibration_error(bins: Sequence[Sequence[float]]) -> CalibrationError | None:
    """Expected calibration error (Guo et al. 2017, arXiv:1706.04599, equation 3) of counted answers; None of none.

    bins: of each bin of scores, answers, right ones and the sum of their scores.
    """
    counted = np.asarray([each for each in bins if each[0]], dtype=float)
    if not len(counted):
        return None
    n, right, score = counted.T
    random = np.random.default_rng(0)
    chance = random.binomial(n.astype(np.int64), np.clip(score / n, 0.0, 1.0), size=(RESAMPLES, len(n)))
    errors = np.abs(chance - score).sum(axis=1) / n.sum()
    return CalibrationError(
        int(n.sum()), float(np.abs(right - score).sum() / n.sum()), float(np.quantile(errors, 0.95))
    )


def accuracy_by_group(judged: Details, before: Details) -> dict[str, list[GroupAccuracy]]:
    """By kind of group, each group's accuracy, the lowest first by the upper end of its interval.

    judged, before: summed `JudgedDetails` of the period and of the one before it.
    """
    earlier = before.get("groups", {})
    return {
        kind: sorted(
            (_group(name, numbers, earlier.get(kind, {}).get(name)) for name, numbers in groups.items()),
            key=lambda each: (each.accuracy.interval[1], -each.accuracy.n, each.group),
        )
        for kind, groups in judged.get("groups", {}).items()
    }


def _group(name: str, numbers: Sequence[float], before: Sequence[float] | None) -> GroupAccuracy:
    n, right, score = numbers
    accuracy = Share(int(right), int(n))
    return GroupAccuracy(
        name, accuracy, score / n, fall(Share(int(before[1]), int(before[0])), accuracy) if before else None
    )


def confusions(judged: Details, most: int) -> list[tuple[str, str, int, Share]]:
    """What is taken for what most often: (truth, answer, how often, as a share of the truth's answers)."""
    wrong = [
        (truth, guess, n, Share(n, sum(guesses.values())))
        for truth, guesses in judged.get("pairs", {}).items()
        for guess, n in guesses.items()
        if guess != truth
    ]
    return sorted(wrong, key=lambda each: (-each[2], each[0], each[1]))[:most]


def quality_over_time(judged: Iterable[DetailedStep], answers: Iterable[DetailedStep]) -> pd.DataFrame:
    """Accuracy of the judged answers and the accuracy that all answers' scores promise, a row for each step.

    Columns: start (UTC), n (judged), accuracy, low, high (Wilson, 95 %), answers, expected, expected_low,
    expected_high; missing where nothing was judged, or answered.
    """
    right: dict[int, Share] = defaultdict(lambda: Share(0, 0))
    promised: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(3))
    for step in judged:
        before = right[step.start]
        right[step.start] = Share(before.hits + int(step.details["correct"]), before.n + int(step.details["n"]))
    for step in answers:
        promised[step.start] += np.asarray(step.details["scores"], dtype=float)
    rows = [
        (start, *_judged_row(right.get(start)), *_promised_row(promised.get(start)))
        for start in sorted({*right, *promised})
    ]
    columns = ["start", "n", "accuracy", "low", "high", "answers", "expected", "expected_low", "expected_high"]
    table = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[1:], float))
    return table.assign(start=pd.to_datetime(table["start"].astype("int64"), unit="s", utc=True))


def _judged_row(share: Share | None) -> tuple[float, float, float, float]:
    if share is None or not share.n:
        return 0, np.nan, np.nan, np.nan
    return share.n, share.value or 0.0, *share.interval


def _promised_row(sums: np.ndarray | None) -> tuple[float, float, float, float]:
    expected = None if sums is None else expected_accuracy(int(sums[0]), float(sums[1]), float(sums[2]))
    return (expected.n, expected.value, expected.low, expected.high) if expected else (0, np.nan, np.nan, np.nan)


def _mean(n: int, total: float, squares: float) -> Estimate | None:
    """A mean with its 95 % interval by the central limit theorem; None of nothing."""
    if not n:
        return None
    mean = total / n
    half = Z_95 * float(np.sqrt(max(squares / n - mean * mean, 0.0) / n))
    return Estimate(mean, mean - half, mean + half)
