"""From facts to a report: a pure function, section by section, sentences before tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo

from core.evaluation.shares import Share, with_interval
from core.monitoring.drift import alarms
from core.monitoring.drift.detection import DriftVerdict
from core.monitoring.rates import joined, latency_percentiles, total, versions_began
from core.reports.content import ReportContent, ReportSection, ReportTable, ShareLine, ShareRows, TimeBars
from core.reports.facts import ReportFacts, accuracy, of_system, promised_accuracy
from core.reports.group_accuracy import MIN_JUDGED, GroupComparison, group_accuracies
from core.reports.summary import summary
from core.reports.wording import Wording, counted, length, listed, movement, step_name
from core.store.alerts import AlertMuteRow
from core.written_numbers import NO_BREAK, UNKNOWN, milliseconds, percent, significant, whole

FEEDBACK_CAVEAT = (
    "By feedback: people judge what catches their eye, so that all answers together may do better or worse."
)
ESTIMATE_CAVEAT = (
    "Estimated without labels: the scores are taken at their word. A change in what the right answer is "
    "cannot be seen in them, so that the estimate may stand still while answers get worse."
)
INTERVALS = "In brackets: n, the cases it rests on, and the range that holds the true share in 95 of 100 such cases."
MAX_GROUPS = 8  # in the table and in the chart: the worst
MAX_ERRORS = 8


def report_content(facts: ReportFacts, titles: Mapping[str, str], zone: tzinfo = UTC) -> ReportContent:
    """The report on a period. titles: {system: its name for people}. zone: in which times are told."""
    wording, groups = Wording(titles, zone), group_accuracies(facts.judged)
    scope = wording.system(facts.system) if facts.system else "all systems"
    period = f"{wording.moment(facts.since)} to {wording.moment(facts.until)} ({zone})"
    sections: tuple[Callable[[], ReportSection], ...] = (
        lambda: summary(facts, groups, wording),
        lambda: _answers(facts, wording),
        lambda: _rightness(facts, wording),
        lambda: _groups(groups, wording),
        lambda: _drift(facts, wording),
        lambda: _alerts(facts, wording),
        lambda: _failures(facts, wording),
        lambda: _versions(facts, wording),
        lambda: _unknown(facts, wording),
    )
    return ReportContent(
        title=f"Can the models still be trusted? {scope[0].upper()}{scope[1:]}",
        subtitle=f"{length(facts.until - facts.since)}: {period}.",
        is_invented=facts.is_invented,
        sections=tuple(section() for section in sections),
    )


def _answers(facts: ReportFacts, wording: Wording) -> ReportSection:
    """How much was asked, how fast it was answered, and what was answered most."""
    rows, sentences = [], []
    for system in facts.systems:
        counts = total(joined(step for step in facts.steps if step.system == system))
        latency, answered = latency_percentiles(counts), counts.n - counts.failed
        rows.append(
            (
                wording.system(system), whole(counts.n), percent(Share(counts.failed, counts.n).value, 1),
                percent(Share(counts.not_sure, answered).value, 1),
                milliseconds(latency.get(50)), milliseconds(latency.get(95)),
            )
        )  # fmt: skip
        if most := _most_frequent(facts, system):
            sentences.append(f"{wording.system(system)} answered most often: {most}.")
    columns = ("System", "Requests", "Failed", "Not sure", "Half answered within", "95 % within")
    tables = (ReportTable(columns, tuple(rows), frozenset(range(1, 6))),) if rows else ()
    charts = (_volume(facts, wording),) if rows else ()
    return ReportSection(
        "What was answered", tuple(sentences) or ("Nothing was asked in this period.",), tables, charts
    )


def _most_frequent(facts: ReportFacts, system: str, most: int = 3) -> str:
    values: dict[str, int] = {}
    for step in of_system(facts.answers, system):
        for value, count in step.details["values"].items():
            values[value] = values.get(value, 0) + count
    n = sum(values.values())
    common = sorted(values.items(), key=lambda item: (-item[1], item[0]))[:most]
    return listed([f"{value or 'others'} ({percent(count / n)})" for value, count in common])


def _volume(facts: ReportFacts, wording: Wording) -> TimeBars:
    steps, seconds = joined(facts.steps), int(facts.width.total_seconds())
    starts = range(min(steps), max(steps) + seconds, seconds)
    return TimeBars(
        title=f"{whole(sum(step.n for step in steps.values()))} requests, by {step_name(facts.width)}",
        step=step_name(facts.width),
        starts=tuple(datetime.fromtimestamp(start, wording.zone) for start in starts),
        counts=tuple(steps[start].n if start in steps else 0 for start in starts),
    )


def _rightness(facts: ReportFacts, wording: Wording) -> ReportSection:
    """How often answers were right: by feedback, and as the scores promise."""
    rows = []
    for system in facts.systems:
        for version in sorted({step.version for step in of_system(facts.answers, system)}):
            promised = promised_accuracy(of_system(facts.answers, system, version))
            estimate = UNKNOWN
            if promised is not None:
                lowest = percent(promised.low).removesuffix(f"{NO_BREAK}%")
                estimate = f"{percent(promised.value)} ({lowest} to {percent(promised.high)})"
            judged = accuracy(of_system(facts.judged, system, version))
            rows.append((wording.system(system), version, with_interval(judged), estimate))
    columns = ("System", "Version", "Right, by feedback", "Estimated without labels")
    table = ReportTable(columns, tuple(rows))
    return ReportSection(
        "How often answers were right", (FEEDBACK_CAVEAT, ESTIMATE_CAVEAT, INTERVALS), (table,) if rows else ()
    )


def _groups(groups: list[GroupComparison], wording: Wording) -> ReportSection:
    """Where answers are right less often than elsewhere."""
    worse = [group for group in groups if group.is_worse]
    sentences = [
        f"{wording.system(group.system)}, {wording.group(group.grouping, group.group)}: "
        f"{with_interval(group.within)} were right; elsewhere {with_interval(group.elsewhere)}."
        for group in worse
    ]
    if not groups:
        sentences = [f"No group has {MIN_JUDGED} judged answers, so that nothing can be said of places and sources."]
    elif not worse:
        sentences = [f"None of {counted(len(groups), 'group')} is right less often than the others, beyond chance."]
    lines = tuple(
        ShareLine(
            f"{wording.system(group.system)}: {wording.group(group.grouping, group.group)}",
            group.within.value or 0.0, *group.within.interval, group.within.n, group.is_worse,
        )
        for group in groups[:MAX_GROUPS]
    )  # fmt: skip
    title = f"Right, by feedback: the lowest of {counted(len(groups), 'group')}"
    return ReportSection("Where it is worse", tuple(sentences), (), (ShareRows(title, lines),) if lines else ())


def _drift(facts: ReportFacts, wording: Wording) -> ReportSection:
    """Which inputs and answers moved away from the version's own data."""
    rows, quiet = [], []
    for system, by_version in facts.drift.items():
        for version, features in by_version.items():
            name = f"{wording.system(system)} {version}"
            drifting = alarms(features)
            if not drifting and any(feature.verdict is DriftVerdict.HOLDS for feature in features):
                quiet.append(name)
            rows += [
                (
                    name,
                    movement(feature),
                    significant(feature.effect, 2),
                    significant(feature.by_chance, 2),
                    whole(feature.n),
                )
                for feature in drifting
            ]
    sentences = [f"{name}: {what}." for name, what, *_figures in rows]
    if quiet:
        sentences.append(f"Nothing moved beyond chance in {listed(quiet)}.")
    if not sentences:
        sentences = ["No version has a reference and enough answers, so that nothing can be said of its inputs."]
    columns = ("Version", "What moved", "Effect", "By chance up to", "Answers")
    table = ReportTable(columns, tuple(rows), frozenset((2, 3, 4)))
    return ReportSection("What moved", tuple(sentences), (table,) if rows else ())


