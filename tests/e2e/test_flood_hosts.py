"""Rain and terrain from other hosts, fetched from the Flood page in a browser; the hosts are servers on the loopback."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests import floods
from tests.conftest import Server
from tests.e2e.test_flood_page import SECONDS, forecast, settle
from tests.systems.flood.loopback import Answer, Asked, serving
from tests.systems.flood.test_copernicus import tile
from tests.systems.flood.test_weather import forecast as outlook

pytestmark = pytest.mark.e2e

BOX = {"West": "-1.52", "South": "50.48", "East": "-1.48", "North": "50.51"}
TILE = "/Copernicus_DSM_COG_10_N50_00_W002_00_DEM" * 2 + ".tif"


class Host:
    """A weather service and tiles of terrain; refuses what it is told to refuse."""

    def __init__(self, terrain: bytes) -> None:
        self.terrain, self.refuses = terrain, False

    def __call__(self, asked: Asked) -> Answer:
        if self.refuses:
            return Answer(500, b"<html>out of order</html>")
        if asked.path == "/v1/forecast":
            return Answer(200, outlook({"precipitation": [1.0, 20.0, 30.0, 5.0]}))
        return Answer(200, self.terrain) if asked.path == TILE else Answer(404)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Host, str]]:
    made = Host(tile(tmp_path_factory.mktemp("tiles"), 50, -2))
    with serving(made) as (address, _asked):
        yield made, address


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, host: tuple[Host, str]) -> Iterator[Server]:
    """A server that names both hosts, with a version of flood that answers by physics alone."""
    folder = tmp_path_factory.mktemp("server")
    named = {"LOOKOUT_WEATHER": host[1], "LOOKOUT_COPERNICUS": host[1]}
    running = Server(folder, {**floods.install(folder), **named})
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def flood(server, browser_page):
    browser_page.goto(f"{server.url}/flood")
    browser_page.get_by_role("button", name="Try an example").wait_for(timeout=SECONDS)
    settle(browser_page)
    return browser_page


def test_the_coming_rain_is_fetched_drawn_and_forecast_with(flood, host):
    host[0].refuses = True
    flood.get_by_role("radio", name="The coming hours").click()
    settle(flood)
    flood.get_by_label("Hours ahead", exact=True).fill("3")
    flood.get_by_label("Hours ahead", exact=True).press("Enter")
    settle(flood)
    flood.get_by_role("button", name="Fetch the forecast of rain").click()
    expect(flood.get_by_text(re.compile("Received status 500"))).to_be_visible()
    expect(flood.get_by_role("button", name="Forecast", exact=True)).to_be_disabled()
    host[0].refuses = False
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
    host[0].refuses = True
    flood.get_by_role("button", name="Fetch this box").click()
    expect(flood.get_by_text(re.compile("Received status 500"))).to_be_visible()
    host[0].refuses = False
    settle(flood)
    expect(flood.get_by_label("North", exact=True)).to_have_value("50.5100")
    flood.get_by_role("button", name="Fetch this box").click()
    expect(flood.get_by_text("Fetched Far away.")).to_be_visible()
    expect(flood.get_by_text(re.compile("cells of 30.m, EPSG:32630"))).to_be_visible()
