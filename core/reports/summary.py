"""The head of a report: a few sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from core.evaluation.shares import Share, with_interval
from core.monitoring.drift import alarms
from core.monitoring.rates import joined, total
from core.reports.content import ReportSection
from core.reports.facts import ReportFacts, accuracy, of_system
from core.reports.group_accuracy import GroupComparison
from core.reports.wording import Wording, counted, length, listed, movement
from core.written_numbers import percent

MAX_NAMED = 3  # of the worst groups, and of the features that moved


def summary(facts: ReportFacts, groups: Sequence[GroupComparison], wording: Wording) -> ReportSection:
    """What fires, how each system did, where it is worst, what moved."""
    firing = [f"{episode.title} ({wording.episode(episode)})" for episode in facts.episodes if episode.ended is None]
    sentences = [_firing(firing)]
    sentences += [_of_system(facts, system, wording) for system in facts.systems]
    if worse := [group for group in groups if group.is_worse][:MAX_NAMED]:
        places = [f"{wording.system(group.system)}, {wording.group(group.grouping, group.group)}" for group in worse]
        sentences.append(f"Right less often than elsewhere: {listed(places)}.")
    if moved := _moved(facts, wording):
        sentences.append(f"Moved: {listed(moved)}.")
    return ReportSection("In short", tuple(sentences))


def _firing(names: Sequence[str]) -> str:
    if not names:
        return "No alert fires at the end of the period."
    verb = "fires" if len(names) == 1 else "fire"
    return f"{counted(len(names), 'alert')} {verb} at the end of the period: {listed(names)}."


def _of_system(facts: ReportFacts, system: str, wording: Wording) -> str:
    """Requests, failures and accuracy of one system, beside that of the time before."""
    counts = total(joined(step for step in facts.steps if step.system == system))
    failed = Share(counts.failed, counts.n)
    text = f"{wording.system(system)}: {counted(counts.n, 'request')}, {percent(failed.value, 1)} failed. "
    judged = accuracy(of_system(facts.judged, system))
    if not judged.n:
        return f"{text}Nobody judged an answer, so that nobody knows how often it was right."
    text += f"Of the judged answers {with_interval(judged)} were right"
    before = accuracy(of_system(facts.judged_before, system))
    if not before.n:
        return f"{text}."
    return f"{text}; in the {length(facts.until - facts.since)} before {with_interval(before)}."


def _moved(facts: ReportFacts, wording: Wording) -> list[str]:
    return [
        f"{wording.system(system)} {version}, {movement(feature)}"
        for system, by_version in facts.drift.items()
        for version, features in by_version.items()
        for feature in alarms(features)
    ][:MAX_NAMED]
