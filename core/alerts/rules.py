"""Rules of alerts as data: read from YAML, checked, and changed by what people edited on the page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError, model_validator

from core.alerts.measures import MEASURES
from core.alerts.readings import Scope
from core.errors import InvalidInput

SHIPPED = Path(__file__).with_name("rules.yaml")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
DURATION = re.compile(r"(\d+)([smhd])")
MAX_WINDOW = timedelta(days=400)

Severity = Literal["critical", "warning"]
"""critical: somebody is to look now. warning: somebody is to look today."""


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    match = DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a whole number with s, m, h or d, such as 15m, is expected")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


Duration = Annotated[timedelta, BeforeValidator(_duration), Field(ge=timedelta(0), le=MAX_WINDOW)]


class AlertRule(BaseModel):
    """When an alert begins, when it ends, and what the person who is told should do; `docs/runbooks/alerts.md`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern="^[a-z][a-z0-9_]{0,79}$")
    title: str = Field(min_length=1, max_length=80)
    """What is wrong when it fires, such as "Accuracy fell"."""
    measure: str
    systems: tuple[str, ...] = ()
    """All if empty."""
    per: tuple[str, ...] = ()
    """Labels that are looked at apart, beside the system."""
    window: Duration
    """The readings' period, up to now."""
    direction: Literal["above", "below"]
    threshold_on: float = Field(allow_inf_nan=False)
    """A reading past this calls for the alert."""
    threshold_off: float = Field(allow_inf_nan=False)
    """A reading back at this or better lets it end; between the two nothing changes."""
    minimum_n: int = Field(1, ge=1)
    """Fewer cases are not enough data."""
    certain: bool = False
    """Whether the whole 95 % interval must be past `threshold_on`, so that chance does not alarm."""
    pending_for: Duration = timedelta(0)
    """How long readings must call for the alert before it fires."""
    keep_firing_for: Duration = timedelta(0)
    """How long readings must be back before it is resolved."""
    no_data: Literal["keep", "resolve"] = "keep"
    """Without enough data an alert never begins; one that fires goes on (keep), or ends as by a good reading."""
    no_data_limit: Duration | None = None
    """With `keep`: an alert whose last good reading is older than this is resolved, as no longer measured."""
    severity: Severity
    advice: str = Field(min_length=1, max_length=300)
    """What to do, in one sentence."""
    runbook: str = Field(pattern=r"^docs/[\w./-]+\.md#[\w-]+$")
    """Where the whole of it stands, in the repository."""
    enabled: bool = True

    @model_validator(mode="after")
    def _thresholds_lie_apart(self) -> Self:
        apart = self.threshold_on - self.threshold_off
        if (apart if self.direction == "above" else -apart) <= 0:
            side = "below" if self.direction == "above" else "above"
            raise ValueError(
                f"threshold_off {side} threshold_on is expected, so that the alert does not flap; "
                f"they are {self.threshold_off:g} and {self.threshold_on:g}"
            )
        if self.measure not in MEASURES:
            raise ValueError(f"one of the measures {', '.join(MEASURES)} is expected, not {self.measure!r:.60}")
        return self

    @property
    def scope(self) -> Scope:
        """Which part of the log it looks at."""
        return Scope(self.systems, self.per)


@lru_cache(maxsize=1)
def shipped() -> tuple[AlertRule, ...]:
    """The rules that come with Lookout."""
    return read_rules(SHIPPED)


def read_rules(path: Path) -> tuple[AlertRule, ...]:
    """The rules of a YAML file, a list of mappings. Raises InvalidInput."""
    import yaml  # by the evaluator's thread and the page of alerts, not while the desk starts

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise InvalidInput(
            expected="rules of alerts as YAML in UTF-8",
            received=f"{path.name}, which cannot be read: {str(problem)[:200]}",
            advice="Correct the file.",
        ) from problem
    if not isinstance(content, list) or not all(isinstance(entry, dict) for entry in content):
        raise InvalidInput(
            expected="a list of rules, each a mapping that begins with `- name:`",
            received=f"{type(content).__name__} in {path.name}",
            advice="core/alerts/rules.yaml shows the form.",
        )
    rules = tuple(rule_from(entry) for entry in content)
    names = [rule.name for rule in rules]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInput(
            expected="a name of its own for each rule",
            received=f"{', '.join(repeated)} more than once in {path.name}",
            advice="Rename one of them.",
        )
    return rules


def rule_from(values: Mapping[str, Any]) -> AlertRule:
    """A rule from its fields. Raises InvalidInput, which names the first field that is wrong."""
    try:
        return AlertRule.model_validate(dict(values))
    except ValidationError as problem:
        first = problem.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "its fields"
        raise InvalidInput(
            expected=f"another value of {field}: {first['msg'].removeprefix('Value error, ')}",
            received=f"{first['input']!r:.80} in the rule {str(values.get('name', 'without a name'))!r:.80}",
            advice="docs/runbooks/alerts.md describes the fields of a rule.",
        ) from problem


def with_edits(
    rules: Sequence[AlertRule], edits: Mapping[str, Mapping[str, JsonValue]]
) -> tuple[tuple[AlertRule, ...], dict[str, str]]:
    """Rules as people changed them, and {rule: why} of the edits that make no sense, which are left out.

    edits: {rule: changed fields}; of a name that is not shipped, all fields of a new rule. An edit from before an
    upgrade may have become wrong; the other rules are evaluated all the same.
    """
    by_name = {rule.name: rule for rule in rules}
    problems: dict[str, str] = {}
    for name, changes in edits.items():
        shipped_rule = by_name.get(name)
        try:
            by_name[name] = rule_from({**(shipped_rule.model_dump() if shipped_rule else {}), **changes, "name": name})
        except InvalidInput as problem:
            problems[name] = problem.message
    return tuple(by_name.values()), problems