def _alerts(facts: ReportFacts, wording: Wording) -> ReportSection:
    """The alerts of the period, and what people did about them."""
    firing = sum(episode.ended is None for episode in facts.episodes)
    sentences = [f"{counted(len(facts.episodes), 'alert')} fired in this period; {firing or 'none'} still does."]
    if firing > 1:
        sentences = [f"{counted(len(facts.episodes), 'alert')} fired in this period; {firing} still do."]
    if not facts.episodes:
        sentences = ["No alert fired in this period."]
    mutes = sorted(facts.mutes, key=lambda mute: mute["created_at"])
    sentences += [_mute(mute, facts.titles, wording) for mute in mutes]
    rows = tuple(
        (
            f"{episode.title} ({episode.severity})" if episode.severity else episode.title,
            f"{wording.episode(episode)}: {episode.figure}",
            wording.moment(episode.fired),
            wording.moment(episode.ended) if episode.ended else "still fires",
            ": ".join(part for part in (episode.looked_after_by, episode.note) if part) or "nobody said so",
        )
        for episode in facts.episodes
    )
    columns = ("Alert", "Of what", "Fired", "Ended", "Who looked after it")
    return ReportSection("Alerts", tuple(sentences), (ReportTable(columns, rows),) if rows else ())


def _mute(mute: AlertMuteRow, titles: Mapping[str, str], wording: Wording) -> str:
    """Who wanted to hear nothing of what, until when and why."""
    title, until = titles.get(mute["rule"], mute["rule"]), wording.moment(mute["until"])
    note = f": {mute['note']}" if mute["note"] else "."
    quoted = f"\N{LEFT DOUBLE QUOTATION MARK}{title}\N{RIGHT DOUBLE QUOTATION MARK}"
    return f"{wording.moment(mute['created_at'])}: {mute['actor']} muted {quoted} until {until}{note}"


