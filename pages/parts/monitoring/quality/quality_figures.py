"""The quality of answers in figures, each with its interval and what it rests on: of one system, or a line for each."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.evaluation.shares import Share
from core.monitoring.judging import Estimate
from core.monitoring.quality import Quality
from pages.parts.monitoring import attention
from pages.parts.shared.words import counted, number, percent, significant, system_names

PROMISED = (
    "What the calibrated scores of all answers promise (confidence-based estimate). Nobody judged these answers: it "
    "sees inputs that became harder, and is blind where the same inputs came to mean something else."
)


def draw_of_systems(qualities: Mapping[str, Quality]) -> None:
    """A line for each system."""
    titles = system_names()
    rows = [
        {
            "System": titles.get(system, system),
            "Right, by feedback": share_with_basis(each.accuracy),
            "Promised by scores": _promised(each),
            "Macro-F1": _estimate(each.macro_f1),
            "Log loss [nats]": _estimate(each.log_loss, 3),
            "Calibration error": _calibration(each),
            "In the 90 % set": attention.share_text(each.coverage),
        }
        for system, each in qualities.items()
    ]
    if rows:
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            key="quality-by-system",
            alt="Quality of each system",
            column_config={"Promised by scores": st.column_config.TextColumn(help=PROMISED)},
        )
        st.caption("Choose a system above for its groups, its errors and its course over time.")


def draw(quality: Quality) -> None:
    """Six figures of a system's answers: change, promise, macro-F1, log loss, calibration, coverage."""
    with st.container(key="quality-figures"):
        cells = [st.container(gap="xxsmall") for _ in range(6)]
    fall = quality.fall
    cells[0].metric(
        "Right, against before",
        f"{-100 * fall.value:+.1f} points" if fall else "–",
        help="Accuracy by feedback, less that of as long a period before, with its 95 % interval. Below 0: worse.",
    )
    cells[0].caption(_change_basis(quality))
    expected = quality.expected
    cells[1].metric("Promised by scores", percent(expected.value, 1) if expected else "–", help=PROMISED)
    cells[1].caption(f"an estimate without labels, of {counted(expected.n, 'answer')}" if expected else "no answer yet")
    cells[2].metric(
        "Macro-F1",
        significant(quality.macro_f1.value, 2) if quality.macro_f1 else "–",
        help="The mean over the true classes of F1, so that a rare class counts as much as a frequent one.",
    )
    cells[2].caption(_range(quality.macro_f1))
    cells[3].metric(
        "Log loss",
        f"{significant(quality.log_loss.value, 3)} nats" if quality.log_loss else "–",
        help="Mean of -log of the probability that was given to the truth; lower is better, a sure error costs most.",
    )
    cells[3].caption(f"{_range(quality.log_loss, 3)}, n = {number(quality.log_loss_n)}" if quality.log_loss else "")
    calibration = quality.calibration
    cells[4].metric(
        "Calibration error",
        percent(calibration.value, 1) if calibration else "–",
        help="How far scores and accuracy lie apart, mean over the judged answers (expected calibration error).",
    )
    cells[4].caption(f"chance alone brings up to {percent(calibration.by_chance, 1)}" if calibration else "")
    cells[5].metric(
        "In the 90 % set",
        attention.share_text(quality.coverage),
        help="How often the set of categories that an answer names holds the truth; 90 % are promised.",
    )
    cells[5].caption(attention.basis_text(quality.coverage) if quality.coverage.n else "this system names no sets")


def _change_basis(quality: Quality) -> str:
    if quality.fall is None or quality.before is None:
        return "nothing judged in both periods"
    low, high = -100 * quality.fall.high, -100 * quality.fall.low
    return f"{low:+.1f} to {high:+.1f} are possible; before: {attention.share_text(quality.before)}"


def share_with_basis(share: Share, with_n: bool = True) -> str:
    """A share with its interval, and how many cases it rests on; few cases as numbers."""
    if share.n < attention.MIN_CASES:
        return attention.share_text(share)
    low, high = share.interval
    basis = f"n = {number(share.n)}, " if with_n else ""
    return f"{percent(share.value)} ({basis}{100 * low:.0f} to {percent(high)})"


def _promised(quality: Quality) -> str:
    return f"{percent(quality.expected.value, 1)} (n = {number(quality.expected.n)})" if quality.expected else "–"


def _calibration(quality: Quality) -> str:
    calibration = quality.calibration
    return (
        f"{percent(calibration.value, 1)} (chance: up to {percent(calibration.by_chance, 1)})" if calibration else "–"
    )


def _estimate(estimate: Estimate | None, digits: int = 2) -> str:
    return f"{significant(estimate.value, digits)} ({_range(estimate, digits)})" if estimate else "–"


def _range(estimate: Estimate | None, digits: int = 2) -> str:
    if estimate is None:
        return "nobody has judged an answer yet"
    return f"{significant(estimate.low, digits)} to {significant(estimate.high, digits)}"
