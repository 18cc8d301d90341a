"""How Flood speaks: what a forecast was of, how much floods, when, and what it is not for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.artefacts.forecast_files import AssetProperties, ForecastSummary
from core.hydraulics.hazard import WET, depth_words
from core.inference import SystemCard
from core.maps.flood.clock import ELAPSED, Clock
from core.maps.flood.vectors import duration_words
from core.progress import Progress
from core.progress import sentence as progress_sentence
from core.written_numbers import NO_BREAK, percent, significant
from pages.parts.flood.workbench import RequestedInflow
from pages.parts.shared.versions import sentence
from pages.parts.shared.words import counted, number, plain

LogRow = Mapping[str, Any]
"""A row of the log by its columns' names."""
NOT_ALONE = (
    "**Not the only source in an emergency.** A computation knows no culvert, no dike that breaks, no blocked bridge. "
    "Look outside, ask those who are there, and heed the warnings of your flood service."
)
LIMITS = (
    "A computation knows no culvert, no dike that breaks and no blocked bridge. Water in sewers is left out.",
    "It is as good as the terrain and the rain that it was given. Look outside, and ask those who are there.",
)
SAMPLE_NAME = "The sample valley (invented)"
PLACES_HEAD = "Water reaches (in brackets: four cases of five)"
MAX_NAMED = 4  # places that are named beside the headline
HECTARE, SQUARE_KILOMETRE = 1e4, 1e6


def area_name(name: str | None) -> str:
    """The name of an area on the page."""
    return "An uploaded terrain" if name is None else SAMPLE_NAME if name == "sample" else name


def area_text(square_metres: float) -> str:
    """An area in the unit that fits: "1.2 ha", "176 ha", "12.3 km²"."""
    if square_metres >= 10 * SQUARE_KILOMETRE:
        return f"{square_metres / SQUARE_KILOMETRE:,.3g}{NO_BREAK}km²"
    hectares = square_metres / HECTARE
    return f"{hectares:.0f}{NO_BREAK}ha" if hectares >= 10 else f"{significant(hectares, 2)}{NO_BREAK}ha"


def depth_text(depth: float | None) -> str:
    """A depth as "0.45 m"; a dash where it is unknown. What only rounds to WET is not called so."""
    if depth is None:
        return "–"
    return f"{'<' + NO_BREAK if depth < WET <= round(depth, 2) else ''}{depth:.2f}{NO_BREAK}m"


def duration_text(seconds: float | None) -> str:
    """A time since the start as "1 h 30 min"; "never" where there is none."""
    return "never" if seconds is None else duration_words(seconds).replace(" ", NO_BREAK)


def progress_text(progress: Progress | None) -> str:
    """How far a computation is, as an officer says it: "The flood has been followed for 30 min of 3 h"."""
    if progress is None:
        return "Waiting for its turn"
    if progress.item is None and progress.simulated_s is not None and progress.duration_s is not None:
        simulated, end = (duration_text(round(time)) for time in (progress.simulated_s, progress.duration_s))
        return f"The flood has been followed for {simulated} of {end}"
    return progress_sentence(progress).rstrip(".")


def runtime_text(seconds: float) -> str:
    """How long a computation took: "2.3 s", "67 s", "3 min"."""
    if seconds >= 120:
        return f"{seconds / 60:.0f}{NO_BREAK}min"
    return f"{significant(seconds, 2)}{NO_BREAK}s" if seconds < 10 else f"{seconds:.0f}{NO_BREAK}s"


def headline(summary: ForecastSummary, clock: Clock = ELAPSED) -> str:
    """The answer in one sentence: how much floods, how deep, how soon."""
    flooded, total = float(summary["flooded_m2"]), float(summary["area_m2"])
    if not flooded:
        return "Nothing gets 5 cm deep."
    deepest = float(summary["largest_depth_m"])
    return (
        f"{area_text(flooded)} flood, {percent(flooded / total)} of the area: up to {depth_text(deepest)} deep "
        f"({depth_words(deepest)}), the first {clock.sentence(summary['first_arrival_s'])}"
    )


def interval_text(low: float | None, high: float | None) -> str:
    """An interval of depths: "0.52 to 0.91 m"; a dash where it is not known."""
    return "–" if low is None or high is None else f"{low:.2f} to {depth_text(high)}"


def how_sure(summary: ForecastSummary, clock: Clock = ELAPSED) -> str:
    """Between what the first arrival and the greatest depth lie; empty where neither is known, or nothing floods."""
    if not summary["flooded_m2"]:
        return ""
    parts = []
    early, late = summary.get("first_arrival_low_s"), summary.get("first_arrival_high_s")
    if early is not None and late is not None:
        parts.append(f"the first water comes between {clock.time(early)} and {clock.time(late)}")
    low, high = summary.get("largest_depth_low_m"), summary.get("largest_depth_high_m")
    if low is not None and high is not None:
        parts.append(f"the deepest place gets {interval_text(low, high)}")
    return f"In four cases of five {', and '.join(parts)}." if parts else ""


