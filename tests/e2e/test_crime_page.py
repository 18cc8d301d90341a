"""The Crime page in a real browser: a table goes in, rows, map and charts come out; Monitoring counts the feedback."""

from __future__ import annotations

import csv
import io
import json
import re
import urllib.request
from contextlib import suppress
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Error, expect

from tests.support import settling

pytestmark = pytest.mark.e2e

settle = partial(settling.settle, timeout=30_000)
ROWS = 60
PLACES = {"MISSION": (37.760, -122.415), "PARK": (37.768, -122.446)}
"""Middles of two of the champion's districts."""
TRAP = '<img src=x onerror="window.trapped=1"> `${window.trapped=2}` **bold**'


def town() -> pd.DataFrame:
    """Invented incidents: two districts, one date that cannot be read, and a cell that would be dangerous as HTML."""
    random = np.random.default_rng(1)
    district = random.choice(list(PLACES), ROWS)
    frame = pd.DataFrame(
        {
            "occurred": pd.date_range("2015-03-01", periods=ROWS, freq="5h").strftime("%Y-%m-%d %H:%M"),
            "sector": district,
            "corner": "100 Block of ALDER ST",
            "lat": [PLACES[name][0] for name in district] + random.normal(0, 0.001, ROWS),
            "lon": [PLACES[name][1] for name in district] + random.normal(0, 0.001, ROWS),
            "remark": TRAP,
            "Resolution": "NONE",
        }
    )
    frame.loc[4, "occurred"] = "31/31/2015"
    return frame


@pytest.fixture
def crime(server, browser_page):
    """The Crime page, ready for a table."""
    browser_page.goto(f"{server.url}/crime")
    browser_page.get_by_role("button", name="Try an example").wait_for()
    return browser_page


@pytest.fixture
def answered(crime, tmp_path):
    """The page with the town's table answered."""
    answer(crime, tmp_path, town())
    return crime


def answer(page, folder: Path, frame: pd.DataFrame, name: str = "town.csv") -> None:
    """Give a table like the town's and wait for its answers."""
    give(page, folder, frame.to_csv(index=False).encode(), name)
    page.get_by_role("button", name=re.compile("^Predict")).click()
    heading(page, r"59.records answered, 1.row rejected")
    settle(page)


def give(page, folder: Path, data: bytes, name: str = "town.csv") -> None:
    path = folder / name
    path.write_bytes(data)
    page.locator("input[type=file]").first.set_input_files(path)


def heading(page, text: str):
    found = page.get_by_role("heading", name=re.compile(text))
    found.wait_for(timeout=60_000)
    return found


def show(page, view: str) -> None:
    """Choose one of the views of a result."""
    page.locator(".st-key-crime-view").get_by_role("radio", name=view).click()


def choose(page, label: str, option: str) -> None:
    """Choose from a list. It closes when the page moves under it; a person would then open it again."""
    box = page.get_by_role("combobox", name=re.compile(label))
    box.scroll_into_view_if_needed()
    wanted = page.get_by_role("option", name=option)
    for _ in range(3):
        settle(page)
        box.click()
        with suppress(Error):
            wanted.click(timeout=8000)
            return
    pytest.fail(f"the list {label!r} did not stay open long enough to choose {option!r}")


def choose_rows(page, *places: int) -> None:
    """Tick rows of the table of answers, the first being 0; a second time takes the tick away."""
    table = page.locator("[class*=st-key-rows-table]")
    for place in places:
        settle(page)
        row = table.locator("tbody tr").nth(place)
        before = row.get_attribute("aria-selected")
        table.locator("canvas").first.click(position={"x": 15, "y": 52 + 35 * place}, force=True)
        expect(row).to_have_attribute("aria-selected", "false" if before == "true" else "true")


def overlaps(found) -> list[tuple[str, str]]:
    """Pairs of the texts that share a part of the screen."""
    boxes = [(one.inner_text(), one.bounding_box()) for one in found.all()]
    return [
        (text, other)
        for (text, a), (other, b) in combinations(boxes, 2)
        if abs(a["x"] - b["x"]) < (a if a["x"] < b["x"] else b)["width"]
        and abs(a["y"] - b["y"]) < (a if a["y"] < b["y"] else b)["height"]
    ]


