"""The Flood page in a real browser: from area and rain to a map over time, the solver, and what is downloaded."""

from __future__ import annotations

import json
import re
import time

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.conftest import Server
from tests.support import floods
from tests.support.flood_browser import (
    SECONDS,
    download,
    drag,
    drawn_map_frame,
    forecast,
    logged_prediction,
    map_frame,
    open_view,
    request_forecast,
    set_storm,
    settle,
    upload,
    violations,
    wait_for_forecast,
    write_places,
)

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server(flood_server: Server) -> Server:
    """That of all tests of this page."""
    return flood_server


def test_the_whole_way_from_an_area_to_a_briefing(server, flood, tmp_path):
    """No request to another host: `browser_page` fails on one."""
    flood.get_by_text("Places to look at").click()
    upload(flood, "Schools, clinics, roads", write_places(tmp_path))
    expect(flood.get_by_text(re.compile("2.places will be looked at"))).to_be_visible()
    set_storm(flood, 60, hours=1.5)
    identifier = forecast(flood)

    expect(flood.get_by_role("heading", name=re.compile(r"ha flood, .* of the area"))).to_be_visible()
    expect(flood.get_by_text("Not the only source in an emergency")).to_be_visible()
    expect(flood.get_by_text(re.compile(r"Version 0\.1\.0"))).to_be_visible()
    sheet = map_frame(flood)
    expect(sheet.locator(".lookout-legend").filter(has_text="Water depth")).to_contain_text("over the head")
    expect(sheet.locator("output")).to_have_text("At any time")  # the map opens on the greatest depth
    water = sheet.locator("img.lookout-water").first
    before = water.get_attribute("src")
    slider = sheet.get_by_role("slider", name="Time since the start")
    slider.focus()
    slider.press("Home")
    expect(water).not_to_have_attribute("src", before)
    expect(sheet.locator("output")).to_have_text(re.compile(r"^\d\d:\d\d \(.*min\)|^\d+.\w+.\d\d:\d\d \("))
    sheet.locator(".leaflet-container").click(position={"x": 300, "y": 400})
    expect(flood.locator(".st-key-flood-place .js-plotly-plot")).to_be_visible()
    expect(flood.get_by_role("heading", name=re.compile(r"1.place of 2 flooded"))).to_be_visible()

    rasterio = pytest.importorskip("rasterio")
    with rasterio.MemoryFile(download(flood, "Download GeoTIFF")) as file, file.open() as raster:
        assert raster.crs.to_epsg() == 32631
        assert raster.units == ("m",)
        summary = logged_prediction(server, identifier)["details"]["summary"]
        assert np.nanmax(raster.read(1)) == pytest.approx(summary["largest_depth_m"], rel=1e-5)
    assert download(flood, "Briefing (PDF)").startswith(b"%PDF")
    assert b"<kml" in download(flood, "Google Earth (KML)")
    assert json.loads(download(flood, "Outlines (GeoJSON)"))["features"]

    open_view(flood, "Check with the solver")
    flood.get_by_role("button", name="Run the solver").click()
    expect(flood.get_by_text("CSI at 0.05 m")).to_be_visible(timeout=SECONDS)
    expect(flood.get_by_text(re.compile("Both agree on"))).to_be_visible()
    settle(flood)
    assert flood.locator("iframe[srcdoc]").count() >= 4
    outcome = logged_prediction(server, identifier)["outcomes"][-1]
    assert outcome["source"] == "solver"

    flood.goto(f"{server.url}/flood?forecast={identifier}")
    assert wait_for_forecast(flood) == identifier
    flood.get_by_role("link", name="Monitoring").click()
    flood.get_by_role("radio", name="Log", exact=True).wait_for(timeout=SECONDS)
    flood.get_by_role("combobox", name="System").click()
    flood.get_by_role("option", name="Flood").click()
    expect(flood.get_by_text(re.compile(r"^1 of \d+.answers?$")).last).to_be_visible()  # judged: by the solver


def test_a_closed_tab_does_not_lose_a_forecast(server, flood, browser_page):
    set_storm(flood, 35)
    flood.get_by_role("button", name="Forecast", exact=True).click()
    flood.wait_for_url(re.compile(r"work=|forecast="))
    address = flood.url
    context = browser_page.context
    again = context.new_page()
    flood.close()
    again.goto(address)
    assert wait_for_forecast(again)


