"""Groups whose answers are right less often than those of all other groups, beyond chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from core.evaluation.shares import Share
from core.store import DetailedStep

MIN_JUDGED = 20  # of a group, and of those elsewhere, below which nothing is said
FALSE_DISCOVERIES = 0.05
NO_PLACES = ("answer", "truth", "judge")  # classes differ always, and so do people: no place to look after


@dataclass(frozen=True)
class GroupComparison:
    """Right answers of one group, and of all others of its grouping."""

    system: str
    grouping: str
    group: str
    within: Share
    elsewhere: Share
    is_worse: bool = False


def group_accuracies(judged: Iterable[DetailedStep]) -> list[GroupComparison]:
    """Each group with enough judged answers, the worst first; `is_worse` where that is no chance.

    Fisher's exact test of each group against the others of its grouping, one-sided, then Benjamini and Hochberg over
    all groups at FALSE_DISCOVERIES (J. R. Statist. Soc. B 57 (1995) 289).
    """
    groups = [group for group in _groups(judged) if min(group.within.n, group.elsewhere.n) >= MIN_JUDGED]
    if not groups:
        return []
    from scipy.stats import false_discovery_control, fisher_exact  # slow to import

    p_values = [
        fisher_exact([_right_and_wrong(group.within), _right_and_wrong(group.elsewhere)], alternative="less").pvalue
        for group in groups
    ]
    adjusted = false_discovery_control(p_values)
    judged_groups = [
        GroupComparison(
            group.system, group.grouping, group.group, group.within, group.elsewhere, bool(p_value <= FALSE_DISCOVERIES)
        )
        for group, p_value in zip(groups, adjusted, strict=True)
    ]
    return sorted(judged_groups, key=lambda group: (not group.is_worse, group.within.value or 0.0, group.group))


def _groups(judged: Iterable[DetailedStep]) -> list[GroupComparison]:
    counts: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(dict)
    for step in judged:
        own = {"source": {step.source: [step.details["n"], step.details["correct"]]}}
        for grouping, groups in {**step.details["groups"], **own}.items():
            if grouping in NO_PLACES:
                continue
            for group, (n, correct, *_scores) in groups.items():
                before = counts[step.system, grouping].get(group, [0, 0])
                counts[step.system, grouping][group] = [before[0] + int(n), before[1] + int(correct)]
    rows = []
    for (system, grouping), numbers in counts.items():
        all_n, all_correct = (sum(each[index] for each in numbers.values()) for index in (0, 1))
        for group, (n, correct) in numbers.items():
            within, elsewhere = Share(correct, n), Share(all_correct - correct, all_n - n)
            rows.append(GroupComparison(system, grouping, group, within, elsewhere))
    return rows


def _right_and_wrong(share: Share) -> tuple[int, int]:
    return share.hits, share.n - share.hits
