"""Rules as data: the shipped ones, what a wrong one is told, what people edit; each has its place in the runbook."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from core.alerts.measures import MEASURES
from core.alerts.rules import AlertRule, read_rules, rule_from, shipped, with_edits
from core.errors import InvalidInput
from core.settings import CHECKOUT
from tests.support.alerts.fakes import RULE
from tests.test_docs import headings

RUNBOOK = CHECKOUT / "docs" / "runbooks" / "alerts.md"


def test_the_shipped_rules_cover_all_that_can_go_wrong():
    assert {rule.measure for rule in shipped()} == set(MEASURES) - {"accuracy", "expected_accuracy"}


@pytest.mark.parametrize("rule", shipped(), ids=lambda rule: rule.name)
def test_every_rule_has_a_section_of_the_runbook_that_says_what_to_do(rule):
    path, _, anchor = rule.runbook.partition("#")
    assert anchor in headings(CHECKOUT / path)
    text = (CHECKOUT / path).read_text(encoding="utf-8")
    section = next(part for part in re.split(r"^## ", text, flags=re.MULTILINE) if part.startswith(f"{rule.title}\n"))
    assert f"`{rule.name}`" in section
    for part in ("**Means:**", "**Check:**", "**Do:**"):
        assert part in section, f"{rule.name} lacks {part}"


def test_the_runbook_describes_no_rule_that_there_is_not():
    text = RUNBOOK.read_text(encoding="utf-8")
    assert set(re.findall(r"^Rule `(\w+)`", text, re.MULTILINE)) == {rule.name for rule in shipped()}


@pytest.mark.parametrize("field", AlertRule.model_fields)
def test_every_field_of_a_rule_is_described(field):
    assert f"| `{field}` |" in RUNBOOK.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_is_described(name):
    assert f"| `{name}` |" in RUNBOOK.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"threshold_off": 0.05}, "threshold_off below threshold_on"),
        ({"direction": "below", "threshold_off": 0.01}, "threshold_off above threshold_on"),
        ({"threshold_on": float("nan")}, "threshold_on"),
        ({"measure": "luck"}, "one of the measures accuracy"),
        ({"window": "an hour"}, "such as 15m"),
        ({"window": "1000d"}, "window"),
        ({"window": 15}, "such as 15m"),
        ({"minimum_n": 0}, "minimum_n"),
        ({"severity": "page"}, "'critical' or 'warning'"),
        ({"runbook": "https://elsewhere.example/"}, "runbook"),
        ({"threshhold": 1}, "threshhold"),
        ({"name": "Not a name"}, "name"),
    ],
)
def test_a_wrong_rule_is_told_by_its_field_and_its_name(changes, told):
    with pytest.raises(InvalidInput, match=re.escape(told)) as problem:
        rule_from({**RULE, **changes})
    assert str({**RULE, **changes}["name"]) in problem.value.message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: alone", "a list of rules"),
        ("- [", "cannot be read"),
        ("- !!python/object/apply:os.getcwd []", "cannot be read"),
        ("", "a list of rules"),
        ("- just text", "a list of rules"),
    ],
)
def test_a_file_of_another_form_is_refused(text, told, tmp_path):
    (tmp_path / "rules.yaml").write_text(text)
    with pytest.raises(InvalidInput, match=told):
        read_rules(tmp_path / "rules.yaml")


def test_a_name_that_is_used_twice_is_refused(tmp_path):
    lines = [f"{name}: {value}" for name, value in RULE.items()]
    (tmp_path / "rules.yaml").write_text(("- " + "\n  ".join(lines) + "\n") * 2)
    with pytest.raises(InvalidInput, match="requests_fail more than once"):
        read_rules(tmp_path / "rules.yaml")


def test_edits_change_a_rule_and_add_one_and_a_wrong_edit_leaves_the_others():
    known = (rule_from(RULE), rule_from({**RULE, "name": "other"}))
    edits = {
        "requests_fail": {"threshold_on": 0.2, "window": "1h"},
        "other": {"threshold_on": 0.001},
        "new": {**RULE, "name": "ignored", "title": "New"},
        "half": {"enabled": False},
    }
    rules, problems = with_edits(known, edits)
    by_name = {rule.name: rule for rule in rules}
    assert by_name["requests_fail"].threshold_on == 0.2
    assert by_name["requests_fail"].window == timedelta(hours=1)
    assert by_name["other"] == known[1]
    assert by_name["new"].title == "New"
    assert set(problems) == {"other", "half"}
    assert "threshold_off" in problems["other"]
