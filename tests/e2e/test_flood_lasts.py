"""An officer's flood lasts: a reload, a second tab and a killed server in the middle, then what is taken home."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.support import floods
from tests.support.flood_browser import SECONDS, download, set_storm, settle, wait_for_forecast

pytestmark = pytest.mark.e2e


def test_a_forecast_outlives_a_reload_another_tab_and_a_killed_server(start_server, browser_page, tmp_path):
    server = start_server(**floods.install(tmp_path))
    browser_page.goto(f"{server.url}/flood")
    example = browser_page.get_by_role("button", name="Try an example")
    example.wait_for(timeout=SECONDS)
    started = time.monotonic()
    example.click()  # the only click before the first answer
    first = wait_for_forecast(browser_page)
    print(f"the example: 1 click, {time.monotonic() - started:.1f} s")

    browser_page.goto(f"{server.url}/flood")
    example.wait_for(timeout=SECONDS)
    set_storm(browser_page, 80, minutes=600, hours=200)
    browser_page.get_by_role("button", name="Forecast", exact=True).click()
    browser_page.wait_for_url(re.compile(r"work="))
    address = browser_page.url
    expect(browser_page.get_by_role("button", name="Cancel")).to_be_visible()
    browser_page.reload()
    second_tab = browser_page.context.new_page()
    second_tab.goto(address)
    for page in (browser_page, second_tab):
        expect(page.get_by_role("button", name="Cancel")).to_be_visible(timeout=SECONDS)
    second_tab.close()
    server.kill()
    server.start()
    browser_page.goto(address)
    expect(browser_page.get_by_text("A restart of the server interrupted it.")).to_be_visible(timeout=SECONDS)
    settle(browser_page)
    browser_page.get_by_role("button", name="Go on").click()
    expect(browser_page.get_by_role("button", name="Cancel")).to_be_visible(timeout=SECONDS)
    browser_page.get_by_role("button", name="Cancel").click()
    expect(browser_page.get_by_text("Stopped as asked.")).to_be_visible(timeout=SECONDS)

    browser_page.goto(f"{server.url}/flood?forecast={first}")
    assert wait_for_forecast(browser_page) == first
    expect(
        browser_page.get_by_role("heading", name=re.compile(r"the first at the start \(\d\d:\d\d\)"))
    ).to_be_visible()
    assert download(browser_page, "Briefing (PDF)").startswith(b"%PDF")
