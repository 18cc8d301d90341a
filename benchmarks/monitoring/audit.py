"""The audit sample by simulation: how often its interval holds a month's true accuracy, beside volunteered feedback.

Each invented month has answers with scores that are too confident, so that nothing but judging tells the accuracy.
People volunteer on wrong answers more often, which puts their share of right ones 10 points too low. The last line is
one JSON object.
"""

from __future__ import annotations

import argparse
import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.special import ndtri

from benchmarks.support import report
from core.evaluation.shares import Share
from core.monitoring import audit
from core.store.audit import audit_position, score_band

ANSWERS = 3000  # a month
ACCURACIES = (0.7, 0.8, 0.9, 0.97)
DRAWN = (50, 100, 200, 400)  # answers that a month's audit sample draws, about
VOLUNTEERED_ERROR = 0.1
BY_BAND = np.array([2.0, 1.5, 1.0, 0.5])  # shares of the bands, lowest scores first, relative to the mean
RESPONSES = {
    "all judge": np.full((4, 2), 1.0),
    "hard ones are left out": np.array([[0.4, 0.4], [0.6, 0.6], [0.8, 0.8], [0.9, 0.9]]),
    "wrong ones are left out": np.array([[0.6, 0.8]] * 4),
}
"""Chance that a drawn answer is judged, by band of scores and by whether it is wrong or right. The last breaks what the
estimate asks for: it shows how far that leads it astray."""
MIN_COVERED = 0.93
IN_ORDER = ", counted in order"
"""As the log counts: in each band, judgements behind an answer that was left out do not count."""


@dataclass(frozen=True)
class Month:
    """Answers of one month: position in the audit, band of the score, whether it was right."""

    positions: np.ndarray
    bands: np.ndarray
    right: np.ndarray


SCORE_SPREAD = 1.5  # SD of the log-odds of being right
OVERCONFIDENCE = 0.5  # by which the log-odds of scores are too large
OFFSETS = np.linspace(-6, 8, 200)


def draw_month(random: np.random.Generator, accuracy: float) -> Month:
    """A month whose chance of a right answer rises with the score and is `accuracy` in the mean."""
    log_odds = random.normal(_offset(accuracy), SCORE_SPREAD, ANSWERS)
    identifiers = [str(uuid.UUID(bytes=random.bytes(16))) for _ in range(ANSWERS)]
    bands = np.array([score_band(score) for score in _logistic(log_odds + OVERCONFIDENCE)])
    positions = np.array([audit_position(identifier, "benchmark") for identifier in identifiers])
    return Month(positions, bands, random.random(ANSWERS) < _logistic(log_odds))


@cache
def _offset(accuracy: float) -> float:
    """The mean log-odds at which the mean chance is `accuracy`."""
    spread = SCORE_SPREAD * ndtri((np.arange(1000) + 0.5) / 1000)
    return float(np.interp(accuracy, [_logistic(spread + offset).mean() for offset in OFFSETS], OFFSETS))


def _logistic(values: np.ndarray) -> np.ndarray:
    result: np.ndarray = 1 / (1 + np.exp(-values))
    return result


def draw_sample(month: Month, shares: np.ndarray) -> np.ndarray:
    """Which answers belong to the audit sample, bool, shape (ANSWERS,). shares: drawn, by band."""
    drawn: np.ndarray = month.positions < shares[month.bands]
    return drawn


def counted_in_order(month: Month, drawn: np.ndarray, judged: np.ndarray) -> np.ndarray:
    """Which judged answers count: in each band up to the first drawn one that was left out, bool, shape (ANSWERS,)."""
    left_out = drawn & ~judged
    ends = np.array([month.positions[left_out & (month.bands == band)].min(initial=1) for band in range(len(BY_BAND))])
    counted: np.ndarray = drawn & judged & (month.positions < ends[month.bands])
    return counted


def audited(month: Month, judged: np.ndarray) -> audit.AuditEstimate | None:
    """The month's estimate from the drawn answers that count as judged, bool, shape (ANSWERS,); None without any."""
    strata = []
    for band in range(len(BY_BAND)):
        inside = month.bands == band
        counts = [int(mask.sum()) for mask in (inside, inside & judged, inside & judged & month.right)]
        strata.append(audit.AuditStratum(*counts))
    return audit.audited_accuracy(strata)


