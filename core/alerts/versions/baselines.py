"""What the accuracy of a version is held against: its own past, or that of the versions before it while it is new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from core.evaluation.shares import Share

Labels = tuple[tuple[str, str], ...]
Shares = Mapping[Labels, Share]
"""Right answers of those judged, by labels."""
TAUGHT_MARK = "+"  # in the name of a version that a site taught: see `core.inference.sites`


def baselines(before: Shares, window: Shares, is_champion: Callable[[str, str], bool]) -> dict[Labels, Share]:
    """{labels of the window: the accuracy that they are held against}, without those that have none.

    before, window: judged answers of all versions, before the window and in it. is_champion: of a system and a version.
    A champion with fewer judged answers of its own before the window than the other versions have in all is held
    against these: a version that was worse from its first answer on has no better past of its own. Versions that sites
    taught are left out, for they answer elsewhere.
    """
    totals = _general_totals(before, window)
    chosen: dict[Labels, Share] = {}
    for labels in window:
        past, parts = before.get(labels, Share(0, 0)), dict(labels)
        version = parts.get("version", TAUGHT_MARK)
        if TAUGHT_MARK not in version and is_champion(parts["system"], version):
            mine = _sum(past, window[labels])
            everybody = totals[_without_version(labels)]
            others = Share(everybody.hits - mine.hits, everybody.n - mine.n)
            past = others if others.n > past.n else past
        if past.n:
            chosen[labels] = past
    return chosen


def _general_totals(*shares: Shares) -> dict[Labels, Share]:
    """Judged answers of all general versions together, by labels without the version."""
    totals: dict[Labels, Share] = defaultdict(lambda: Share(0, 0))
    for each in shares:
        for labels, share in each.items():
            if TAUGHT_MARK not in dict(labels).get("version", ""):
                totals[_without_version(labels)] = _sum(totals[_without_version(labels)], share)
    return totals


def _without_version(labels: Labels) -> Labels:
    return tuple(pair for pair in labels if pair[0] != "version")


def _sum(first: Share, second: Share) -> Share:
    return Share(first.hits + second.hits, first.n + second.n)