def test_a_cancelled_forecast_leaves_nothing_and_can_be_started_again(server, flood):
    set_storm(flood, 80, minutes=600, hours=400)
    flood.get_by_role("button", name="Forecast", exact=True).click()
    flood.get_by_role("button", name="Cancel").click(timeout=SECONDS)
    expect(flood.get_by_text("Stopped as asked. There is no forecast of it.")).to_be_visible()
    assert "forecast=" not in flood.url
    settle(flood)
    flood.get_by_role("button", name="Start it again").click()
    expect(flood.get_by_role("button", name="Cancel")).to_be_visible()
    flood.get_by_role("button", name="Cancel").click()
    expect(flood.get_by_text("Stopped as asked. There is no forecast of it.")).to_be_visible()


def test_two_events_lie_side_by_side_and_their_address_opens_both(server, flood):
    request_forecast(server, 20)
    flood.goto(f"{server.url}/flood?forecast={request_forecast(server, 50)}")
    wait_for_forecast(flood)
    open_view(flood, "Compare")
    flood.get_by_role("combobox", name="Compare with").click()
    flood.get_by_role("option", name=re.compile("20 mm of rain")).first.click()
    expect(flood.get_by_text(re.compile("flood here,"))).to_be_visible()
    settle(flood)
    flood.goto(flood.url)
    wait_for_forecast(flood)
    expect(flood.get_by_text(re.compile("flood here,"))).to_be_visible()


def test_a_line_drawn_across_the_map_becomes_a_section_that_a_reload_keeps(server, flood):
    flood.goto(f"{server.url}/flood?forecast={request_forecast(server, 50)}")
    wait_for_forecast(flood)
    open_view(flood, "Section")
    drawing = drawn_map_frame(flood)
    drawing.get_by_role("link", name="Draw a polyline").click()
    box = drawing.locator(".leaflet-container").bounding_box()
    for share in (0.4, 0.6, 0.6):  # the last point twice ends the line
        flood.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        flood.wait_for_timeout(300)
    chart = flood.locator(".st-key-flood-section-chart .gtitle")
    expect(chart).to_be_visible()
    line = flood.get_by_label("Points of the line")
    expect(line).not_to_have_value("")
    kept = line.input_value()
    flood.reload()
    expect(flood.get_by_label("Points of the line")).to_have_value(kept, timeout=SECONDS)
    expect(chart).to_be_visible()


def test_many_rains_give_chances(flood, tmp_path):
    flood.get_by_text("Places to look at").click()
    upload(flood, "Schools, clinics, roads", write_places(tmp_path))
    set_storm(flood, 40, hours=1)
    flood.get_by_role("spinbutton", name="Rains around this one, for chances").fill("3")
    flood.get_by_role("spinbutton", name="Rains around this one, for chances").press("Enter")
    expect(flood.get_by_text("3 rains, for the chance that a place floods.")).to_be_visible()
    settle(flood)
    flood.get_by_role("button", name="Forecast", exact=True).click()
    expect(flood.get_by_role("heading", name=re.compile(r"flood in 3.rains"))).to_be_visible(timeout=SECONDS)
    sheet = map_frame(flood)
    expect(sheet.locator(".lookout-legend").filter(has_text="Share of forecasts")).to_be_visible()
    expect(sheet.locator(".lookout-label.asset span").filter(has_text="Tower")).to_be_visible()
    sheet.locator(".leaflet-container").click(position={"x": 300, "y": 400})
    expect(flood.get_by_text("Chance of 0.05 m or more")).to_be_visible()


def test_an_area_of_ones_own_is_added_and_forecast_for(flood, tmp_path):
    path = tmp_path / "my valley.tif"
    path.write_bytes(floods.geotiff())
    started = time.monotonic()
    flood.get_by_text("Add an area of your own").click()
    upload(flood, "GeoTIFF or ASCII grid", path)
    flood.get_by_role("button", name="Add this area").click()
    expect(flood.get_by_text("Added my valley.")).to_be_visible()
    expect(flood.get_by_text(re.compile("24 x 30 cells of 10")).first).to_be_visible()
    set_storm(flood, 60)
    forecast(flood)
    expect(flood.get_by_text(re.compile("^my valley, 60"))).to_be_visible()
    print(
        f"own terrain: 4 clicks (open, choose, add, forecast), {time.monotonic() - started:.1f} s to the first answer"
    )