def arrival_text(asset: AssetProperties, clock: Clock = ELAPSED) -> str:
    """When water comes to a place, with its interval where it is known: "22:29 (22:10 to 22:55)"."""
    return clock.within(asset["arrival_s"], asset.get("arrival_low_s"), asset.get("arrival_high_s"))


def places_lines(assets: Sequence[AssetProperties], clock: Clock = ELAPSED) -> list[str]:
    """The first places that get wet, a line each with when, how deep and how probable; then those that do not.

    assets: in the order in which they get wet. Markdown; none without assets.
    """
    wet = [asset for asset in assets if asset["state"] == "flooded"]
    dry = [asset for asset in assets if asset["state"] == "dry"]
    lines = [PLACES_HEAD] if wet else []
    lines += [_wet_line(number, asset, clock) for number, asset in enumerate(wet[:MAX_NAMED], 1)]
    if len(wet) > MAX_NAMED:
        lines.append(f"And {counted(len(wet) - MAX_NAMED, 'place')} more, see below.")
    if dry:
        lines.append(f"Dry: {named([plain(asset['name']) + _dry_chance(asset) for asset in dry])}.")
    if unknown := [plain(asset["name"]) for asset in assets if asset["state"] not in ("flooded", "dry")]:
        lines.append(f"Not on this terrain, so not known: {named(unknown)}.")
    return lines


def named(names: Sequence[str]) -> str:
    """The first of some places, and how many more there are."""
    more = f", and {counted(len(names) - MAX_NAMED, 'place')} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def _wet_line(number: int, asset: AssetProperties, clock: Clock) -> str:
    chance = asset.get("flood_chance")
    told = "" if chance is None else f", chance {percent(chance)}"
    when = arrival_text(asset, clock)
    at = "at " if clock.start is not None else "" if when == clock.time(0.0) else "after "
    return f"{number}{NO_BREAK}**{plain(asset['name'])}** {at}{when}, {depth_text(asset['depth_m'])}{told}"


def _dry_chance(asset: AssetProperties) -> str:
    chance = asset.get("flood_chance")
    return "" if chance is None else f" ({percent(chance)} chance of water)"


def rain_line(total: float, seconds: float) -> str:
    """A rain as "60 mm of rain within 1 h"."""
    return f"{significant(total)}{NO_BREAK}mm of rain within {duration_text(seconds)}" if total else "no rain"


def log_line(row: LogRow, when: str) -> str:
    """A forecast in the log in one line, for a list."""
    details, features = row["details"] or {}, row["features"] or {}
    flooded = (details.get("summary") or {}).get("flooded_m2", 0.0)
    parts = [area_name(details.get("area")), f"{significant(features.get('rain_mm', 0))}{NO_BREAK}mm of rain"]
    if features.get("inflow_peak_m3_per_s"):
        parts.append(f"inflow up to {significant(features['inflow_peak_m3_per_s'])}{NO_BREAK}m³/s")
    return f"{when}: {', '.join(parts)}; {area_text(flooded)} flood"


def inflow_line(inflows: Sequence[RequestedInflow]) -> str:
    """How many rivers bring water, and the peak of the largest."""
    if not inflows:
        return ""
    peak = max(rate for inflow in inflows for _, rate in inflow["series"])
    return f"{counted(len(inflows), 'inflow')} of up to {number(peak)}{NO_BREAK}m³/s"


def version_text(card: SystemCard, version: str | None = None) -> str:
    """The version, and when and on what it was checked, as plain text; another than the champion is only named."""
    if version is not None and version != card.champion:
        return f"Version {version}; what it was checked on stands in its card."
    metrics = card.metadata.get("metrics")
    checks = [_check(str(mode), scores) for mode, scores in metrics.items()] if isinstance(metrics, Mapping) else []
    known_checks = [check for check in checks if check]
    if not known_checks:
        return sentence(card)
    return (
        f"Version {card.champion}{_trained(card.metadata)}. Checked against the solver on terrain never seen; of what "
        f"either floods, both agree on (CSI at {WET:g}{NO_BREAK}m): {'; '.join(known_checks)}."
    )


def version_line(card: SystemCard) -> str:
    """The text of `version_text`, made safe for Markdown."""
    return plain(version_text(card))


def _trained(metadata: Mapping[str, object]) -> str:
    """When the version was trained, to the day."""
    return f", trained on {metadata['created_at']:.10}" if isinstance(metadata.get("created_at"), str) else ""


def _check(mode: str, scores: object) -> str:
    """How well one mode did on floods that it had not seen: the agreement of extents, with its 95 % interval."""
    if not isinstance(scores, Mapping):
        return ""
    csi = scores.get("csi_005")
    if not isinstance(csi, Mapping) or not isinstance(csi.get("mean"), float):
        return ""
    interval = f"{100 * csi['low']:.0f} to {percent(csi['high'])}"
    return f"{mode} {percent(csi['mean'])} ({counted(int(scores['events']), 'flood')}, {interval})"
