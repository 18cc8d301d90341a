"""What a version says about itself in its metadata, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.inference import SystemCard
from pages.parts.shared.words import number, percent

MAX_SETS = 3


def sentence(card: SystemCard) -> str:
    """Version, when it was made and what it was checked on: as much of it as the metadata holds."""
    parts = [f"Version {card.champion}"]
    if trained_at := _trained_at(card.metadata):
        parts.append(f"trained on {trained_at:%Y-%m-%d}")
    checks = _checks(card.metadata.get("checked") or card.metadata.get("metrics"))
    text = f"{', '.join(parts)}."
    return f"{text} Checked on {'; '.join(checks)}." if checks else text


def lowest_accuracy(metadata: Mapping[str, Any]) -> float | None:
    """The lowest share of right answers among the sets that a version was checked on; None if it does not say.

    A set whose name says what was measured ("floods: agreement of extents") holds another figure, and does not count.
    """
    accuracies = [
        figures["accuracy"]
        for name, figures in _whole_sets(metadata.get("checked") or metadata.get("metrics")).items()
        if ":" not in name and isinstance(figures.get("accuracy"), float)
    ]
    return min(accuracies, default=None)


def _trained_at(metadata: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(str(metadata["created_at"]))
    except (KeyError, ValueError):
        return None


def _checks(metrics: Any) -> list[str]:
    """One phrase for each set of held-out data, at most MAX_SETS, without the parts of a set ("wild/beach")."""
    phrases = [
        _phrase(name, figures)
        for name, figures in _whole_sets(metrics).items()
        if isinstance(figures.get("accuracy"), float)
    ]
    return phrases[:MAX_SETS]


def _whole_sets(metrics: Any) -> dict[str, Mapping[str, Any]]:
    """{name of a set of held-out data: its figures}, without the parts of a set; "all" for figures of one set."""
    if not isinstance(metrics, Mapping):
        return {}
    sets = {"all": metrics} if "accuracy" in metrics else metrics
    return {name: figures for name, figures in sets.items() if "/" not in name and isinstance(figures, Mapping)}


def _phrase(name: str, figures: Mapping[str, Any]) -> str:
    cases = [f"n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{number(figures['n'])}"] if "n" in figures else []
    if interval := figures.get("intervals", {}).get("accuracy"):
        cases.append(f"{100 * interval[0]:.0f} to {percent(interval[1])}")
    what = "all held-out data" if name == "all" else name.replace("_", " ")
    right = "" if ":" in name else " right"  # a name may say what was measured: "floods: agreement of extents"
    return f"{what}: {percent(figures['accuracy'])}{right}" + (f" ({', '.join(cases)})" if cases else "")
