"""The pages in a real browser: Monitoring shows what was answered, nothing leaves, no address leads past the login."""

from __future__ import annotations

import csv
import io
import json
import re
import urllib.request
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support import bad_photos
from tests.support.settling import choose_first_row, settle

pytestmark = pytest.mark.e2e

EVERY_PAGE = ("/", "/waste", "/monitoring")
PASSWORD = "a password for tests"
SHIFTS = """
window.shift = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""
MAX_SHIFT = 0.1  # of the layout while a page is drawn: what the Core Web Vitals call good


def download(page, label: str) -> list[dict[str, str]]:
    """The CSV behind a button, as rows."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label).first.click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def ask_without_a_photo(server) -> None:
    """A question that fails, and is logged."""
    body = json.dumps({"image": "no photo"}).encode()
    request = urllib.request.Request(f"{server.url}/predict", body, {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    refused.value.close()


def test_monitoring_shows_new_rows_and_the_story_of_one(server, browser_page):
    page = browser_page
    page.goto(f"{server.url}/monitoring?tab=Log")
    page.get_by_role("radio", name="Failed").wait_for()
    ask_without_a_photo(server)
    page.get_by_role("button", name=re.compile("newer record")).click(timeout=40_000)  # the page found it by itself
    page.get_by_text("None since then").wait_for()
    choose_first_row(page, page.locator(".st-key-log-table [data-testid=stDataFrame]"))  # the newest
    story = page.locator(".st-key-story")
    story.wait_for()
    expect(story).to_contain_text("No answer")
    expect(story).to_contain_text("Received a file of another kind")
    rows = download(page, "Download CSV")
    assert rows[0]["status"] == "failed"
    assert rows[0]["source"] == "api"


def test_an_owner_takes_home_what_failed_after_a_reload_a_second_tab_and_a_restart(server, browser_page):
    ask_without_a_photo(server)
    page = browser_page
    page.goto(server.url)
    page.get_by_role("link", name="Monitoring", exact=True).click()
    page.get_by_role("radio", name="Log", exact=True).click()
    page.get_by_role("radio", name="Failed").click()
    page.wait_for_url(re.compile("log-show=Failed"))
    page.reload()
    expect(page.get_by_role("radio", name="Failed")).to_be_checked()
    server.kill()
    server.start()
    tab = page.context.new_page()
    tab.goto(page.url)
    expect(tab.get_by_role("radio", name="Failed")).to_be_checked()
    rows = download(tab, "Download CSV")
    assert rows
    assert {row["status"] for row in rows} == {"failed"}


CHARTS = {
    "Quality": ("quality", "reliability", "accuracy", "confidence"),
    "Service": ("volume", "shares", "latency-waste", "errors", "processor", "memory"),
}


@pytest.mark.parametrize("tab", CHARTS)
def test_monitoring_draws_every_chart(server, browser_page, tab):
    browser_page.goto(f"{server.url}/monitoring?tab={tab}&log-system=Waste")
    for name in CHARTS[tab]:
        browser_page.locator(f".st-key-chart-{name} .js-plotly-plot .main-svg").first.wait_for()
    others = ":not(.st-key-chart-groups *)"  # of sites, where another test's judgements have some
    visible = (
        f"[...document.querySelectorAll('.js-plotly-plot{others}')].filter(chart => chart.checkVisibility()).length"
    )
    assert browser_page.evaluate(visible) == len(CHARTS[tab])


@pytest.mark.parametrize("path", EVERY_PAGE)
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_asks_another_host_or_is_cut_off_or_jumps_or_complains(server, first_visit, path, width):
    first_visit.set_viewport_size({"width": width, "height": 900})
    first_visit.add_init_script(SHIFTS)
    complaints = []
    first_visit.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    first_visit.goto(f"{server.url}{path}")
    first_visit.get_by_role("heading").first.wait_for()
    first_visit.wait_for_load_state("networkidle")
    assert not first_visit.locator("[data-testid=stException]").count()
    assert first_visit.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    settle(first_visit, 60_000)
    assert first_visit.evaluate("window.shift") < MAX_SHIFT
    assert complaints == []


def test_a_first_visit_to_a_page_by_its_address_gets_the_whole_app(start_server, browser_page):
    running = start_server()
    browser_page.goto(f"{running.url}/monitoring")
    browser_page.get_by_role("radio", name="Log", exact=True).wait_for()
    expect(browser_page.get_by_role("link", name="Home")).to_be_visible()


def test_the_address_that_a_page_had_leads_to_it_with_all_that_it_names(server):
    with urllib.request.urlopen(f"{server.url}/images?work=abc&unfold=1", timeout=30) as answer:
        assert answer.url == f"{server.url}/waste?work=abc&unfold=1"


def test_no_address_leads_past_the_login(start_server, browser_page):
    running = start_server(LOOKOUT_PAGES_PASSWORD=PASSWORD)
    for path in EVERY_PAGE:
        browser_page.goto(f"{running.url}{path}")
        browser_page.get_by_label("Password").first.wait_for()
        assert not browser_page.get_by_role("heading", name=re.compile("Waste|Monitoring|Home")).count()
    browser_page.get_by_role("textbox", name="Password").fill(PASSWORD)
    browser_page.get_by_role("button", name="Log in").click()
    browser_page.get_by_role("link", name="Monitoring").click()
    browser_page.get_by_role("radio", name="Log", exact=True).wait_for()


def test_what_runs_is_seen_from_every_page_and_can_be_cancelled_removed_and_brought_back(
    server, browser_page, tmp_path
):
    page = browser_page
    page.goto(f"{server.url}/waste")
    page.get_by_role("button", name="Try an example").wait_for()
    archive = tmp_path / "shift.zip"
    photos = [bad_photos.jpeg(seed) for seed in range(7)]
    with zipfile.ZipFile(archive, "w") as file:
        for number in range(1200):
            file.writestr(f"{number}.jpg", photos[number % 7])
    page.locator("input[type=file]").set_input_files(archive)
    page.wait_for_url(re.compile("work="))
    page.get_by_role("link", name="Glossary").click()
    page.get_by_role("heading", name="Glossary").wait_for()
    strip = page.locator(".st-key-running-work")
    expect(strip.get_by_role("link", name=re.compile("from shift.zip"))).to_be_visible()
    strip.get_by_role("button", name="Cancel").click()
    expect(strip).to_contain_text("stopped as asked", timeout=30_000)
    page.get_by_role("link", name="Home").first.click()
    line = page.locator(".st-key-recent-work").get_by_role("link", name=re.compile("from shift.zip"))
    expect(line).to_be_visible()
    settle(page, 30_000)
    page.locator(".st-key-recent-work").get_by_role("button", name="Remove").first.click()
    expect(line).to_have_count(0)
    page.locator(".st-key-recent-work").get_by_role("button", name="Undo").click()
    line.click()
    page.get_by_role("button", name="Answer the rest").wait_for(timeout=60_000)
    page.get_by_role("heading", name=re.compile("answered")).wait_for()
