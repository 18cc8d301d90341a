"""Mutes, acknowledgements and edits of rules, each with a name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_mute_holds_until_its_time_and_can_end_sooner(store):
    decisions = store.alerts.decisions
    whole = decisions.mute("requests_fail", NOON + HOUR, actor="Ada", now=NOON, note="We are on it.")
    single = decisions.mute("requests_fail", NOON + 3 * HOUR, actor="Ben", now=NOON, labels_key='{"system":"waste"}')
    assert {row["id"] for row in decisions.mutes(NOON)} == {whole["id"], single["id"]}
    assert decisions.mutes(NOON + HOUR) == [single]
    decisions.unmute(single["id"], NOON + 2 * HOUR)
    assert decisions.mutes(NOON + 2 * HOUR) == []
    assert {row["actor"] for row in decisions.mutes()} == {"Ada", "Ben"}


def test_ending_a_mute_that_is_over_does_not_lengthen_it(store):
    row = store.alerts.decisions.mute("requests_fail", NOON, actor="Ada", now=NOON - HOUR)
    store.alerts.decisions.unmute(row["id"], NOON + HOUR)
    assert store.alerts.decisions.mutes()[0]["until"] == NOON


def test_the_first_to_acknowledge_stays(store):
    decisions = store.alerts.decisions
    decisions.acknowledge("e1", actor="Ada", now=NOON)
    decisions.acknowledge("e1", actor="Ben", now=NOON + HOUR)
    assert {episode: row["actor"] for episode, row in decisions.acknowledgements(["e1", "e2"]).items()} == {"e1": "Ada"}


def test_an_edit_replaces_the_one_before_and_none_takes_it_away(store):
    decisions = store.alerts.decisions
    decisions.edit_rule("requests_fail", {"threshold_on": 0.1}, actor="Ada", now=NOON)
    decisions.edit_rule("requests_fail", {"enabled": False}, actor="Ben", now=NOON)
    assert [(row["changes"], row["actor"]) for row in decisions.rule_edits()] == [({"enabled": False}, "Ben")]
    decisions.edit_rule("requests_fail", {}, actor="Ada", now=NOON)
    assert decisions.rule_edits() == []