def test_a_table_of_rain_is_drawn_and_one_that_is_wrong_says_why(flood, tmp_path):
    flood.get_by_role("radio", name="A table").click()
    settle(flood)
    expect(flood.get_by_role("button", name="Forecast", exact=True)).to_be_disabled()
    path = tmp_path / "wrong.csv"
    path.write_text("time_s,rain_mm_per_h\n0,10\n600,-999\n1200,0")
    upload(flood, "CSV with a column of time", path)
    expect(flood.get_by_text(re.compile("a gauge's mark of a gap is no rain"))).to_be_visible()
    expect(flood.get_by_role("button", name="Forecast", exact=True)).to_be_disabled()
    path = tmp_path / "rain.csv"
    path.write_text("time_min;rain_mm\n0;4,5\n30;9\n60;1,5\n")
    upload(flood, "CSV with a column of time", path)
    expect(flood.locator(".js-plotly-plot .gtitle")).to_contain_text("15 mm of rain")
    expect(flood.get_by_role("button", name="Forecast", exact=True)).to_be_enabled()


def test_a_place_on_the_map_becomes_a_river(flood):
    drawn_map_frame(flood).locator(".leaflet-container").click(position={"x": 230, "y": 150})
    flood.get_by_text("Rivers that bring water").click()
    expect(flood.get_by_label("Latitude", exact=True)).not_to_have_value("")
    flood.get_by_role("button", name="Add this inflow").click()
    expect(flood.get_by_text(re.compile("up to 50.m³/s after 1.h"))).to_be_visible()
    settle(flood)
    expect(drawn_map_frame(flood).locator(".leaflet-tooltip").filter(has_text="Inflow 1")).to_be_visible()
    flood.get_by_role("radio", name="No rain").click()
    settle(flood)
    forecast(flood)
    expect(flood.get_by_text(re.compile("1.inflow of up to 50.m³/s"))).to_be_visible()


def test_a_box_is_drawn_and_the_open_sea_is_told(flood):
    flood.get_by_text("Add an area of your own").click()
    flood.get_by_role("radio", name="A box of the Copernicus model").click()
    settle(flood)
    drag(flood, drawn_map_frame(flood, last=True), "Draw a rectangle", (200, 100), (260, 160))
    for side in ("West", "South", "East", "North"):
        expect(flood.get_by_label(side, exact=True)).not_to_have_value("")
    flood.get_by_label("Name", exact=True).fill("far away")
    flood.get_by_label("Name", exact=True).press("Enter")
    settle(flood)
    flood.get_by_role("button", name="Fetch this box").click()
    expect(flood.get_by_text(re.compile("has no tile. Draw it elsewhere"))).to_be_visible()


def test_terrain_that_cannot_be_used_says_what_to_do(flood, tmp_path):
    """Each kind of bad file is tried in tests/pages/flood/test_bad_input.py."""
    flood.get_by_text("Add an area of your own").click()
    path = tmp_path / "nothing.tif"
    path.write_bytes(b"not a raster at all")
    upload(flood, "GeoTIFF or ASCII grid", path)
    expect(flood.get_by_text("Expected a terrain model as GeoTIFF or ASCII grid")).to_be_visible()
    path = tmp_path / "placed by hand.tif"
    path.write_bytes(floods.geotiff(crs=None))
    upload(flood, "GeoTIFF or ASCII grid", path)
    flood.get_by_role("button", name="Add this area").click()
    expect(flood.get_by_text("Name the one that it was made in, such as EPSG:27700")).to_be_visible()
    flood.get_by_label("Coordinate system").fill(floods.UTM)
    flood.get_by_label("Coordinate system").press("Enter")
    settle(flood)
    flood.get_by_role("button", name="Add this area").click()
    expect(flood.get_by_text("Added placed by hand.")).to_be_visible()


@pytest.fixture(scope="module")
def example(server, browser_context) -> str:
    """The id of a forecast of the example."""
    page = browser_context.new_page()
    page.goto(f"{server.url}/flood")
    page.get_by_role("button", name="Try an example").click(timeout=SECONDS)
    try:
        return wait_for_forecast(page)
    finally:
        page.close()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_nothing_is_cut_off_and_axe_finds_nothing_serious(server, browser_page, example, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = browser_page
    page.set_viewport_size({"width": width, "height": 1200})
    page.emulate_media(color_scheme=scheme)
    page.set_default_timeout(SECONDS)
    page.goto(f"{server.url}/flood")
    page.get_by_role("button", name="Try an example").wait_for()
    for part in ("Rivers that bring water", "Places to look at", "More options", "Add an area of your own"):
        page.get_by_text(part).first.click()
    settle(page)
    problems = violations(Axe(), page)
    page.goto(f"{server.url}/flood?forecast={example}")
    wait_for_forecast(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    problems |= violations(Axe(), page)
    assert not problems, json.dumps(problems, indent=1)
