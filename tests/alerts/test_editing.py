"""Changes of rules by people: checked, kept as what differs from how the rule ships, and copies under new titles."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.by_hand import editing
from core.alerts.overview import edited_rules
from core.alerts.rules import rule_from, shipped
from core.errors import InvalidInput
from tests.support.alerts.fakes import NOON


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=90), "90s"),
        (timedelta(minutes=90), "90m"),
        (timedelta(hours=36), "36h"),
        (timedelta(days=7), "7d"),
    ],
)
def test_a_duration_is_written_in_the_largest_unit_that_fits(length, text):
    assert editing.duration_text(length) == text


@given(st.integers(0, 400 * 86400))
def test_a_written_duration_reads_as_the_same(seconds):
    length = timedelta(seconds=seconds)
    rule = {**editing.written(shipped()[0]), "pending_for": editing.duration_text(length)}
    assert rule_from(rule).pending_for == length


@pytest.mark.parametrize("rule", shipped(), ids=lambda rule: rule.name)
def test_a_written_rule_reads_as_the_same(rule):
    assert rule_from(editing.written(rule)) == rule


def test_what_is_changed_is_kept_beside_what_was_changed_before_and_what_is_as_shipped_is_not(store):
    log = store.alerts
    editing.change(log, "requests_fail", {"threshold_on": 0.1, "minimum_n": 20}, actor="Ada", now=NOON)
    changed = editing.change(log, "requests_fail", {"pending_for": "2m", "enabled": False}, actor="Ben", now=NOON)
    assert (changed.threshold_on, changed.enabled) == (0.1, False)
    assert editing.edits(log)["requests_fail"]["changes"] == {"threshold_on": 0.1, "enabled": False}
    editing.change(log, "requests_fail", {"threshold_on": 0.05, "enabled": True}, actor="Ben", now=NOON)
    assert editing.edits(log) == {}


def test_a_change_that_makes_no_sense_is_refused_and_what_was_kept_stays(store):
    log = store.alerts
    editing.change(log, "requests_fail", {"threshold_on": 0.1}, actor="Ada", now=NOON)
    with pytest.raises(InvalidInput, match="threshold_off below threshold_on"):
        editing.change(log, "requests_fail", {"threshold_off": 0.2}, actor="Ada", now=NOON)
    assert editing.edits(log)["requests_fail"]["changes"] == {"threshold_on": 0.1}


def test_a_title_that_begins_with_a_digit_makes_a_name_all_the_same(store):
    copied = editing.copy(store.alerts, shipped()[0], "95 % fall short", [], actor="Ada", now=NOON)
    assert (copied.name, copied.title) == ("rule_95_fall_short", "95 % fall short")


def test_a_copy_is_a_whole_rule_under_a_name_of_its_own(store):
    log, (original, *_) = store.alerts, shipped()
    copied = editing.copy(log, original, "Accuracy fell at night (2)", ["crime"], actor="Ada", now=NOON)
    assert (copied.name, copied.systems) == ("accuracy_fell_at_night_2", ("crime",))
    rules, problems = edited_rules(log)
    assert (rules[-1], problems) == (copied, {})
    assert copied == original.model_copy(
        update={"name": copied.name, "title": "Accuracy fell at night (2)", "systems": ("crime",)}
    )
    changed = editing.change(log, copied.name, {"minimum_n": 10}, actor="Ada", now=NOON)
    assert changed == copied.model_copy(update={"minimum_n": 10})


@pytest.mark.parametrize(
    ("title", "refusal"), [("", "letters or digits"), ("Requests  fail!", "taken"), ("x" * 90, "title")]
)
def test_a_title_that_is_empty_taken_or_too_long_is_refused(store, title, refusal):
    with pytest.raises(InvalidInput, match=refusal):
        editing.copy(store.alerts, shipped()[0], title, [], actor="Ada", now=NOON)