def volunteered(month: Month, count: int, random: np.random.Generator) -> Share:
    """Feedback on about `count` answers that people chose: its share of right ones is VOLUNTEERED_ERROR too low."""
    accuracy = month.right.mean()
    wanted = accuracy - VOLUNTEERED_ERROR
    chance = np.where(month.right, wanted / accuracy, (1 - wanted) / (1 - accuracy))
    judged = random.random(ANSWERS) < chance * count / ANSWERS
    return Share(int(month.right[judged].sum()), int(judged.sum()))


def measure(accuracy: float, drawn: int, months: int, seed: int) -> dict[str, Any]:
    """How often intervals hold the true accuracy, by how labellers respond, with one share and with shares by band."""
    random = np.random.default_rng([seed, int(1000 * accuracy), drawn])
    covered: dict[str, list[bool]] = {}
    errors: dict[str, list[float]] = {}
    for _ in range(months):
        month = draw_month(random, accuracy)
        truth = float(month.right.mean())
        even = np.full(len(BY_BAND), drawn / ANSWERS)
        for shares, kind in ((even, ""), (np.minimum(1, even * BY_BAND), ", more of low scores")):
            drawn_answers = draw_sample(month, shares)
            for response, chances in RESPONSES.items():
                responds = random.random(ANSWERS) < chances[month.bands, month.right.astype(int)]
                judged = drawn_answers & responds
                for rule, mask in (("", judged), (IN_ORDER, counted_in_order(month, drawn_answers, judged))):
                    name = response + kind + rule
                    if (estimate := audited(month, mask)) is not None:
                        covered.setdefault(name, []).append(estimate.low <= truth <= estimate.high)
                        errors.setdefault(name, []).append(estimate.accuracy - truth)
        share = volunteered(month, drawn, random)
        covered.setdefault("volunteered", []).append(share.interval[0] <= truth <= share.interval[1])
        errors.setdefault("volunteered", []).append((share.value or 0.0) - truth)
    return {
        "accuracy": accuracy,
        "drawn": drawn,
        "covered": {name: float(np.mean(values)) for name, values in covered.items()},
        "mean_error": {name: round(float(np.mean(values)), 4) for name, values in errors.items()},
    }


def main() -> None:
    """Print the figures; the last line is one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=400, help="of each accuracy and size of the sample")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    cases = []
    for accuracy in ACCURACIES:
        for drawn in DRAWN:
            cases.append(measure(accuracy, drawn, chosen.months, chosen.seed))
            for name, share in cases[-1]["covered"].items():
                low, high = Share(round(share * chosen.months), chosen.months).interval
                error = cases[-1]["mean_error"][name]
                print(
                    f"accuracy {accuracy:.0%}, {drawn} drawn, {name}: {share:.1%} [{low:.1%}, {high:.1%}] covered,"
                    f" mean error {100 * error:+.1f} points",
                    flush=True,
                )
    print(
        f"Aim: at least {MIN_COVERED:.0%} of months covered, where whether an answer is judged hangs on its band alone."
    )
    report.print_figures({"seed": chosen.seed, "months": chosen.months, **_summary(cases), "cases": cases})


def _summary(cases: list[dict[str, Any]]) -> dict[str, float]:
    """The least coverage of the audit where its assumption holds and where it does not, and the most of volunteers."""
    by_name = {name: [case["covered"][name] for case in cases] for name in cases[0]["covered"]}
    in_order = [name for name in by_name if name.endswith(IN_ORDER)]
    broken = [name for name in by_name if name.startswith("wrong ones") and name not in in_order]
    holds = [name for name in by_name if name not in (*broken, *in_order, "volunteered")]
    return {
        "least_covered": min(min(by_name[name]) for name in holds),
        "least_covered_wrong_left_out": min(min(by_name[name]) for name in broken),
        "least_covered_in_order": min(min(by_name[name]) for name in in_order),
        "most_covered_volunteered": max(by_name["volunteered"]),
    }


if __name__ == "__main__":
    main()
