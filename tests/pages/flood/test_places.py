"""Files of places and of rough ground, given to the Flood page: what they do, and what is said of wrong ones."""

from __future__ import annotations

import io
import json

import pytest
import shapefile
from pyproj import CRS
from streamlit.testing.v1 import AppTest

from core.store import store
from tests.support import floods
from tests.support.flood_app import AREA, forecast, give, opened, param, press, words
from tests.systems.flood.products.test_asset_files import packed

PLACES, ZONES = "Schools, clinics, roads", "Polygons that are rougher"


def zipped_shapefile() -> bytes:
    """A weir in the middle of the valley and a hut on its edge, in the valley's own coordinates."""
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    east, north = floods.CORNER
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=shapefile.POINT, encoding="utf-8") as file:
        file.field("NAME", "C", 40)
        for name, right, down in (("Weir", 150, 200), ("Hut", 5, 5)):
            file.point(east + right, north - down)
            file.record(name)
    system = CRS.from_user_input(floods.UTM).to_wkt("WKT1_ESRI").encode()
    return packed({"p.shp": shp.getvalue(), "p.shx": shx.getvalue(), "p.dbf": dbf.getvalue(), "p.prj": system})


def polygon(n: object) -> bytes:
    """The valley's upper half with a roughness."""
    corners = [floods.degrees(row, col) for row, col in ((0, 0), (0, 30), (12, 30), (12, 0), (0, 0))]
    about = {} if n is None else {"n": n}
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": about,
                    "geometry": {"type": "Polygon", "coordinates": [corners]},
                }
            ],
        }
    ).encode()


def test_a_zipped_shapefile_of_places_becomes_a_table_by_arrival(page):
    give(page, PLACES, zipped_shapefile(), "places.zip")
    assert "2 places will be looked at" in words(page)
    forecast(page)
    assert "1 place of 2 flooded" in words(page)
    table = next(one.value for one in page.dataframe if "water" in one.value)
    assert table["name"].tolist() == ["Weir", "Hut"]
    assert table["water"].tolist()[1] == "stays dry"


def test_of_many_rains_each_place_says_how_many_flood_it(page):
    give(page, PLACES, zipped_shapefile(), "places.zip")
    page.number_input(key="flood-chances").set_value(2).run()
    forecast(page)
    assert "How many of 2 rains flood each place" in words(page)
    table = next(one.value for one in page.dataframe if "chance" in one.value)
    told = table.map(lambda text: text.replace("\N{NO-BREAK SPACE}", " "))
    assert told[["name", "chance"]].to_numpy().tolist() == [["Weir", "100 %, 2 of 2"], ["Hut", "0 %, 0 of 2"]]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("places.zip", b"PK\x03\x04 no archive", "Expected"),
        ("places.zip", packed({"readme.txt": b"no shapefile"}), "shapefile"),
        ("places.csv", b"name,where\nMill,by the river\n", "Expected"),
        ("places.csv", b"name,latitude,longitude\nMill,95,3\n", "Expected"),
        ("places.csv", b"name,latitude,longitude\nMill,3.001,0.994\n", "Swap longitude and latitude"),
        ("places.csv", b"name,latitude,longitude\nMill,40,3\n", "choose the area that they lie on"),
        ("places.geojson", b"{", "Expected"),
        ("places.geojson", b"", "Expected"),
    ],
)
def test_places_that_cannot_be_read_are_told_and_none_is_taken(page, name, data, said):
    give(page, PLACES, data, name)
    (problem,) = [one.value for one in page.error]
    assert said in problem
    assert problem.replace("\\", "").count(".") >= 2  # what was received, and what to do
    assert "will be looked at" not in words(page)


def test_rough_ground_enters_the_forecast(page):
    give(page, ZONES, polygon(0.1), "zones.geojson")
    forecast(page)
    rough = store().prediction(param(page, "forecast"))["details"]["summary"]
    again = give(opened(**{"flood-area": AREA}), ZONES, polygon(0.02), "zones.geojson")
    forecast(again)
    smooth = store().prediction(param(again, "forecast"))["details"]["summary"]
    assert rough["largest_speed_m_per_s"] < smooth["largest_speed_m_per_s"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (polygon(None), "Expected the property n"),
        (polygon("rough"), "Expected the property n"),
        (b"{", "Expected polygons as GeoJSON"),
        (zipped_shapefile(), "Expected polygons as GeoJSON"),
    ],
)
def test_rough_ground_that_makes_no_sense_is_told_when_it_is_given(page, data, said):
    give(page, ZONES, data, "zones.geojson")
    assert said in words(page)
    assert "It is left out for now." in words(page)


def test_places_are_chosen_on_the_map_one_by_one_and_marked_there_with_their_names(page):
    """A click fills the fields; what lies beside the area is refused and the others stay."""
    for name, (longitude, latitude) in {"School": floods.degrees(20, 15), "": floods.degrees(5, 5)}.items():
        page.session_state["flood-asset-proposed"] = (latitude, longitude)
        page.run()
        page.text_input(key="flood-asset-name").input(name)
        press(page, "Add this place")
    assert "2 places will be looked at" in words(page)
    page.number_input(key="flood-asset-latitude").set_value(40.0)
    page.number_input(key="flood-asset-longitude").set_value(3.0).run()
    press(page, "Add this place")
    assert "choose the area that they lie on" in words(page)
    assert "2 places will be looked at" in words(page)
    forecast(page)
    table = next(one.value for one in page.dataframe if "water" in one.value)
    assert sorted(table["name"]) == ["Place 2", "School"]


def test_given_places_are_marked_on_the_map_of_the_area_whatever_their_shape():
    def app():
        import streamlit as st

        from pages.parts.flood.intake import places_form

        line = {"type": "LineString", "coordinates": [[3.0, 1.0], [3.2, 1.4]]}
        features = [
            {"type": "Feature", "properties": {"name": "School"}, "geometry": {"type": "Point", "coordinates": [3, 1]}},
            {"type": "Feature", "properties": None, "geometry": line},
            {"type": "Feature", "properties": {"name": "Nowhere"}, "geometry": None},
        ]
        st.session_state[places_form.KEY] = {"type": "FeatureCollection", "features": features}
        st.session_state["marks"] = places_form.marks()
        st.session_state[places_form.KEY] = features[0]
        st.session_state["single"] = places_form.marks()

    at = AppTest.from_function(app).run()
    assert not at.exception, at.exception
    assert at.session_state["marks"] == [(1.0, 3.0, "School"), (1.2, 3.1, "Place")]
    assert at.session_state["single"] == [(1.0, 3.0, "School")]
