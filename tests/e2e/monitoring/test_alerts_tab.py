"""The tab Alerts in a real browser: an alert is acknowledged by name, and the tab's views have addresses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from core.alerts.readings import labels_key
from core.migrations import migrate
from core.store import Store
from core.store.alerts import EvaluationChanges
from tests.support import toys

pytestmark = pytest.mark.e2e

LABELS = {"system": "toy", "district": "BAYVIEW"}


@pytest.fixture
def firing_server(start_server, tmp_path):
    """A server that does not evaluate by itself, on a log with one alert that fires."""
    url = f"sqlite:///{tmp_path / 'lookout.db'}"
    log = Store(url)
    migrate(log)
    now = datetime.now(UTC)
    token = log.alerts.lease.acquire("a test", now, timedelta(minutes=1))
    state = {
        "rule": "requests_fail", "labels_key": labels_key(LABELS), "labels": LABELS, "state": "firing", "since": now,
        "clear_since": None, "measured_at": now, "evaluated_at": now, "episode": "e1", "began_at": now,
        "fired_at": now, "notified": True, "value": 0.5, "low": 0.4, "high": 0.6, "n": 100,
    }  # fmt: skip
    assert log.alerts.commit(token, EvaluationChanges(states=[state]))
    log.close()
    environment = toys.install(tmp_path / "toy")
    return start_server(LOOKOUT_DATABASE_URL=url, LOOKOUT_ALERTS="off", **environment)


def test_an_alert_is_acknowledged_by_name_and_a_reload_still_says_so(firing_server, browser_page):
    page = browser_page
    page.goto(f"{firing_server.url}/monitoring?tab=Alerts")  # the address that messages name
    alert = page.locator("[class*=st-key-alert-requests_fail]").filter(has_text="BAYVIEW").first
    expect(alert).to_contain_text("Firing")
    page.get_by_role("button", name="Acknowledge").first.click()
    form = page.get_by_test_id("stPopoverBody")
    form.get_by_label("Your name").fill("Ada")
    form.get_by_role("button", name="Acknowledge").click()
    expect(alert).to_contain_text("Ada looks after it")
    page.reload()
    expect(alert).to_contain_text("Ada looks after it")
    page.get_by_role("radio", name="Messages").click()
    expect(page).to_have_url(re.compile("alert-view=Messages"))
    expect(page.get_by_text("No message was due yet")).to_be_visible()
