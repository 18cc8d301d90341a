"""What a click or a drawing on the crime map does on its page; the browser's own part is in tests/e2e."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.maps import areas
from pages.parts.crime import place_choice
from pages.parts.crime.example import example
from tests.pages.crime.crime_app import choose_view, csv, give, given, predict, table, words
from tests.support import places


@pytest.fixture
def city(page: AppTest) -> AppTest:
    """The page with the map of an invented table's answers."""
    predict(give(page, csv(table(60))))
    return choose_view(page, "Map")


def shape(north: float, east: float, half: float = 0.002) -> dict[str, object]:
    """What streamlit-folium tells of a rectangle that was drawn."""
    west, east = east - half, east + half
    ring = [
        [west, north - half],
        [east, north - half],
        [east, north + half],
        [west, north + half],
        [west, north - half],
    ]
    return {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def tell(at: AppTest, **heard: object) -> AppTest:
    """As if the map had told it."""
    key = f"crime-map-{given(at).id}"
    before = at.session_state[key] if key in at.session_state else {}  # noqa: SIM401 - it has no `get`
    at.session_state[key] = {**before, **heard}
    at.run()
    assert not at.exception
    return at


def chosen(at: AppTest) -> dict[str, object] | None:
    return at.session_state["crime-area"] if "crime-area" in at.session_state else None  # noqa: SIM401


def test_a_drawing_hands_over_its_records_and_shows_their_count(city: AppTest) -> None:
    drawing = shape(37.77, -122.44)
    tell(city, last_active_drawing=drawing, all_drawings=[drawing])
    area = chosen(city)
    assert area is not None
    frame = given(city).result.frame  # type: ignore[attr-defined]
    near = (np.abs(frame["latitude"] - 37.77) < 0.0025) & (np.abs(frame["longitude"] + 122.44) < 0.0025)
    assert 0 < len(area["indices"]) < len(frame)  # type: ignore[arg-type]
    assert near.iloc[area["indices"]].all()
    assert area["work"] == given(city).id  # type: ignore[arg-type]
    assert f"{len(area['indices'])} records" in words(city)  # type: ignore[arg-type]


def test_a_drawing_that_ends_on_a_hexagon_is_chosen_and_not_the_hexagon(city: AppTest) -> None:
    drawing = shape(37.77, -122.44)
    hexagon = {**shape(37.77, -122.44), "properties": {"cell": "89283082803ffff"}}
    tell(city, last_active_drawing=hexagon, all_drawings=[drawing])
    assert chosen(city)["title"] == "The area drawn"  # type: ignore[index]
    tell(city, last_active_drawing={**hexagon, "id": "again"})
    assert chosen(city)["title"] == "The hexagon clicked on"  # type: ignore[index]


def test_the_choice_is_of_the_records_that_pass_the_filters(city: AppTest) -> None:
    drawing = shape(37.77, -122.44, half=0.1)
    tell(city, last_active_drawing=drawing, all_drawings=[drawing])
    assert len(chosen(city)["indices"]) == 60  # type: ignore[index,arg-type]
    district = next(box for box in city.multiselect if str(box.key).startswith("filter-district"))
    district.select("PARK").run()
    frame = given(city).result.frame  # type: ignore[attr-defined]
    assert (frame["district"].iloc[chosen(city)["indices"]] == "PARK").all()  # type: ignore[index]


def test_what_was_chosen_goes_with_the_button_and_with_the_drawing(city: AppTest) -> None:
    drawing = shape(37.77, -122.44)
    tell(city, last_active_drawing=drawing, all_drawings=[drawing])
    city.button(key="crime-area-clear").click().run()
    assert chosen(city) is None
    assert "Choose a part of the map" in words(city)
    tell(city, last_active_drawing=shape(37.771, -122.44), all_drawings=[drawing, shape(37.771, -122.44)])
    assert chosen(city) is not None
    tell(city, all_drawings=[])
    assert chosen(city) is None


def test_an_area_can_be_chosen_by_its_name_without_a_mouse(city: AppTest) -> None:
    place_choice._path(given(city)).write_bytes(areas.written(areas.read("beats", places.geojson())))  # type: ignore[arg-type]
    city.run()
    box = next(box for box in city.selectbox if str(box.key).startswith("crime-area-name"))
    box.select("WEST BEAT").run()
    assert not city.exception
    assert chosen(city)["title"] == "WEST BEAT"  # type: ignore[index]
    assert "Areas from beats" in words(city)


def test_names_of_districts_that_no_file_knows_get_no_border(city: AppTest) -> None:
    """Before, each name in the table got an outline, made from the hexagons of its records."""
    assert "police districts" not in words(city)  # invented places: MISSION's records lie in PARK
    assert not [box for box in city.selectbox if str(box.key).startswith("crime-area-name")]


def test_the_examples_records_lie_in_the_districts_that_they_name() -> None:
    """Before, real names stood in an invented ring."""
    metadata = {"inputs": {"origin": [37.77, -122.42], "words": {"district": list(areas.shipped().names)}}}
    frame = pd.read_csv(pd.io.common.BytesIO(example(metadata)))
    assert areas.agreement(areas.shipped(), frame) == 1.0


def test_the_example_has_no_places_where_the_borders_are_not_known() -> None:
    metadata = {"inputs": {"origin": [37.77, -122.42], "words": {"district": ["MISSION", "ELSEWHERE"]}}}
    assert "latitude" not in pd.read_csv(pd.io.common.BytesIO(example(metadata))).columns