def _failures(facts: ReportFacts, wording: Wording) -> ReportSection:
    """Requests that got no answer, by kind."""
    counts: dict[tuple[str, str], int] = {}
    for step in facts.answers:
        for kind, count in step.details["errors"].items():
            counts[step.system, kind] = counts.get((step.system, kind), 0) + count
    common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MAX_ERRORS]
    rows = tuple((wording.system(system), kind.replace("_", " ") or "others", whole(n)) for (system, kind), n in common)
    all_counts = total(joined(facts.steps))
    sentence = f"{whole(all_counts.failed)} of {counted(all_counts.n, 'request')} got no answer."
    table = ReportTable(("System", "Kind of failure", "Requests"), rows, frozenset((2,)))
    return ReportSection("Failures", (sentence,), (table,) if rows else ())


def _versions(facts: ReportFacts, wording: Wording) -> ReportSection:
    began = [
        f"{wording.system(system)} {version} began to answer on {wording.day(datetime.fromtimestamp(start, UTC))}."
        for start, system, version in versions_began(facts.steps)
    ]
    return ReportSection("Versions that began", tuple(began) or ("No version began in this period.",))


def _unknown(facts: ReportFacts, wording: Wording) -> ReportSection:
    """What this report cannot say, and why."""
    sentences = []
    for system in facts.systems:
        judged, name = accuracy(of_system(facts.judged, system)).n, wording.system(system)
        if judged < MIN_JUDGED:
            sentences.append(f"How often {name} is right: {whole(judged)} of its answers were judged.")
        if not facts.drift.get(system):
            sentences.append(
                f"Whether the inputs of {name} moved: its versions have no reference to hold them against."
            )
        sentences += [
            f"Whether the inputs of {name} {version} moved: too few answers."
            for version, features in facts.drift.get(system, {}).items()
            if all(feature.verdict is DriftVerdict.NOT_ENOUGH_DATA for feature in features)
        ]
    if facts.not_measured:
        sentences.append(f"Rules that nothing was measured for: {listed(list(facts.not_measured))}.")
    sentences.append("Answers that nobody judged may be right or wrong in other shares than those that were.")
    return ReportSection("What is not known", tuple(sentences))
