"""Where every rule stands, for a person: its alerts, worst first, with who muted them and who looks after them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.alerts.rules import AlertRule, shipped, with_edits
from core.alerts.state_rows import state_of
from core.alerts.states import AlertState
from core.store.alerts import AlertLog, AlertMuteRow, AlertStateRow

ORDER = ("firing", "pending", "resolved", "inactive")
GRAVE_FIRST = ("critical", "warning")


@dataclass(frozen=True)
class AlertOverview:
    """A rule and one of its alerts; state None where nothing was ever measured for the rule.

    mute: the one that ends last of those that hold. acknowledged_by: of the episode that fires.
    """

    rule: AlertRule
    state: AlertState | None = None
    mute: AlertMuteRow | None = None
    acknowledged_by: str | None = None

    @property
    def stage(self) -> str:
        """`inactive`, `pending`, `firing` or `resolved`; `off` where the rule is switched off."""
        if not self.rule.enabled:
            return "off"
        return self.state.stage if self.state else "inactive"


def edited_rules(
    log: AlertLog, rules: Sequence[AlertRule] | None = None
) -> tuple[tuple[AlertRule, ...], dict[str, str]]:
    """The rules, by default the shipped ones, with what people edited, and {rule: why} of edits that make no sense.

    May raise StoreUnavailable.
    """
    edits = {row["rule"]: row["changes"] for row in log.decisions.rule_edits()}
    return with_edits(shipped() if rules is None else rules, edits)


def overview(log: AlertLog, rules: Sequence[AlertRule], now: datetime) -> list[AlertOverview]:
    """Every rule with each of its alerts: those that fire first, the critical before the others.

    May raise StoreUnavailable.
    """
    rows: dict[str, list[AlertStateRow]] = defaultdict(list)
    for row in log.states():
        rows[row["rule"]].append(row)
    firing = [row["episode"] for of_rule in rows.values() for row in of_rule if row["state"] == "firing"]
    looked_after = log.decisions.acknowledgements([episode for episode in firing if episode])
    mutes = sorted(log.decisions.mutes(now), key=lambda mute: mute["until"])
    lines = []
    for rule in rules:
        of_rule = {row["labels_key"]: row for row in rows[rule.name]}
        for key in of_rule or [""]:
            state = state_of(of_rule[key]) if key else None
            mute = next((held for held in reversed(mutes) if _is_about(held, rule.name, key)), None)
            episode = state.episode if state and state.stage == "firing" else None
            acknowledged = looked_after.get(episode or "")
            lines.append(AlertOverview(rule, state, mute, acknowledged["actor"] if acknowledged else None))
    return sorted(lines, key=_rank)


def _is_about(mute: AlertMuteRow, rule: str, key: str) -> bool:
    return mute["rule"] == rule and mute["labels_key"] in ("", key)


def _rank(line: AlertOverview) -> tuple[int, int]:
    stage = line.stage
    return (ORDER.index(stage) if stage in ORDER else len(ORDER), GRAVE_FIRST.index(line.rule.severity))
