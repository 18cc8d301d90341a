"""The invented log in a real browser: one click shows it, a band marks it wherever one reads, its report says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.settling import settle

pytestmark = pytest.mark.e2e
SECONDS_TO_MAKE = 300


def test_one_click_shows_an_invented_log_that_stays_marked_and_one_leaves_it(start_server, browser_page) -> None:
    page = browser_page
    page.goto(f"{start_server().url}/monitoring")
    page.get_by_role("button", name="Show an invented log").click()
    page.wait_for_url(re.compile("log=invented"))
    page.get_by_text("alerts fire", exact=False).or_(page.get_by_text("Accuracy fell in one group")).first.wait_for(
        timeout=1000 * SECONDS_TO_MAKE
    )
    page.get_by_role("radio", name="Service", exact=True).click()
    page.locator(".js-plotly-plot").last.wait_for()
    settle(page, 1000 * SECONDS_TO_MAKE)  # charts of the tab before go while this one is drawn
    page.locator(".js-plotly-plot").last.scroll_into_view_if_needed()
    expect(page.locator(".st-key-invented-band")).to_be_in_viewport()
    with page.expect_download(timeout=120_000) as waiting:
        page.get_by_role("button", name="HTML", exact=True).click()
    assert "invented" in waiting.value.suggested_filename
    assert "Invented: nothing in this report happened" in Path(waiting.value.path()).read_text(encoding="utf-8")
    page.get_by_role("button", name="Leave the invented log").click()
    page.get_by_role("button", name="Show an invented log").wait_for()
    expect(page.locator(".st-key-invented-band")).to_have_count(0)
    page.get_by_role("link", name="Home", exact=True).click()
    page.get_by_text("Start here:").wait_for()  # nothing was ever answered
