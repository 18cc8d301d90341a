"""The drift of a period as it is judged: every version with a reference, and those that lack one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.monitoring import kept
from core.monitoring.version_drift import VersionDrift, drift_of_versions
from core.store import DAY, HOUR, Query
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.filters import Meant

MAX_HOURLY = timedelta(days=7)  # the longest period that is counted by the hour


@dataclass(frozen=True)
class FeatureKey:
    """Which feature of which version is meant; as text, it stands in the address."""

    system: str
    version: str
    feature: str

    def __str__(self) -> str:
        """Its words in one line, which no other feature has."""
        return f"{self.system} {self.version} {self.feature}"


@dataclass(frozen=True)
class PeriodDrift:
    """A period, judged.

    versions: those with a reference, by system and version. without_reference: (system, version) of those that answered
    and lack one. began: start of the change of each feature that moved [s since 1970]. width: of the steps. until: when
    it was judged.
    """

    versions: list[VersionDrift]
    without_reference: list[tuple[str, str]]
    began: Mapping[FeatureKey, int]
    width: timedelta
    until: datetime

    def keys(self) -> list[FeatureKey]:
        """Every feature: of each version those that moved first."""
        return [
            FeatureKey(version.system, version.version, judged.feature)
            for version in self.versions
            for judged in version.judged
        ]

    def version_of(self, key: FeatureKey) -> VersionDrift:
        """The version that a feature belongs to. KeyError of one that did not answer."""
        return {(version.system, version.version): version for version in self.versions}[key.system, key.version]


def read(meant: Meant) -> PeriodDrift:
    """The period that ends now, or as it was judged a moment ago. Raises StoreUnavailable."""
    return kept(("drift", str(shown_log.log().url), meant), lambda: _judge(meant))


def _judge(meant: Meant) -> PeriodDrift:
    until = shown_log.now()
    query = replace(meant.now(), until=until)
    level = HOUR if meant.period and meant.period <= MAX_HOURLY else DAY
    versions: list[VersionDrift] = []
    without_reference: list[tuple[str, str]] = []
    for system in shown_log.log().distinct("system", Query(system=query.system)):
        references = shown_log.log().references.of(system)
        steps = shown_log.log().answer_details(replace(query, system=system), level)
        versions += drift_of_versions(steps, references)
        answered = {step.version for step in steps if step.details["values"]}
        without_reference += [(system, version) for version in sorted(answered - set(references))]
    began = {
        FeatureKey(version.system, version.version, judged.feature): start
        for version in versions
        for judged in version.judged
        if (start := version.began(judged.feature)) is not None
    }
    return PeriodDrift(versions, without_reference, began, timedelta(seconds=level), until)