def download(page, label: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label).first.click()
    return Path(waiting.value.path()).read_bytes()


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def outcome(server, prediction_id: str) -> dict:
    with urllib.request.urlopen(f"{server.url}/predictions/{prediction_id}", timeout=10) as answer:
        return json.load(answer)["outcomes"][-1]


def test_the_columns_are_shown_as_guessed_and_can_be_changed(crime, tmp_path):
    give(crime, tmp_path, town().to_csv(index=False).encode())
    columns = crime.locator(".st-key-columns")
    expect(columns).to_contain_text("District: column sector (guessed)")
    expect(columns).to_contain_text("not an input: 'Resolution', written with or after the category")
    expect(columns).not_to_contain_text("Block or crossing: column")
    columns.get_by_text("Change the columns").click()
    choose(crime, "Block or crossing", "corner")
    expect(columns).to_contain_text("Block or crossing: column corner")
    crime.get_by_role("button", name=re.compile("^Predict")).click()
    heading(crime, r"59.records answered, 1.row rejected")
    settle(crime)
    rows = rows_of(download(crime, "Download CSV"))
    assert len(rows) == ROWS - 1
    assert {row["address"] for row in rows} == {"100 Block of ALDER ST"}
    assert all(row["category_of_reported_incident"] for row in rows)


def test_rejected_rows_are_listed_and_can_be_taken_along(answered):
    (rejected,) = rows_of(download(answered, "Download the rejected as CSV"))
    assert rejected["row"] == "6"
    assert rejected["message"]


def test_map_and_charts_are_drawn_without_another_host(answered):
    show(answered, "Map")
    city = answered.frame_locator("iframe[srcdoc]")
    city.locator(".leaflet-container").wait_for()
    expect(city.locator(".leaflet-overlay-pane canvas").first).to_be_visible()  # hexagons and outlines
    expect(city.locator(".lookout-degrees span").first).to_have_text(re.compile(r"\d+\.\d+° [NESW]"))
    expect(city.locator(".leaflet-control-scale")).to_be_visible()
    expect(city.locator(".lookout-legend")).to_contain_text("Records in a hexagon")
    expect(city.locator(".lookout-name span").filter(has_text="MISSION")).to_be_visible()
    city.get_by_text("Clusters of records").click()
    expect(city.locator(".lookout-cluster").first).to_be_visible()
    city.get_by_text("Heat", exact=True).click()
    expect(city.locator("canvas.leaflet-heatmap-layer")).to_be_visible()
    expect(answered.get_by_text("those with fewer than 5 records are not shown")).to_be_visible()
    show(answered, "Charts")
    charts = answered.locator(".js-plotly-plot")
    expect(charts).to_have_count(4)
    for place, drawn in enumerate((".bars path", ".bars path", ".heatmaplayer image", ".bars path")):
        expect(charts.nth(place).locator(drawn).first).to_be_attached()


def test_the_map_keeps_its_layers_and_place_when_a_filter_changes(answered):
    show(answered, "Map")
    city = answered.frame_locator("iframe[srcdoc]")
    city.get_by_text("Clusters of records").click()
    scale = city.locator(".leaflet-control-scale-line").first
    before = scale.inner_text()
    city.get_by_role("button", name="Zoom in").click()
    expect(scale).not_to_have_text(before)
    zoomed = scale.inner_text()
    choose(answered, "District", "PARK")
    expect(answered.get_by_text(re.compile("records fit the filters"))).to_be_visible()
    expect(city.locator(".lookout-name").filter(has_text="MISSION")).to_have_count(0)
    expect(city.get_by_role("checkbox", name="Clusters of records")).to_be_checked()
    expect(scale).to_have_text(zoomed)


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_that_is_written_on_the_map_lies_on_another(crime, tmp_path, width):
    places = {"FIRST DISTRICT": (37.76, -122.42), "SECOND DISTRICT": (37.76, -122.41), "FAR AWAY": (37.70, -122.50)}
    sector = [list(places)[row % 3] for row in range(ROWS)]
    corners = pd.DataFrame([places[name] for name in sector], columns=["lat", "lon"])
    crime.set_viewport_size({"width": width, "height": 900})
    answer(crime, tmp_path, town().assign(sector=sector, lat=corners["lat"], lon=corners["lon"]))
    show(crime, "Map")
    city = crime.frame_locator("iframe[srcdoc]")
    expect(city.locator(".lookout-name span")).to_have_count(3)
    for written in (".lookout-name span", ".lookout-degrees.east span", ".lookout-degrees.north span"):
        assert not overlaps(city.locator(written)), written


