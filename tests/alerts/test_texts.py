"""What a person reads: what is wrong, since when, how sure, what to do, where to read on."""

from __future__ import annotations

import json

import pytest

from core.alerts.by_hand.trial import trial_message
from core.alerts.channels.webhook_forms import FORMS
from core.alerts.measures import MEASURES
from core.alerts.rules import shipped
from core.alerts.texts import Addresses, addresses, period, plain_text, rule_in_words, subject, what_is_wrong
from core.written_numbers import NARROW_NO_BREAK, NO_BREAK
from tests.alerts.conftest import message_about
from tests.support.alerts.fakes import NOON

NOWHERE = Addresses()
ORDINARY_SPACES = str.maketrans({NO_BREAK: " ", NARROW_NO_BREAK: " "})
HOSTILE = {"system": "crime", "district": "<!channel> [win](http://bad.example)\r\nBcc: all@example.org & *more*"}


def test_a_message_says_what_is_wrong_since_when_how_sure_and_what_to_do(message):
    where = addresses(message, "https://lookout.example.org/", "https://git.example.org/lookout/blob/main/")
    assert plain_text(message, where) == (
        "Critical: Requests fail (crime), 2 alerts\n\n"
        "What is wrong:\n"
        "- district BAYVIEW: 12 % (7 % to 20 % with 95 % confidence, n = 100), since 2026-03-01 12:00 UTC\n"
        "- district MISSION: 50 % (40 % to 60 % with 95 % confidence, n = 1 200), since 2026-03-01 12:00 UTC\n\n"
        "Measured: the share of requests that failed, over the last 15 minutes. The alert begins above 5 % and ends at "
        "2 % or less.\n\n"
        "What to do: Read the newest failures.\n\n"
        "Runbook: https://git.example.org/lookout/blob/main/docs/runbooks/alerts.md#requests-fail\n\n"
        "Page: https://lookout.example.org/monitoring?tab=Alerts\n"
    )


def test_without_public_addresses_the_runbook_is_named_by_its_path(message):
    text = plain_text(message, NOWHERE)
    assert "Runbook: docs/runbooks/alerts.md#requests-fail" in text
    assert "Page:" not in text


def test_an_end_is_told_as_such_and_asks_for_nothing():
    text = plain_text(message_about(({"system": "waste"}, 0.0, 0.0, 0.03, 100), kind="resolved"), NOWHERE)
    assert text.startswith("Resolved: Requests fail (waste)\n\nWhat was wrong, and is no longer:\n- waste: 0 %")
    assert "What to do" not in text


def test_an_exact_figure_has_no_interval_and_a_machine_needs_no_system():
    chosen = {"measure": "disk_free_share", "direction": "below", "threshold_on": 0.1, "threshold_off": 0.15}
    message = message_about(({"machine": "desk-1"}, 0.04, 0.04, 0.04, 1), title="The disk fills up", **chosen)
    assert subject(message) == "Critical: The disk fills up"
    assert what_is_wrong(message) == ["machine desk-1: 4 %, since 2026-03-01 12:00 UTC"]
    assert rule_in_words(message).endswith("begins below 10 % and ends at 15 % or more.")


def test_of_many_alerts_the_first_are_named_and_the_others_counted():
    alerts = [({"system": "crime", "district": f"D{number:02}"}, 0.5, 0.4, 0.6, 100) for number in range(25)]
    lines = what_is_wrong(message_about(*alerts))
    assert len(lines) == 21
    assert lines[-1] == "and 5 more"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(60, "1 minute"), (900, "15 minutes"), (3600, "1 hour"), (604800, "7 days"), (90, "90 seconds")],
)
def test_periods_are_told_in_the_longest_unit_that_fits(seconds, words):
    assert period(seconds) == words


@pytest.mark.parametrize("rule", shipped(), ids=lambda rule: rule.name)
def test_every_shipped_rule_can_be_told(rule):
    changes = rule.model_dump(exclude={"name"})
    message = message_about(
        ({"system": "crime"}, rule.threshold_on, rule.threshold_on, rule.threshold_on, 100), **changes
    )
    text = plain_text(message, NOWHERE)
    assert rule.title in text
    assert rule.advice in text
    assert MEASURES[rule.measure].written(rule.threshold_off).translate(ORDINARY_SPACES) in text


@pytest.mark.parametrize("form", FORMS)
def test_a_label_that_came_from_a_table_cannot_become_a_link_or_call_anybody(form):
    message = message_about((HOSTILE, 0.5, 0.4, 0.6, 100))
    body = json.dumps(FORMS[form](message, "key", NOWHERE))
    if form == "slack":
        assert "<!channel>" not in body
        assert "&lt;!channel&gt;" in body
    if form == "teams":
        assert "[win](" not in body
    assert plain_text(message, NOWHERE).count("\n") == plain_text(message, NOWHERE).replace("\r", "\n").count("\n")
    assert "\nBcc:" not in plain_text(message, NOWHERE)


@pytest.mark.parametrize("form", FORMS)
def test_a_trial_says_that_it_is_one_and_asks_for_nothing(form):
    trial = trial_message("Ada <ada>", NOON)
    body = FORMS[form](trial, "key", NOWHERE)
    assert all(block["text"]["text"] for block in body.get("blocks", []))  # Slack refuses an empty text
    text = plain_text(trial, NOWHERE)
    assert text.startswith("Test: Nothing is wrong, this is a test\n\nWhat is wrong:\n- nothing;")
    assert "What to do: Nothing. Ada <ada> sent this to see whether alerts arrive." in text
    assert "below" not in text


def test_the_json_form_holds_all_that_is_known(message):
    body = FORMS["json"](message, "a-key", Addresses("https://lookout.example.org/monitoring", None))
    assert json.loads(json.dumps(body)) == body
    assert (body["schema"], body["key"], body["kind"]) == ("lookout.alert/1", "a-key", "firing")
    assert (body["rule"], body["system"], body["severity"]) == ("requests_fail", "crime", "critical")
    assert body["alerts"][0] == {
        "labels": {"system": "crime", "district": "BAYVIEW"},
        "episode": "e0",
        "value": 0.12,
        "low": 0.07,
        "high": 0.2,
        "n": 100,
        "since": "2026-03-01T12:00:00Z",
        "reason": "past the threshold",
    }
    assert body["page_url"] == "https://lookout.example.org/monitoring"
    assert body["runbook_url"] is None


def test_the_forms_of_slack_and_teams_have_the_parts_that_these_show(message):
    where = Addresses("https://lookout.example.org/monitoring", "https://git.example.org/runbook#requests-fail")
    slack = FORMS["slack"](message, "key", where)
    assert [block["type"] for block in slack["blocks"]] == ["header", *["section"] * 4]
    assert "<https://git.example.org/runbook#requests-fail|Runbook>" in slack["blocks"][-1]["text"]["text"]
    teams = FORMS["teams"](message, "key", where)
    (attachment,) = teams["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["type"] == "AdaptiveCard"
    assert [action["url"] for action in attachment["content"]["actions"]] == [where.page, where.runbook]


def test_the_same_alerts_have_the_same_key_and_each_recipient_another(message):
    assert message.key("email", "a@example.org") == message.key("email", "a@example.org")
    assert message.key("email", "a@example.org") != message.key("email", "b@example.org")
    end = message.model_copy(update={"kind": "resolved"})
    assert message.key("email", "a@example.org") != end.key("email", "a@example.org")
