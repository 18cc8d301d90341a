"""The Flood page in a browser: a storm typed, a forecast waited for, its map, its views, files up and down."""

from __future__ import annotations

import json
import urllib.request
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from tests.support import settling

SECONDS = 120_000  # ms; the first forecast of a process may compile
TOWN = (0.9807, 3.0098)  # the sample's school: latitude and longitude
SERIOUS = ("serious", "critical")

settle = partial(settling.settle, timeout=SECONDS)


def set_storm(page, depth: float, minutes: float = 60, hours: float | None = None) -> None:
    """Type a storm, and how long the flood is followed; the page has drawn it when this returns."""
    settle(page)
    page.get_by_label("Depth [mm]", exact=True).fill(str(depth))
    page.get_by_label("Depth [mm]", exact=True).press("Enter")
    drawn = page.locator(".js-plotly-plot .gtitle").filter(has_text=f"{depth} mm of rain")
    expect(drawn.first).to_be_visible()  # for a moment the title before stands there too
    settle(page)
    page.get_by_label("Within [min]", exact=True).fill(str(minutes))
    page.get_by_label("Within [min]", exact=True).press("Enter")
    if hours is not None:
        settle(page)
        page.get_by_text("More options").click()
        settle(page)
        page.get_by_text("Say how long the flood is followed").click()
        settle(page)
        page.get_by_label("Hours", exact=True).fill(str(hours))
        page.get_by_label("Hours", exact=True).press("Enter")
    settle(page)


def forecast(page) -> str:
    """Press Forecast and wait for its map; the id of the forecast."""
    page.get_by_role("button", name="Forecast", exact=True).click()
    return wait_for_forecast(page)


def wait_for_forecast(page) -> str:
    """Wait for a forecast's map; its id."""
    page.locator(".st-key-flood-place").get_by_role("heading").wait_for(timeout=SECONDS)
    settle(page)
    return parse_qs(urlsplit(page.url).query)["forecast"][0]


def map_frame(page):
    """The first map of the page."""
    return page.frame_locator("iframe[srcdoc]").first


def drawn_map_frame(page, last: bool = False):
    """The first or the last map of the page that is clicked or drawn on."""
    frames = page.frame_locator("iframe[title='streamlit_folium.st_folium']")
    return frames.last if last else frames.first


def drag(page, frame, tool: str, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Draw on a map: press a tool, then drag from one point of the map to another [px]."""
    frame.get_by_role("link", name=tool).click()
    box = frame.locator(".leaflet-container").bounding_box()
    page.mouse.move(box["x"] + start[0], box["y"] + start[1])
    page.mouse.down()
    page.mouse.move(box["x"] + end[0], box["y"] + end[1], steps=5)
    page.mouse.up()
    settle(page)


def open_view(page, view: str) -> None:
    page.locator(".st-key-flood-view").get_by_role("radio", name=view).click()
    settle(page)


def download(page, label: str) -> bytes:
    with page.expect_download(timeout=SECONDS) as waiting:
        page.get_by_role("button", name=label, exact=True).click()
    return Path(waiting.value.path()).read_bytes()


def write_places(folder: Path) -> Path:
    """Two invented places, one in the valley and one on a hill, as CSV."""
    path = folder / "places.csv"
    path.write_text(f"name,longitude,latitude\nGym <b>x</b>,{TOWN[1]},{TOWN[0]}\nTower,3.0214,0.9938\n")
    return path


def upload(page, label: str, path: Path) -> None:
    """Upload to the field whose label holds this text."""
    field = page.locator("[data-testid=stFileUploader]").filter(has_text=label)
    field.locator("input[type=file]").set_input_files(path)
    settle(page)


def logged_prediction(server, prediction_id: str) -> dict:
    with urllib.request.urlopen(f"{server.url}/predictions/{prediction_id}", timeout=30) as answer:
        return json.load(answer)


def request_forecast(server, depth: float) -> str:
    """The id of a forecast of the sample area with so much rain in an hour [mm], by the API."""
    instance = {"dem": {"area": "sample"}, "rain": [[0, depth], [3600, depth]], "duration_s": 3600, "mode": "fast"}
    body = json.dumps({"model": "flood", "instances": [instance]}).encode()
    request = urllib.request.Request(f"{server.url}/predict", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["predictions"][0]["prediction_id"]


def violations(axe, page) -> dict[str, list[str]]:
    """What axe finds serious in the page's own part, and in its maps."""
    page.mouse.move(0, 0)  # nothing is in the colours of what is pointed at
    page.wait_for_timeout(500)
    maps = [frame for frame in page.frames if frame.locator(".leaflet-container").count()]
    assert maps
    serious = {}
    for part, context in [(page, "[data-testid=stMain]"), *((frame, None) for frame in maps)]:
        for violation in axe.run(part, context=context).response["violations"]:
            if violation["impact"] in SERIOUS:
                serious[violation["id"]] = [node["html"][:200] for node in violation["nodes"]]
    return serious
