"""The crime map in a real browser: a click and a drawing reach the page, borders are real, streets come from a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from playwright.sync_api import expect

from core.maps import areas
from tests.conftest import Server
from tests.pages.crime.crime_browser import PLACES, TRAP, answer, choose, overlaps, settle, show, town
from tests.support import places

pytestmark = pytest.mark.e2e

FRAME = "iframe[title='streamlit_folium.st_folium']"
HALF = 0.0025  # degrees from the middle of the drawn rectangle to its sides
PIXEL = """([north, east]) => {
  const point = window.map.latLngToContainerPoint([north, east]);
  return {x: point.x, y: point.y};
}"""


@pytest.fixture
def crime(server: Server, browser_page: Any) -> Any:
    """The Crime page, ready for a table."""
    return opened(server, browser_page)


def opened(server: Server, page: Any) -> Any:
    page.goto(f"{server.url}/crime")
    page.get_by_role("button", name="Try an example").wait_for()
    return page


def mapped(page: Any, folder: Path, frame: pd.DataFrame) -> Any:
    """The frame of the map of a table's answers, drawn."""
    answer(page, folder, frame)
    show(page, "Map")
    city = page.frame_locator(FRAME)
    city.locator(".leaflet-overlay-pane canvas").first.wait_for()
    settle(page)
    return city


def inside(page: Any) -> Any:
    """The same frame, to run scripts in."""
    return next(frame for frame in page.frames if "streamlit_folium" in frame.url)


def click(page: Any, place: tuple[float, float]) -> None:
    """Click on the map at a latitude and longitude."""
    page.locator(FRAME).scroll_into_view_if_needed()
    settle(page)
    page.frame_locator(FRAME).locator(".leaflet-container").click(position=inside(page).evaluate(PIXEL, list(place)))


def blocks() -> tuple[np.ndarray, np.ndarray]:
    """Latitudes and longitudes of the town's answered records, as the map knows them."""
    answered = town().drop(index=4)  # its date cannot be read
    return answered["lat"].round(3).to_numpy(), answered["lon"].round(3).to_numpy()


def test_a_click_and_a_drawing_reach_the_page_and_the_map_stands_still(crime: Any, tmp_path: Path) -> None:
    city = mapped(crime, tmp_path, town())
    inside(crime).evaluate("window.untouched = true")
    expect(crime.get_by_text("Choose a part of the map")).to_be_visible()

    click(crime, PLACES["MISSION"])
    expect(crime.get_by_text("The hexagon clicked on", exact=True)).to_be_visible()
    expect(crime.get_by_text(re.compile(r"^\d+.records?, \d+.% of 59 with a place"))).to_be_visible()
    expect(crime.locator(".st-key-crime-area-hours .bars path").first).to_be_attached()

    city.locator(".leaflet-draw-draw-rectangle").click()
    north, east = PLACES["PARK"]
    crime.locator(FRAME).scroll_into_view_if_needed()
    settle(crime)
    box = crime.locator(FRAME).bounding_box()
    corners = [
        inside(crime).evaluate(PIXEL, [north + shift, east - shift]) for shift in (-HALF, HALF)
    ]  # away from the tools
    crime.mouse.move(box["x"] + corners[0]["x"], box["y"] + corners[0]["y"])
    crime.mouse.down()
    crime.mouse.move(box["x"] + corners[1]["x"], box["y"] + corners[1]["y"], steps=5)
    crime.mouse.up()
    expect(crime.get_by_text("The area drawn", exact=True)).to_be_visible()
    (drawing,) = inside(crime).evaluate("window.drawnItems.toGeoJSON().features")
    drawn = areas.contains(shapely.geometry.shape(drawing["geometry"]), *blocks())
    assert 5 < drawn.sum() < 40
    expect(crime.get_by_text(re.compile(rf"^{drawn.sum()}.records, "))).to_be_visible()

    crime.get_by_role("button", name="Show all records").click()
    expect(crime.get_by_text("Choose a part of the map")).to_be_visible()
    assert inside(crime).evaluate("window.untouched"), "the map was drawn anew"


