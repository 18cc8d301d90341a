"""A flood's map in a real browser: the slider, the keyboard, a chosen place, measures; nothing asked of other hosts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from core.maps.flood import forecast_folder, forecast_map, pictures, views
from core.systems.flood.products import outputs
from core.systems.flood.products.exposure import Exposure
from tests.maps.flood.conftest import invented, mixed, pool
from tests.maps.flood.test_flow import streaming
from tests.maps.flood.test_forecast_map import evil
from tests.support.loopback import served

pytestmark = pytest.mark.e2e
CHANNEL = "test-channel"
HEAR = f"""() => {{
  window.heard = [];
  const ear = new BroadcastChannel("{CHANNEL}");
  ear.onmessage = (event) => window.heard.push(event.data);
  window.say = (what) => ear.postMessage(what);
}}"""
SHOWN = "() => document.querySelector('img.lookout-water').src"
INKED = """() => {
  const canvas = document.querySelector(".leaflet-lookout-flow-pane canvas");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return pixels.filter((value, index) => index % 4 === 3 && value > 0).length;
}"""
SCHOOL = Exposure("School", 15.005, 45.15, "flooded", depth=0.7, arrival=600.0, speed=1.0, hazard=1.6)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> forecast_folder.ForecastFolder:
    """A pool with two assets, one of which has a program for a name."""
    place = tmp_path_factory.mktemp("pool") / "forecast"
    outputs.write(invented(pool(), **streaming(pool(), 1.0, 0.0)), place, [SCHOOL, evil()])
    return forecast_folder.read(place)


@pytest.fixture
def page(browser_page: Any, opened: forecast_folder.ForecastFolder) -> Iterator[Any]:
    """The drawn map; an error in its script fails the test."""
    errors: list[str] = []
    browser_page.on("pageerror", lambda error: errors.append(str(error)))
    with served(forecast_map.draw(opened, key="pool", channel=CHANNEL)) as address:
        browser_page.goto(address)
        browser_page.get_by_role("button", name="Play").wait_for()
        browser_page.evaluate(HEAR)
        yield browser_page
    assert errors == []


def slider(page: Any) -> Any:
    """That of time."""
    return page.get_by_role("slider", name="Time since the start")


def test_the_slider_moves_by_keyboard_and_says_its_time(page: Any) -> None:
    last = page.evaluate(SHOWN)
    slider(page).focus()
    page.keyboard.press("Home")
    page.get_by_text("15 min after the start").wait_for()
    assert slider(page).get_attribute("aria-valuetext") == "15 min after the start"
    assert page.evaluate(SHOWN) != last
    page.keyboard.press("End")
    page.get_by_text("1 h 30 min after the start").wait_for()
    assert page.evaluate(SHOWN) == last


def test_play_goes_round_until_it_is_paused(page: Any) -> None:
    page.get_by_role("button", name="Play").click()
    page.get_by_text("15 min after the start").wait_for()
    page.get_by_text("30 min after the start", exact=True).wait_for()
    page.get_by_role("button", name="Pause").click()
    said = page.locator("output").inner_text()
    page.wait_for_timeout(1200)
    assert page.locator("output").inner_text() == said


def inked(page: Any) -> int:
    """Pixels of arrows."""
    return int(page.evaluate(INKED))


def test_arrows_follow_the_time_and_a_pointer_tells_the_velocity(page: Any) -> None:
    page.get_by_label("Greatest depth").check()
    page.get_by_label("Flow").check()  # from a surface of any time to one over time
    assert page.get_by_label("Depth over time").is_checked()
    page.locator(".lookout-steps").get_by_text("1 m/s, estimated").wait_for()
    page.wait_for_function(f"() => ({INKED})() > 0")
    slider(page).fill("2")
    page.wait_for_timeout(100)
    all_water = inked(page)
    slider(page).fill("0")  # the water's edge has drawn back
    page.wait_for_timeout(100)
    assert 0 < inked(page) < all_water
    box = page.locator("img.lookout-water").bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    pointer = page.locator(".lookout-pointer")  # Leaflet tells of a move with the next frame
    expect(pointer).to_have_text(re.compile("; 1.0 m/s to the east$"))
    page.mouse.move(box["x"] + 0.02 * box["width"], box["y"] + 0.5 * box["height"], steps=5)
    expect(pointer).not_to_contain_text("m/s")
    page.get_by_label("Greatest depth").check()
    page.wait_for_timeout(100)
    assert inked(page) == 0
    page.get_by_text("Flow: move the slider to a time").wait_for()


def test_a_surface_without_time_says_so_and_has_its_legend(page: Any) -> None:
    page.get_by_label("Hazard").check()
    page.get_by_text("Hazard to people (FD2320)").wait_for()
    page.get_by_text("At any time").wait_for()
    slider(page).focus()  # who moves the time wants to see it
    page.keyboard.press("Home")
    page.get_by_text("15 min after the start").wait_for()
    assert page.get_by_role("radio", name="Depth over time").is_checked()
    page.get_by_label("Depth over time").check()
    page.get_by_text("1.8 m or more, over the head").wait_for()
    assert slider(page).is_enabled()


def test_a_place_is_chosen_by_its_coordinates(page: Any) -> None:
    page.get_by_label("Latitude, longitude").fill("45.1490, 15.0051")
    page.get_by_role("button", name="Go").click()
    page.wait_for_function("() => window.heard.some((one) => one.picked)")
    assert page.evaluate("() => window.heard.find((one) => one.picked).picked") == pytest.approx([45.149, 15.0051])
    page.get_by_label("Latitude, longitude").fill("north of here")
    page.get_by_role("button", name="Go").click()
    page.get_by_text("Expected degrees such as").wait_for()


def test_a_click_chooses_the_place_below_the_pointer(page: Any, opened: forecast_folder.ForecastFolder) -> None:
    """The picture's own edges on the screen tell where a pixel lies."""
    box = page.locator("img.lookout-water").bounding_box()
    page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.75 * box["height"])
    page.wait_for_function("() => window.heard.some((one) => one.picked)")
    latitude, longitude = page.evaluate("() => window.heard.find((one) => one.picked).picked")
    south, west, north, east = views.whole_grid(opened).bounds
    assert latitude == pytest.approx(south + 0.25 * (north - south), abs=0.01 * (north - south))
    assert longitude == pytest.approx(west + 0.25 * (east - west), abs=0.01 * (east - west))
    # A named place is chosen itself, though the pointer is a little beside its middle
    right, down = (SCHOOL.longitude - west) / (east - west), (north - SCHOOL.latitude) / (north - south)
    page.mouse.click(box["x"] + right * box["width"] + 3, box["y"] + down * box["height"] - 3)
    page.wait_for_function("() => window.heard.filter((one) => one.picked).length > 1")
    told = page.evaluate("() => window.heard.filter((one) => one.picked).at(-1).picked")
    assert told == pytest.approx([SCHOOL.latitude, SCHOOL.longitude], abs=1e-9)


