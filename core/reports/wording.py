"""How a report speaks: names of systems and groups, times in the reader's zone, drift in a phrase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from core.monitoring.drift import FeatureDrift
from core.reports.facts import AlertEpisode
from core.written_numbers import percent, significant, whole

SOURCES = {"page": "pages", "api": "the API", "cli": "the command line", "batch": "batches"}


@dataclass(frozen=True)
class Wording:
    """The names and the zone of one reader. titles: of systems, by name."""

    titles: Mapping[str, str]
    zone: tzinfo = UTC

    def system(self, name: str) -> str:
        """A system as people call it."""
        return self.titles.get(name, name)

    def group(self, grouping: str, group: str) -> str:
        """A group, such as "district BAYVIEW", "asked from pages"."""
        if grouping == "source":
            return f"asked from {SOURCES.get(group, group)}"
        return f"{grouping} {group or 'of many others'}"

    def episode(self, episode: AlertEpisode) -> str:
        """What an alert is of, such as "Crime, district BAYVIEW, version 1.0.2"."""
        parts = [self.system(episode.system), episode.where]
        return ", ".join(part for part in parts if part) or "this machine"

    def moment(self, time: datetime) -> str:
        """A time to the minute."""
        return f"{time.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def day(self, time: datetime) -> str:
        """The day of a time."""
        return f"{time.astimezone(self.zone):%Y-%m-%d}"


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """A count with its noun: "1 answer", "3 answers"."""
    return f"{whole(count)} {singular if count == 1 else plural or singular + 's'}"


def listed(parts: Sequence[str]) -> str:
    """Words as a list in a sentence: "a, b and c"."""
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part) if parts else ""


def length(period: timedelta) -> str:
    """A length of time in days, or in hours where it is shorter than two days."""
    hours = round(period / timedelta(hours=1))
    return counted(hours, "hour") if hours < 48 else counted(round(hours / 24), "day")


def step_name(width: timedelta) -> str:
    """A step of time: "day", "6 hours"."""
    minutes = width // timedelta(minutes=1)
    size, name = next(
        (size, name) for size, name in ((1440, "day"), (60, "hour"), (1, "minute")) if minutes % size == 0
    )
    return name if minutes == size else f"{minutes // size} {name}s"


def movement(feature: FeatureDrift) -> str:
    """How a feature moved, in a phrase: "brightness: lower by 0.7 SD"."""
    name = feature.feature.replace("_", " ")
    if feature.is_number and feature.shift is not None:
        return f"{name}: {'higher' if feature.shift > 0 else 'lower'} by {significant(abs(feature.shift), 2)} SD"
    effect = percent(feature.effect)
    more = f", more {listed([label for label, _change in feature.rose])}" if feature.rose else ""
    return f"{name}: {effect} of the answers changed{more}"
