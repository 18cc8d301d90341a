"""How long a browser waits; the Crime page; the Flood page, whose server finds its other hosts on the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import Server
from tests.pages.crime.crime_browser import answer, town
from tests.support import floods
from tests.support.flood_browser import SECONDS, settle
from tests.support.loopback import Answer, Asked, serving
from tests.systems.flood.forcing.test_weather import forecast as outlook
from tests.systems.flood.terrain.test_copernicus import tile

expect.set_options(timeout=60_000)  # ms, of all tests in this folder: the option is the process's

TILE = "/Copernicus_DSM_COG_10_N50_00_W002_00_DEM" * 2 + ".tif"


class Host:
    """A weather service, and the one tile of terrain that it has; with `refuses`, neither."""

    def __init__(self, terrain: bytes) -> None:
        self.terrain, self.refuses = terrain, False

    def __call__(self, asked: Asked) -> Answer:
        if self.refuses:
            return Answer(500, b"<html>out of order</html>")
        if asked.path == "/v1/forecast":
            return Answer(200, outlook({"precipitation": [1.0, 20.0, 30.0, 5.0]}))
        return Answer(200, self.terrain) if asked.path == TILE else Answer(404)


@pytest.fixture(scope="session")
def flood_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Host, str]]:
    """The host, and its address."""
    host = Host(tile(tmp_path_factory.mktemp("tiles"), 50, -2))
    with serving(host) as (address, _asked):
        yield host, address


@pytest.fixture(scope="session")
def flood_server(tmp_path_factory: pytest.TempPathFactory, flood_host: tuple[Host, str]) -> Iterator[Server]:
    """A ready server that names the host, with a version of flood that answers by physics alone."""
    folder = tmp_path_factory.mktemp("flood-server")
    named = {"LOOKOUT_WEATHER": flood_host[1], "LOOKOUT_COPERNICUS": flood_host[1]}
    running = Server(folder, {**floods.install(folder), **named})
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def flood(flood_server: Server, browser_page: Any) -> Any:
    """The Flood page, ready for an area."""
    browser_page.goto(f"{flood_server.url}/flood")
    browser_page.get_by_role("button", name="Try an example").wait_for(timeout=SECONDS)
    settle(browser_page)
    return browser_page


@pytest.fixture
def crime(server: Server, browser_page: Any) -> Any:
    """The Crime page, ready for a table."""
    browser_page.goto(f"{server.url}/crime")
    browser_page.get_by_role("button", name="Try an example").wait_for()
    return browser_page


@pytest.fixture
def answered(crime: Any, tmp_path: Path) -> Any:
    """The Crime page with the town's table answered."""
    answer(crime, tmp_path, town())
    return crime
