"""The tab Drift in a real browser: a feature that moved, chosen in the table, and the story of an answer behind it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from playwright.sync_api import expect

from core.monitoring.drift import reference_of
from core.store import Store
from tests.support.settling import choose_first_row

pytestmark = pytest.mark.e2e

SYSTEM = "drifting"  # of rows alone, so that no other test's figures change


def log_drifting_answers(url: str) -> None:
    """Answers of five days that ended two days ago, whose brightness rises in the last two."""
    random = np.random.default_rng(0)
    log = Store(url)
    log.references.keep(SYSTEM, "1", reference_of([{"brightness": float(random.normal())} for _ in range(1000)]))
    end = datetime.now(UTC) - timedelta(days=1, hours=6)
    hours = [number % 120 for number in range(600)]
    features = [json.dumps({"brightness": float(random.normal(2.0 * (hour < 48)))}) for hour in hours]
    same = {"system": SYSTEM, "version": "1", "source": "cli", "actor": "local", "status": "answered", "value": "glass"}
    log.log_columns(
        {
            "id": [f"drifting-{number:04d}" for number in range(600)],
            "created_at": [end - timedelta(hours=hour) for hour in hours],
            **same,
            "score": 0.9,
            "abstained": False,
            "features": features,
            "latency_ms": 1.0,
        }
    )
    log.close()


def test_a_feature_that_moved_is_chosen_in_the_table_shared_by_its_address_and_leads_to_an_answer(server, browser_page):
    log_drifting_answers(f"sqlite:///{server.folder / 'data' / 'lookout.db'}")
    page = browser_page
    page.goto(f"{server.url}/monitoring?tab=Drift&log-system={SYSTEM}&log-period=Last+7+days")
    expect(page.get_by_text(re.compile("of 1.feature moved"))).to_be_visible()
    choose_first_row(page, page.locator("[data-testid=stDataFrame]").nth(0))
    page.wait_for_url(re.compile("drift-feature=drifting"))
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    choose_first_row(page, page.locator("[data-testid=stDataFrame]").nth(1))
    page.wait_for_url(re.compile("drift-example=drifting-"))
    expect(page.locator(".st-key-story")).to_contain_text("glass")
    tab = page.context.new_page()  # a view is shared by its address
    tab.goto(page.url)
    expect(tab.locator(".st-key-story")).to_contain_text("glass")
    assert "log-period=Last+7+days" in tab.url
