"""The Crime page in a real browser: a table goes in, rows, map and charts come out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.pages.crime.crime_browser import (
    ROWS,
    TRAP,
    answer,
    choose,
    choose_rows,
    download,
    give,
    heading,
    rows_of,
    settle,
    show,
    town,
)

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def town_address(server, browser_context, tmp_path_factory):
    """The address of the town's table, answered."""
    page = browser_context.new_page()
    page.goto(f"{server.url}/crime")
    answer(page, tmp_path_factory.mktemp("town"), town())
    address = page.url
    page.close()
    return address


@pytest.fixture
def answered(browser_page, town_address):
    """The Crime page with the town's table, which these tests only read."""
    browser_page.goto(town_address)
    heading(browser_page, "59.records answered")
    settle(browser_page)
    return browser_page


def test_the_columns_are_shown_as_guessed_and_can_be_changed(crime, tmp_path):
    give(crime, tmp_path, town().to_csv(index=False).encode())
    columns = crime.locator(".st-key-columns")
    expect(columns).to_contain_text("District: column sector (guessed)")
    expect(columns).to_contain_text("not an input: 'Resolution', written with or after the category")
    expect(columns).to_contain_text(
        re.compile(r"Block or crossing: column corner \(guessed from its values: 100.% fit")
    )
    columns.get_by_text("Change the columns").click()
    choose(crime, "Kind of place", "remark")
    expect(columns).to_contain_text("Kind of place: column remark")
    choose(crime, "Kind of place", "not in the table")  # the lists are still open
    expect(columns).not_to_contain_text("Kind of place: column")
    crime.get_by_role("button", name=re.compile("^Predict")).click()
    heading(crime, r"59.records answered, 1.row rejected")
    settle(crime)
    rows = rows_of(download(crime, "Download CSV"))
    assert len(rows) == ROWS - 1
    assert {row["address"] for row in rows} == {"100 Block of ALDER ST"}
    assert all(row["category_of_reported_incident"] for row in rows)


@pytest.mark.parametrize(
    ("button", "leads_to"), [("Another table", "Drop a table here"), ("Change", "Change the columns")]
)
def test_a_button_above_the_answers_shows_at_once_what_it_leads_to(answered, button, leads_to):
    address = answered.url
    answered.get_by_role("button", name=button, exact=True).click()
    expect(answered).not_to_have_url(address)
    expect(answered.get_by_text(leads_to).first).to_be_visible()


def test_rejected_rows_are_listed_and_can_be_taken_along(answered):
    (rejected,) = rows_of(download(answered, "Download the rejected as CSV"))
    assert rejected["row"] == "6"
    assert rejected["message"]


def test_charts_are_drawn(answered):
    show(answered, "Charts")
    charts = answered.locator(".js-plotly-plot")
    expect(charts).to_have_count(4)
    for place, drawn in enumerate((".bars path", ".bars path", ".heatmaplayer image", ".bars path")):
        expect(charts.nth(place).locator(drawn).first).to_be_attached()


def test_what_stands_in_a_table_stays_text(crime, tmp_path):
    answer(crime, tmp_path, town().assign(sector=TRAP), "trap <b>x.csv")
    for view in ("Map", "Charts", "Rows"):
        show(crime, view)
        if view == "Map":
            crime.frame_locator("iframe[title^=streamlit_folium]").locator(".lookout-legend").wait_for()
        settle(crime)
    assert crime.evaluate("window.trapped === undefined")
    assert all(frame.evaluate("window.trapped === undefined") for frame in crime.frames)


def test_a_row_opens_its_story(answered):
    choose_rows(answered, 0)
    story = answered.locator(".st-key-answer")
    story.wait_for()
    expect(story).to_contain_text("Category of a reported incident")
    expect(story).to_contain_text("from place and time alone")
    expect(story).to_contain_text("90 % set, likeliest first")
    expect(story.locator(".js-plotly-plot")).to_be_visible()


def test_the_page_is_not_cut_off_on_a_phone(answered):
    answered.set_viewport_size({"width": 390, "height": 844})
    for view in ("Map", "Charts", "Rows"):
        show(answered, view)
        settle(answered)
        assert answered.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
