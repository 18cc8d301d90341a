"""What is said of a feature's drift, in words: its name, the verdict, how far it moved, whether chance could do it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.contract import UNLIKE_CHECKED
from core.monitoring.drift import PREDICTED_CLASS, DriftVerdict, FeatureDrift
from core.monitoring.drift.detection import FALSE_DISCOVERIES, MIN_ANSWERS
from pages.parts.shared.words import NO_BREAK, counted, moment, number, percent, significant

NAMES = {PREDICTED_CLASS: "Answers", UNLIKE_CHECKED: "Unlike what was checked"}
UNITS = {"_mm_per_h": "mm/h", "_m3_per_s": "m³/s", "_km2": "km²", "_mm": "mm", "_m": "m", "_h": "h"}
"""Units at the end of features' names; the longer first."""
MISSING = "missing"
MAX_ONE_IN = 1000  # what 1,999 draws can tell of a few features
HIGHER, LOWER = "higher", "lower"
ALL_OF_IT = "all of the period"


def feature_name(feature: str) -> str:
    """What people call a feature: "Text length", "Relief [m]", and "Answers" for the predicted class."""
    if feature in NAMES:
        return NAMES[feature]
    suffix = next((suffix for suffix in UNITS if feature.endswith(suffix)), "")
    words = feature.removesuffix(suffix).replace("_", " ")
    name = words[:1].upper() + words[1:]
    return f"{name} [{UNITS[suffix]}]" if suffix else name


def verdict(judged: FeatureDrift) -> str:
    """What is said of a feature: "moved", "holds", or what is lacking, "not enough data: 24 of 50"."""
    if judged.verdict is DriftVerdict.DRIFTS:
        return "moved"
    if judged.verdict is DriftVerdict.HOLDS:
        return "holds"
    if judged.n < MIN_ANSWERS:
        return f"not enough data: {number(judged.n)} of {MIN_ANSWERS}"
    return f"not enough data: {number(judged.reference_n)} of {MIN_ANSWERS} in the reference"


def effect(value: float | None, is_number: bool) -> str:
    """A distance in its unit: "0.83 SD" of a number, "12 % of answers" of a category."""
    if value is None:
        return "–"
    return f"{significant(value, 2)}{NO_BREAK}SD" if is_number else f"{percent(value)} of answers"


def evidence(adjusted_p_value: float | None) -> str:
    """How often chance alone would part samples as far: "in 1 of 40", "in most"."""
    if adjusted_p_value is None:
        return "–"
    if adjusted_p_value > 1 / 2:
        return "in most"
    one_in = 1 / adjusted_p_value
    if one_in >= MAX_ONE_IN:
        return f"in 1 of {number(MAX_ONE_IN)} or fewer"
    return f"in 1 of {number(float(f'{one_in:.2g}'))}"


def change(judged: FeatureDrift) -> str:
    """In which way a feature moved; empty of one that did not."""
    if judged.verdict is not DriftVerdict.DRIFTS:
        return ""
    rose, fell = (side[0][0] if side else "" for side in (judged.rose, judged.fell))
    if MISSING in (rose, fell):
        return "more often missing" if rose == MISSING else "less often missing"
    if not judged.is_number:
        return ", ".join(part for part in (rose and f"more {rose}", fell and f"fewer {fell}") if part)
    if judged.shift is not None and abs(judged.shift) >= (judged.effect or 0) / 2:
        return HIGHER if judged.shift > 0 else LOWER
    return "spread otherwise"


def since(start: int | None, first: int, width: timedelta) -> str:
    """When a change began. start: of its first step [s since 1970]; first: of the period's first step with answers."""
    if start is None:
        return ""
    return ALL_OF_IT if start == first else step_start(start, width)


def step_start(start: int, width: timedelta) -> str:
    """A step's start [s since 1970]: its day in UTC, or the hour in the viewer's zone."""
    when = datetime.fromtimestamp(start, UTC)
    return f"{when:%Y-%m-%d}" if width >= timedelta(days=1) else moment(when)


def conclusion(judged: FeatureDrift, began: str) -> str:
    """What the figures of one feature mean, in two or three sentences. began: see `since`."""
    if judged.verdict is DriftVerdict.NOT_ENOUGH_DATA:
        lacking = verdict(judged).capitalize()
        return f"{lacking} answers. Nothing is said below that; choose a longer period or wait for more."
    moved, floor = effect(judged.effect, judged.is_number), effect(judged.floor, judged.is_number)
    if judged.verdict is DriftVerdict.DRIFTS:
        begun = f" for {ALL_OF_IT}, or longer" if began == ALL_OF_IT else f" since {began}"
        how_far = moved if judged.is_number else f"{moved} changed place"
        first = f"Moved{begun}: {how_far}, {change(judged)}.{_shift(judged)} It matters from {floor} on."
    elif (judged.effect or 0) < judged.floor:
        first = f"Holds: {moved}, which is less than the {floor} from which a change matters."
    else:
        first = f"No evidence of a change: {moved} would matter, but so few answers lie as far apart by chance too."
    return (
        f"{first} Samples without drift lie as far apart {evidence(judged.adjusted_p_value)}; at most 1 of "
        f"{number(1 / FALSE_DISCOVERIES)} counts as evidence. {counted(judged.n, 'answer')} against "
        f"{number(judged.reference_n)} of the reference."
    )


def _shift(judged: FeatureDrift) -> str:
    """The shift of a number's mean with its interval, where that is what changed."""
    if judged.shift is None or judged.shift_interval is None or change(judged) not in (HIGHER, LOWER):
        return ""
    low, high = (f"{significant(end, 2)}" for end in judged.shift_interval)
    return f" The mean moved by {significant(judged.shift, 2)}{NO_BREAK}SD ({low} to {high})."