def test_enter_chooses_the_middle_of_the_map(page: Any) -> None:
    page.locator(".folium-map").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.heard.some((one) => one.picked)")


def test_a_distance_is_measured_and_chooses_no_place(page: Any, opened: forecast_folder.ForecastFolder) -> None:
    south, west, north, east = views.whole_grid(opened).bounds
    box = page.locator("img.lookout-water").bounding_box()
    page.get_by_role("button", name="Measure a distance").click()
    for share in (0.2, 0.7):
        page.mouse.click(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
    metres = 0.5 * (east - west) * 111_195 * math.cos(math.radians((south + north) / 2))
    (said,) = [one for one in page.locator(".lookout-panel [role=status]").all_inner_texts() if one]
    assert said.endswith(" m")
    assert float(said.removesuffix(" m")) == pytest.approx(metres, rel=0.02)
    assert not page.evaluate("() => window.heard.some((one) => one.picked)")


def test_names_of_assets_stay_text(page: Any) -> None:
    names = page.locator(".lookout-label.asset span").all_text_contents()
    assert any(evil().name in name for name in names)
    assert page.evaluate("() => window.evil") is None


def test_what_is_told_of_an_asset_fits_its_box(page: Any) -> None:
    box = page.locator(".lookout-label.asset").first.bounding_box()
    page.mouse.move(box["x"] + 1, box["y"] + 1)
    told = page.locator(".leaflet-tooltip.lookout-told")
    told.wait_for()
    assert "waist-deep" in told.inner_text().splitlines()[1]  # a line for each thing told
    assert told.evaluate("(one) => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight")
    assert told.evaluate("(one) => one.clientWidth") <= 260


def test_place_zoom_and_switches_stay_when_the_map_is_drawn_anew(page: Any) -> None:
    page.get_by_label("Greatest depth").check()
    page.get_by_label("Times of arrival").check()
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_timeout(600)
    before = page.locator("img.lookout-water").bounding_box()
    page.reload()
    page.get_by_role("button", name="Play").wait_for()
    assert page.get_by_label("Greatest depth").is_checked()
    assert page.get_by_label("Times of arrival").is_checked()
    assert page.locator("img.lookout-water").bounding_box() == pytest.approx(before, abs=1)


def test_a_large_grid_is_asked_for_in_parts(browser_page: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs.write(invented(mixed(200, 200)), tmp_path / "large")
    opened = forecast_folder.read(tmp_path / "large")
    coarse = views.whole_grid(opened, 10_000)
    monkeypatch.setattr(forecast_map, "whole_grid", lambda _folder: coarse)
    with served(forecast_map.draw(opened, key="large", channel=CHANNEL)) as address:
        browser_page.goto(address)
        browser_page.evaluate(HEAR)
        for _ in range(2):
            browser_page.get_by_role("button", name="Zoom in").click()
            browser_page.wait_for_timeout(400)
        browser_page.wait_for_function("() => window.heard.some((one) => one.look)")
        look = browser_page.evaluate("() => window.heard.filter((one) => one.look).pop().look")
        made = forecast_map.finer_pictures(opened, pictures.surface_painters(opened), look)
        assert made is not None
        assert made["cells"] == 1
        browser_page.evaluate("(what) => window.say(what)", {"finer": made})
        browser_page.wait_for_function("() => document.querySelectorAll('img.lookout-water').length === 2")
        assert browser_page.evaluate("() => document.querySelector('img.lookout-water').style.clipPath").startswith(
            "poly"
        )
        slider(browser_page).fill("0")
        shown = browser_page.evaluate("() => [...document.querySelectorAll('img.lookout-water')].map((one) => one.src)")
        assert made["pictures"][0] in shown


def test_maps_of_one_group_move_together(browser_page: Any, opened: forecast_folder.ForecastFolder) -> None:
    made = forecast_map.draw(opened, key="left", group="beside", appearance=forecast_map.MapAppearance(plain=True))
    with served(made) as address:
        browser_page.goto(address)
        other = browser_page.context.new_page()
        other.goto(address)
        for one in (browser_page, other):
            one.get_by_role("button", name="Play").wait_for()
        slider(browser_page).fill("0")
        other.get_by_text("15 min after the start").wait_for()
        before = other.locator("img.lookout-water").bounding_box()["width"]
        browser_page.get_by_role("button", name="Zoom in").click()
        other.wait_for_function(
            "(before) => document.querySelector('img.lookout-water').getBoundingClientRect().width > 1.5 * before",
            arg=before,
        )
