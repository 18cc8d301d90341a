"""What people change of rules: checked before it is kept, so that no edit leaves a rule that makes no sense."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue

from core.alerts.rules import UNITS, AlertRule, shipped, with_edits
from core.errors import InvalidInput
from core.store.alerts import AlertLog, RuleEditRow

MAX_NAME = 80  # characters of a rule's name
NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


def is_shipped(rule: str) -> bool:
    """Whether a rule of this name comes with Lookout; others are people's own."""
    return any(each.name == rule for each in shipped())


def change(log: AlertLog, rule: str, values: Mapping[str, JsonValue], *, actor: str, now: datetime) -> AlertRule:
    """Change fields of a rule, and keep what differs from how it ships. Returns the rule as it is from now on.

    Raises InvalidInput, which names the first field that makes no sense, and StoreUnavailable.
    """
    changes = {**_kept_changes(log).get(rule, {}), **values}
    changed = _checked(rule, changes)
    as_shipped = next((each for each in shipped() if each.name == rule), None)
    if as_shipped is not None:
        changes = {
            name: value for name, value in changes.items() if getattr(changed, name) != getattr(as_shipped, name)
        }
    log.decisions.edit_rule(rule, changes, actor=actor, now=now)
    return changed


def copy(log: AlertLog, rule: AlertRule, title: str, systems: Sequence[str], *, actor: str, now: datetime) -> AlertRule:
    """Add a rule of one's own that begins as another one, under a new title. systems: of which; of all if empty.

    Raises InvalidInput where the title is empty or taken, and StoreUnavailable.
    """
    name = _name_from(title)
    if not name:
        raise InvalidInput(
            expected="a title with letters or digits",
            received=f"{title!r:.80}",
            advice="Say what is wrong when the rule's alert fires.",
        )
    if is_shipped(name) or name in _kept_changes(log):
        raise InvalidInput(
            expected="a title that no other rule has",
            received=f"{title!r:.80}, which is taken",
            advice="Say what this rule looks at and the other does not.",
        )
    of_systems: list[JsonValue] = [*systems]
    fields = {**written(rule), "title": title, "systems": of_systems, "enabled": True}
    del fields["name"]
    copied = _checked(name, fields)
    log.decisions.edit_rule(name, fields, actor=actor, now=now)
    return copied


def written(rule: AlertRule) -> dict[str, JsonValue]:
    """A rule's fields as they are kept: JSON, with durations as text such as "15m"."""
    fields: dict[str, JsonValue] = rule.model_dump(mode="json")
    lengths = {name: value for name, value in rule if isinstance(value, timedelta)}
    return {**fields, **{name: duration_text(length) for name, length in lengths.items()}}


def duration_text(length: timedelta) -> str:
    """A duration as a rule has it, in the largest unit that fits: "15m", "1h", "7d"."""
    units = {name: timedelta(**{word: 1}) for name, word in UNITS.items()}
    unit = next((name for name in ("d", "h", "m") if length and not length % units[name]), "s")
    return f"{length // units[unit]}{unit}"


def edits(log: AlertLog) -> dict[str, RuleEditRow]:
    """{rule: what was changed of it, by whom and when}; of a rule of one's own, all of it. Raises StoreUnavailable."""
    return {row["rule"]: row for row in log.decisions.rule_edits()}


def _name_from(title: str) -> str:
    """A rule's name that begins with a letter; empty for a title without letters and digits."""
    words = NOT_IN_NAMES.sub("_", title.lower()).strip("_")
    return (f"rule_{words}" if words[:1].isdigit() else words)[:MAX_NAME]


def _kept_changes(log: AlertLog) -> dict[str, dict[str, JsonValue]]:
    return {name: row["changes"] for name, row in edits(log).items()}


def _checked(rule: str, changes: Mapping[str, JsonValue]) -> AlertRule:
    """The rule with its changes. Raises InvalidInput."""
    rules, problems = with_edits(shipped(), {rule: changes})
    if rule in problems:
        raise InvalidInput(problems[rule])
    return next(each for each in rules if each.name == rule)
