"""The tab Alerts, run without a browser: what fires, who decides what, rules that people change, and who is told."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest
from streamlit.testing.v1 import AppTest

from core.alerts.readings import labels_key
from core.alerts.rules import shipped
from core.migrations import migrate
from core.settings import settings
from core.store import store
from pages.parts.monitoring.alerts import runbook
from tests.conftest import free_port
from tests.support.alerts.fakes import Clock, RememberingChannel, SetReadings, evaluator, reading, rule
from tests.support.alerts.webhooks import WebhookReceiver

SECONDS = 60
LABELS = {"system": "waste", "version": "1.1.0"}
KEY = labels_key(LABELS)
ALERT = f"alert-requests_fail-{sha256(KEY.encode()).hexdigest()[:10]}"
SECRET = "a-secret-path"


def page(system=None):
    """The tab alone; the page above it has tests of its own."""
    from core.store import Query
    from pages.parts.monitoring.alerts import view
    from pages.parts.monitoring.filters import Meant

    view.draw(Meant(Query(system=system), None))


def opened(system: str | None = None, **state: str) -> AppTest:
    at = AppTest.from_function(page, args=(system,), default_timeout=SECONDS)
    for key, value in state.items():
        at.session_state[key.replace("_", "-")] = value
    at.run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    """Everything that can be read, without Markdown's marks."""
    read = [*at.subheader, *at.markdown, *at.caption, *at.error, *at.warning, *at.info, *at.success]
    text = " ".join(element.value for element in read).replace("\\", "").replace("**", "")
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def button(at: AppTest, label: str, form: str | None = None):
    """The button of that label; of a form if one is named."""
    return next(each for each in at.button if each.label == label and form in (None, each.proto.form_id))


@pytest.fixture
def alerts(monkeypatch):
    """The alerts of an empty log."""
    migrate(store())
    return store().alerts


@pytest.fixture
def firing(alerts):
    """One alert that fires, by one evaluation, with a message to a recipient that refuses."""
    readings, channel = SetReadings(), RememberingChannel()
    channel.refusing = True
    readings.set(reading(0.12, 100, 0.07, 0.2, **LABELS))
    evaluator(alerts, readings, [channel], Clock(), (rule(pending_for="0s"),)).step()
    return alerts


def set_webhooks(monkeypatch, *addresses: str) -> None:
    monkeypatch.setenv("LOOKOUT_ALERT_WEBHOOKS", " ".join(f"json={address}" for address in addresses))
    settings.cache_clear()


def test_before_anything_was_measured_every_rule_is_listed_and_it_is_said_that_nobody_is_told(alerts):
    at = opened()
    assert list(at.dataframe[0].value["rule"]) == [
        *(each.title for each in shipped() if each.severity == "critical"),
        *(each.title for each in shipped() if each.severity == "warning"),
    ]
    assert set(at.dataframe[0].value["state"]) == {"Not measured"}
    assert "No alert fires or waits to fire." in words(at)
    assert "Nobody is told of alerts" in words(at)
    assert "LOOKOUT_ALERT_WEBHOOKS" in words(at)


def test_an_alert_that_fires_is_told_with_its_figure_its_bounds_and_its_runbook(firing):
    at = opened()
    text = words(at)
    assert "Requests fail – Waste, version 1.1.0" in text
    assert "Firing (critical: look now), since" in text
    assert "12 % (7 % to 20 % with 95 % confidence, n = 100); it begins above 5 %" in text
    first = at.dataframe[0].value.iloc[0]
    assert (first["state"], first["about"], first["begins"]) == (
        "Firing",
        "Waste, version 1.1.0",
        "above 5\N{NO-BREAK SPACE}%",
    )
    assert "invalid_input" in text  # out of the runbook's section


def test_whoever_acknowledges_gives_a_name_and_the_first_one_stays(firing):
    form = f"{ALERT}-acknowledge"
    at = opened()
    button(at, "Acknowledge", form).click().run()
    assert "Expected your name. Received none." in words(at)
    at.text_input(key=f"{form}-name").input("Ada")
    button(at, "Acknowledge", form).click().run()
    assert "Ada looks after it." in words(at)
    assert not [each for each in at.button if each.proto.form_id == form]
    assert "Ada looks after it." in words(opened())


def test_one_alert_is_muted_until_a_time_and_loud_again_on_request(firing):
    form = f"{ALERT}-mute"
    at = opened()
    at.selectbox(key=f"{form}-length").select("8 hours")
    at.text_input(key=f"{form}-name").input("Ada")
    at.text_input(key=f"{form}-note").input("new camera")
    button(at, "Mute", form).click().run()
    (mute,) = firing.decisions.mutes(firing.now())
    assert (mute["rule"], mute["labels_key"], mute["actor"], mute["note"]) == (
        "requests_fail",
        KEY,
        "Ada",
        "new camera",
    )
    assert timedelta(hours=7, minutes=59) < mute["until"] - firing.now() < timedelta(hours=8)
    assert "by Ada: new camera." in words(at)
    at.button(key=f"{form}-unmute").click().run()
    assert firing.decisions.mutes(firing.now()) == []


