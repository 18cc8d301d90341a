"""The tab Log in a real browser: a search and a story that have an address."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.support.settling import choose_first_row

pytestmark = pytest.mark.e2e


def ask_without_a_photo(server) -> None:
    """A question that fails, and is logged."""
    body = json.dumps({"image": "no photo"}).encode()
    request = urllib.request.Request(f"{server.url}/predict", body, {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    refused.value.close()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_search_and_the_story_of_one_answer_have_an_address(server, browser_page, width):
    ask_without_a_photo(server)
    page = browser_page
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{server.url}/monitoring?tab=Log&log-in=Message&log-search=another+kind")
    expect(page.get_by_text(re.compile("Rows 1 to"))).to_be_visible()
    choose_first_row(page, page.locator(".st-key-log-table [data-testid=stDataFrame]"))  # the newest
    story = page.locator(".st-key-story")
    expect(story).to_contain_text("No answer")
    page.wait_for_url(re.compile("answer="))
    tab = page.context.new_page()
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(page.url)
    expect(tab.locator(".st-key-story")).to_contain_text("Received a file of another kind")
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    tab.get_by_role("button", name="Close").click()
    expect(tab.locator(".st-key-story")).to_have_count(0)
    assert "answer=" not in tab.url
