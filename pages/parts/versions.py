"""What a version says about itself in its metadata, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.inference import SystemCard
from pages.parts.words import number, percent

WHEN = ("trained_at", "created_at", "created", "evaluated_at")


def sentence(card: SystemCard) -> str:
    """Version, when it was made and what it was checked on: as much of it as the metadata holds."""
    parts = [f"Version {card.champion}"]
    if made := _made(card.metadata):
        parts.append(f"trained on {made:%Y-%m-%d}")
    checks = _checks(card.metadata.get("metrics"))
    said = f"{', '.join(parts)}."
    return f"{said} Checked on {'; '.join(checks)}." if checks else said


def _made(metadata: Mapping[str, Any]) -> datetime | None:
    for name in WHEN:
        try:
            made = datetime.fromisoformat(str(metadata[name]))
        except (KeyError, ValueError):
            continue
        return made if made.tzinfo else made.replace(tzinfo=UTC)
    return None


def _checks(metrics: Any) -> list[str]:
    """One phrase for each set of data with an accuracy, at most three."""
    if not isinstance(metrics, Mapping):
        return []
    sets = {"held-out data": metrics} if "accuracy" in metrics else metrics
    return [_phrase(name, found) for name, found in sets.items() if isinstance(found, Mapping) and "accuracy" in found][
        :3
    ]


def _phrase(name: str, found: Mapping[str, Any]) -> str:
    value, interval = _value(found)
    cases = [f"n = {number(found['n'])}"] if isinstance(found.get("n"), int) else []
    if interval:
        cases.append(f"{100 * interval[0]:.0f} to {percent(interval[1])}")
    return f"{name.replace('_', ' ')}: {percent(value)} right" + (f" ({', '.join(cases)})" if cases else "")


def _value(found: Mapping[str, Any]) -> tuple[float, tuple[float, float] | None]:
    """The accuracy and its interval, whether they stand side by side or in one object."""
    accuracy = found["accuracy"]
    if isinstance(accuracy, Mapping):
        interval = accuracy.get("interval") or (accuracy.get("low"), accuracy.get("high"))
        accuracy = accuracy.get("value", accuracy.get("estimate", 0.0))
    else:
        interval = found.get("accuracy_interval") or (found.get("accuracy_low"), found.get("accuracy_high"))
    whole = interval is not None and len(interval) == 2 and None not in interval
    return float(accuracy), (float(interval[0]), float(interval[1])) if whole else None