def test_a_whole_rule_is_muted(alerts):
    at = opened(alert_rule="Requests fail")
    at.text_input(key="rule-requests_fail-mute-name").input("Ada")
    button(at, "Mute", "rule-requests_fail-mute").click().run()
    (mute,) = alerts.decisions.mutes(alerts.now())
    assert (mute["rule"], mute["labels_key"]) == ("requests_fail", "")


def change(at: AppTest, **fields: object) -> AppTest:
    """Type the fields of the form that changes "Requests fail", and send it."""
    form = "rule-requests_fail-change"
    at.text_input(key=f"{form}-name").input("Ada")
    for name, value in fields.items():
        (at.text_input if isinstance(value, str) else at.number_input)(key=f"{form}-{name}").set_value(value)
    return button(at, "Keep the change", form).click().run()


def test_a_change_that_makes_no_sense_is_refused_and_nothing_is_kept(alerts):
    at = change(opened(alert_rule="Requests fail"), on=1.0, off=2.0)
    assert "threshold_off below threshold_on is expected" in words(at)
    at = change(opened(alert_rule="Requests fail"), pending="soon")
    assert "a whole number with s, m, h or d" in words(at)
    assert alerts.decisions.rule_edits() == []


def test_a_change_is_typed_in_percent_kept_with_a_name_and_undone_as_shipped(alerts):
    at = change(opened(alert_rule="Requests fail"), on=7.0, pending="5m")
    (edit,) = alerts.decisions.rule_edits()
    assert (edit["actor"], edit["changes"]) == ("Ada", {"threshold_on": 0.07, "pending_for": "5m"})
    assert "Changed by Ada" in words(at)
    assert "begins above 7 %" in words(at)
    button(at, "As shipped", "rule-requests_fail-change").click().run()
    assert alerts.decisions.rule_edits() == []
    assert at.number_input(key="rule-requests_fail-change-on").value == 5.0


def test_a_rule_of_ones_own_begins_as_a_copy_and_is_removed_by_its_title(alerts):
    at = opened(alert_rule="Requests fail")
    form = "rule-requests_fail-copy"
    at.text_input(key=f"{form}-name").input("Ada")
    for title, refusal in (("", "a title with letters"), ("Requests fail", "which is taken")):
        at.text_input(key=f"{form}-title").input(title)
        button(at, "Add the rule", form).click().run()
        assert refusal in words(at)
    at.text_input(key=f"{form}-title").input("Requests of waste fail")
    at.multiselect(key=f"{form}-systems").select("waste")
    button(at, "Add the rule", form).click().run()
    (edit,) = alerts.decisions.rule_edits()
    assert edit["rule"] == "requests_of_waste_fail"
    assert edit["changes"]["systems"] == ["waste"]

    at = opened(alert_rule="Requests of waste fail")
    assert "of Waste." in words(at)
    form = "rule-requests_of_waste_fail-remove"
    at.text_input(key=f"{form}-name").input("Ada")
    button(at, "Remove the rule", form).click().run()
    assert "Expected the title" in words(at)
    at.text_input(key=f"{form}-title").input("Requests of waste fail")
    button(at, "Remove the rule", form).click().run()
    assert alerts.decisions.rule_edits() == []
    assert "Requests of waste fail" not in list(at.dataframe[0].value["rule"])


def test_the_tables_are_of_the_chosen_system_and_of_what_concerns_none(firing):
    shown = opened("crime").dataframe[0].value
    assert "Firing" not in list(shown["state"])
    assert "The disk fills up" in list(shown["rule"])


def test_the_history_tells_what_began_and_why(firing):
    (event,) = opened(alert_view="History").dataframe[0].value.to_dict("records")
    assert (event["event"], event["rule"], event["reason"]) == ("Fires", "Requests fail", "past the threshold")
    assert "No alert began or ended" in words(opened("crime", alert_view="History"))


def test_the_messages_tell_to_whom_after_how_many_tries_and_why_not(firing):
    at = opened(alert_view="Messages")
    (message,) = at.dataframe[0].value.to_dict("records")
    assert (message["recipient"], message["state"], message["tries"]) == ("remembering night shift", "Waits", 1)
    assert message["problem"] == "The recipient is away."


def test_a_test_message_is_delivered_and_each_recipient_told_without_its_secret(alerts, monkeypatch):
    receiver = WebhookReceiver()
    try:
        set_webhooks(monkeypatch, f"{receiver.url}/{SECRET}", f"http://127.0.0.1:{free_port()}/{SECRET}")
        at = opened(alert_view="Messages")
        at.text_input(key="alert-trial-name").input("Ada")
        button(at, "Send it now").click().run()
    finally:
        receiver.end()
    ((_, body),) = receiver.received
    assert (body["kind"], body["alerts"]) == ("test", [])
    assert "Ada sent this to see whether alerts arrive" in body["advice"]
    assert [len(each) for each in (at.success, at.error)] == [1, 1]
    assert "ConnectionError" in at.error[0].value
    assert SECRET not in words(at)


@pytest.mark.parametrize("chosen", shipped(), ids=lambda each: each.name)
def test_the_runbook_of_every_rule_is_in_the_app(chosen):
    text = runbook.section(chosen.runbook)
    assert f"`{chosen.name}`" in text
    assert "](#" not in text


def test_no_file_outside_the_documents_is_read():
    assert runbook.section("docs/../README.md#lookout") is None
    assert runbook.section("docs/absent.md#a") is None
