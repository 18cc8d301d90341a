"""A line across a flood becomes a chart of ground and water; a box over a terrain becomes the part that is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.maps.flood import forecast_folder
from core.maps.flood.drawing import section, section_map
from core.maps.flood.forecast_folder import ForecastFolder
from core.systems.flood.products import outputs
from pages.parts.flood.drawing import drawn_map
from pages.parts.flood.drawing.section_chart import section_chart
from tests.maps.flood.conftest import invented, pool
from tests.support import floods
from tests.support.flood_app import give, param, press, words
from tests.systems.flood.terrain.test_cutting import HEIGHTS, box_of

SIDES = ("West", "South", "East", "North")


@pytest.fixture
def folder(tmp_path: Path) -> ForecastFolder:
    """A forecast of a round pool, 2 m deep in the middle."""
    outputs.write(invented(pool()), tmp_path / "forecast")
    return forecast_folder.read(tmp_path / "forecast")


def app(path: str) -> None:
    """The section alone, as a page shows it."""
    from pathlib import Path

    from core.maps.flood import forecast_folder
    from pages.parts.flood.drawing import section

    section.draw(forecast_folder.read(Path(path)))


def page_of(folder: ForecastFolder, line: str | None = None) -> AppTest:
    page = AppTest.from_function(app, args=(str(folder.path),), default_timeout=60)
    if line is not None:
        page.query_params["section"] = line
    page.run()
    assert not page.exception, page.exception
    return page


def figure_of(page: AppTest) -> dict[str, Any]:
    (element,) = page.get("plotly_chart")
    return json.loads(element.proto.spec)


def test_the_address_opens_a_section_again(folder: ForecastFolder) -> None:
    line = section.written(section_map.across(folder))
    page = page_of(folder, line)
    assert page.text_input(key="flood-section-line").value == line
    title = figure_of(page)["layout"]["title"]["text"]
    assert "1.9" in title or "2.0" in title
    assert "m of it wet" in title.replace("<br>", " ")


def test_a_typed_line_is_drawn_and_stays_in_the_address(folder: ForecastFolder) -> None:
    page = page_of(folder)
    assert "No line yet." in words(page)
    line = section.written(section_map.across(folder))
    page.text_input(key="flood-section-line").set_value(line).run()
    assert not page.exception
    assert param(page, "section") == line
    assert figure_of(page)["data"]


def test_the_slider_goes_through_the_lead_times(folder: ForecastFolder) -> None:
    page = page_of(folder, section.written(section_map.across(folder)))
    (slider,) = page.select_slider
    assert slider.options == [
        "15 min".replace(" ", "\N{NO-BREAK SPACE}"),
        "30\N{NO-BREAK SPACE}min",
        "1\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30\N{NO-BREAK SPACE}min",
        "greatest",
    ]
    greatest = figure_of(page)["layout"]["title"]["text"]
    slider.set_value(0).run()
    assert not page.exception
    first = figure_of(page)["layout"]["title"]["text"]
    assert first != greatest
    assert "At most 0.38" in first  # a fifth of the 1.9 m of the cell in the middle


def test_a_line_that_is_not_understood_says_what_is(folder: ForecastFolder) -> None:
    page = page_of(folder, "here and there")
    assert "Expected two or more points of latitude and longitude" in words(page)
    assert not page.get("plotly_chart")


def test_the_middle_is_one_press_away(folder: ForecastFolder) -> None:
    page = press(page_of(folder), "A line across the middle")
    assert page.text_input(key="flood-section-line").value == section.written(section_map.across(folder))
    assert figure_of(page)["data"]


def test_the_water_is_drawn_between_ground_and_level(folder: ForecastFolder) -> None:
    found = section.read_section(folder, section_map.across(folder))
    figure, alt = section_chart(found, None, "at the greatest")
    water, ground = figure.data
    assert max(water.y) == pytest.approx(np.nanmax(found.level(None)))
    assert list(ground.y) == pytest.approx(found.ground.tolist())
    assert alt.startswith("Section of ")
    dry, said = section_chart(
        section.Section(
            found.points, found.distance, found.ground, (900.0,), found.depths[:1] * 0, found.max_depth * 0
        ),
        0,
        "at 22:00",
    )
    assert len(dry.data) == 1
    assert "Dry along the line at 22:00" in said


def test_a_drawing_is_heard_once() -> None:
    assert drawn_map.line_points({"coordinates": [[7.0, 50.0], [7.1, 50.1]]}) == [[50.0, 7.0], [50.1, 7.1]]
    ring = [[7.0, 50.0], [7.0, 50.2], [7.1, 50.2], [7.1, 50.0], [7.0, 50.0]]
    assert drawn_map.bounding_box({"coordinates": [ring]}) == (7.0, 50.0, 7.1, 50.2)


def test_of_a_terrain_that_is_too_large_the_part_in_a_typed_box_is_kept(page: AppTest) -> None:
    give(page, "GeoTIFF or ASCII grid", floods.geotiff(HEIGHTS), "wide.tif")
    next(one for one in page.toggle if one.label == "Only a part of it").set_value(True).run()
    for side, degrees in zip(SIDES, box_of(10, 30, 20, 60), strict=True):
        next(one for one in page.number_input if one.label == side).set_value(degrees).run()
        assert not page.exception, page.exception
    assert "20 x 40 cells of 10: a forecast takes them as they are" in words(page)
    press(page, "Add this area")
    assert "Added wide." in words(page)
    assert "20 x 40 cells of 10" in words(page)


def test_a_part_of_an_area_becomes_another_area(page: AppTest) -> None:
    page.button_group(key="flood-area-way").set_value("A part of the area above").run()
    assert not page.exception, page.exception
    for side, degrees in zip(SIDES, box_of(4, 20, 5, 25), strict=True):
        next(one for one in page.number_input if one.label == side).set_value(degrees).run()
    next(one for one in page.text_input if one.label == "Name of the part").set_value("Upper half").run()
    press(page, "Add this part")
    assert "Cut out Upper half." in words(page)
    assert "16 x 20 cells of 10" in words(page)
    assert page.selectbox(key="flood-area").value == "Upper half"