def test_what_stands_in_a_table_stays_text(crime, tmp_path):
    answer(crime, tmp_path, town().assign(sector=TRAP), "trap <b>x.csv")
    for view in ("Map", "Charts", "Rows"):
        show(crime, view)
        if view == "Map":
            expect(crime.frame_locator("iframe[srcdoc]").locator(".lookout-name span")).to_have_text(TRAP)
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


def test_feedback_in_bulk_is_stored_and_found_on_monitoring(server, answered, tmp_path):
    rows = rows_of(download(answered, "Download CSV"))
    choose_rows(answered, 0, 1)
    answered.get_by_role("button", name=re.compile("All 2.chosen rows right")).click()
    expect(answered.get_by_text(re.compile("Recorded 2.labels: 2 right, 0 wrong"))).to_be_visible()
    assert all(outcome(server, row["prediction_id"])["correct"] for row in rows[:2])

    choose(answered, "Or they are really", "ARSON")
    answered.get_by_role("button", name=re.compile("Record for 2.chosen rows")).click()
    expect(answered.get_by_text(re.compile("Recorded 2.labels: 0 right, 2 wrong"))).to_be_visible()
    assert outcome(server, rows[0]["prediction_id"])["label"] == "ARSON"

    choose_rows(answered, 0, 1)  # none is chosen any more
    answered.get_by_text("Give the true categories of many records").click()
    lines = [f"{row['prediction_id']},{row['category_of_reported_incident']}" for row in rows[2:20]]
    give_truths = tmp_path / "truths.csv"
    give_truths.write_text("\n".join(["prediction_id,label", *lines, "no-such-id,ARSON"]))
    answered.locator("input[type=file]").last.set_input_files(give_truths)
    answered.get_by_role("button", name=re.compile("Record 19.labels")).click()
    expect(answered.get_by_text(re.compile("Recorded 18.labels: 18 right"))).to_be_visible()
    settle(answered)
    (refused,) = rows_of(download(answered, "Download what was refused"))
    assert refused["prediction_id"] == "no-such-id"

    answered.get_by_role("link", name="Monitoring").click()
    answered.get_by_role("heading", name="Log").wait_for()
    answered.get_by_role("combobox", name="System").click()  # a page that refreshes itself need not settle
    answered.get_by_role("option", name="Crime").click()
    expect(answered.get_by_text(re.compile(r"n = 20, "))).to_be_visible()
    logged = [row for row in rows_of(download(answered, "Download CSV")) if row["label"]]
    assert len(logged) == 20
    assert sum(row["correct"] == "True" for row in logged) == 18


def test_answers_stay_while_another_page_is_visited(answered):
    answered.get_by_role("link", name="Home").click()
    answered.get_by_role("heading", name="Home").wait_for()
    assert not answered.get_by_text(re.compile("were not sure; expected")).count()
    answered.get_by_role("link", name="Crime", exact=True).click()
    heading(answered, "59.records answered")


def test_the_page_is_not_cut_off_on_a_phone(answered):
    answered.set_viewport_size({"width": 390, "height": 844})
    for view in ("Map", "Charts", "Rows"):
        show(answered, view)
        settle(answered)
        assert answered.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