def test_the_map_has_land_real_borders_layers_and_the_themes_font(crime: Any, tmp_path: Path) -> None:
    wide = town()  # wide enough for land whose coast is true to 1 km
    wide.loc[[0, 1], ["sector", "lat", "lon"]] = ["INGLESIDE", 37.715, -122.45]
    city = mapped(crime, tmp_path, wide)
    expect(city.locator(".leaflet-lookout-land-pane canvas")).to_be_attached()
    expect(crime.get_by_text("Land and water: Natural Earth")).to_be_visible()
    expect(city.locator(".lookout-degrees span").first).to_have_text(re.compile(r"\d+\.\d+° [NESW]"))
    expect(city.locator(".leaflet-control-scale")).to_be_visible()
    expect(city.locator(".lookout-legend")).to_contain_text("Records in a hexagon")
    expect(city.locator(".lookout-name")).to_have_count(10)  # the city's ten districts
    expect(crime.get_by_text(re.compile("San Francisco's police districts.* of the records lie in"))).to_be_visible()
    expect(crime.get_by_text("those with fewer than 5 records are not shown")).to_be_visible()
    city.get_by_text("Clusters of records").click()
    expect(city.locator(".lookout-cluster").first).to_be_visible()
    city.get_by_text("Heat", exact=True).click()
    expect(city.locator("canvas.leaflet-heatmap-layer")).to_be_visible()
    assert inside(crime).evaluate(
        "document.fonts.load('13px \"Source Sans\"').then((found) => found.length > 0 && "
        "getComputedStyle(document.querySelector('.lookout-legend')).fontFamily.startsWith('\"Source Sans\"'))"
    )


def test_the_map_keeps_its_layers_and_place_when_a_filter_changes(crime: Any, tmp_path: Path) -> None:
    city = mapped(crime, tmp_path, town())
    city.get_by_text("Clusters of records").click()
    scale = city.locator(".leaflet-control-scale-line").first
    before = scale.inner_text()
    city.get_by_role("button", name="Zoom in").click()
    expect(scale).not_to_have_text(before)
    zoomed = scale.inner_text()
    choose(crime, "District", "PARK")
    expect(crime.get_by_text(re.compile("fit the filters"))).to_be_visible()
    expect(crime.get_by_text(re.compile(r"^(?!59)\d+.records with a place"))).to_be_visible()
    settle(crime)
    expect(crime.locator(FRAME)).to_have_count(1)  # while the page is drawn, the map before may stand beside it
    expect(city.get_by_role("checkbox", name="Clusters of records")).to_be_checked()
    expect(scale).to_have_text(zoomed)


@pytest.mark.parametrize("width", [1440, 390])
def test_areas_of_a_file_are_drawn_with_names_that_lie_on_no_other(crime: Any, tmp_path: Path, width: int) -> None:
    crime.set_viewport_size({"width": width, "height": 900})
    city = mapped(crime, tmp_path, town().assign(sector=TRAP))
    expect(city.locator(".lookout-name")).to_have_count(0)  # nobody knows that district's borders
    path = tmp_path / "beats.geojson"
    path.write_bytes(places.geojson(names=["WEST BEAT", TRAP]))
    crime.get_by_text("Borders of your own").click()
    crime.locator("[class*=st-key-crime-areas-file] input[type=file]").set_input_files(path)
    expect(city.locator(".lookout-name")).to_have_count(2)
    expect(crime.get_by_text("Areas from beats.geojson")).to_be_visible()
    for written in (".lookout-name span", ".lookout-degrees.east span", ".lookout-degrees.north span"):
        assert not overlaps(city.locator(written)), written
    assert all(frame.evaluate("window.trapped === undefined") for frame in crime.frames)


@pytest.fixture
def with_streets(tmp_path: Path) -> Iterator[Server]:
    """A server that names a file of streets."""
    running = Server(tmp_path / "server", {"LOOKOUT_BASEMAP": str(places.pmtiles(tmp_path / "town.pmtiles"))})
    try:
        yield running.start()
    finally:
        running.stop()


def test_streets_are_drawn_by_the_browser_from_parts_of_the_file(
    with_streets: Server, browser_page: Any, tmp_path: Path
) -> None:
    parts = []
    browser_page.on("response", lambda one: parts.append(one.status) if "basemap.pmtiles" in one.url else None)
    city = mapped(opened(with_streets, browser_page), tmp_path, town())
    expect(city.locator(".leaflet-tile-pane canvas").first).to_be_visible()
    expect(city.locator(".leaflet-control-attribution")).to_contain_text("OpenStreetMap")
    browser_page.wait_for_function(
        """() => [...document.querySelector("iframe[title^=streamlit_folium]").contentDocument
          .querySelectorAll(".leaflet-tile-pane canvas")].some((tile) =>
            tile.getContext("2d").getImageData(0, 0, tile.width, tile.height).data.some((value) => value > 0))"""
    )
    assert set(parts) == {206}
