"""Rain and terrain fetched from the Flood page in a browser; their hosts are servers on the loopback."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support.flood_browser import forecast, settle

pytestmark = pytest.mark.e2e

BOX = {"West": "-1.52", "South": "50.48", "East": "-1.48", "North": "50.51"}


@pytest.fixture
def host(flood_host):
    """In a good mood at first."""
    flood_host[0].refuses = False
    return flood_host[0]


def test_the_coming_rain_is_fetched_drawn_and_forecast_with(flood, host):
    host.refuses = True
    flood.get_by_role("radio", name="The coming hours").click()
    settle(flood)
    flood.get_by_label("Hours ahead", exact=True).fill("3")
    flood.get_by_label("Hours ahead", exact=True).press("Enter")
    settle(flood)
    flood.get_by_role("button", name="Fetch the forecast of rain").click()
    expect(flood.get_by_text(re.compile("Received status 500"))).to_be_visible()
    expect(flood.get_by_role("button", name="Forecast", exact=True)).to_be_disabled()
    host.refuses = False
    settle(flood)
    flood.get_by_role("button", name="Fetch the forecast of rain").click()
    expect(flood.locator(".js-plotly-plot .gtitle")).to_contain_text("55 mm of rain")
    settle(flood)
    forecast(flood)
    expect(flood.get_by_text(re.compile("55.mm of rain within 3.h"))).to_be_visible()


def test_a_box_of_terrain_is_fetched_and_chosen_and_a_refusal_loses_nothing(flood, host):
    flood.get_by_text("Add an area of your own").click()
    flood.get_by_role("radio", name="A box of the Copernicus model").click()
    settle(flood)
    for side, degrees in BOX.items():
        flood.get_by_label(side, exact=True).fill(degrees)
        flood.get_by_label(side, exact=True).press("Enter")
        settle(flood)
    flood.get_by_label("Name", exact=True).fill("Far away")
    flood.get_by_label("Name", exact=True).press("Enter")
    settle(flood)
    host.refuses = True
    flood.get_by_role("button", name="Fetch this box").click()
    expect(flood.get_by_text(re.compile("Received status 500"))).to_be_visible()
    host.refuses = False
    settle(flood)
    expect(flood.get_by_label("North", exact=True)).to_have_value("50.51000")
    flood.get_by_role("button", name="Fetch this box").click()
    expect(flood.get_by_text("Fetched Far away.")).to_be_visible()
    expect(flood.get_by_text(re.compile("cells of 30.m, EPSG:32630"))).to_be_visible()
