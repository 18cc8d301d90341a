"""Which columns may be inputs: guesses are shown, labels' shadows and persons are kept out."""

from __future__ import annotations

import pandas as pd
import pytest

from core.errors import InvalidInput
from core.systems.crime.cleaning import column_mapping
from tests.systems.crime.conftest import town


def frame(**columns):
    return pd.DataFrame({name: [value] * 3 for name, value in columns.items()})


def test_usual_names_are_guessed_and_said_to_be_guesses():
    found = column_mapping.map_columns(town(20), {"date": "Occurred On"})
    assert found.chosen == {
        "date": "Occurred On",
        "label": "Category",
        "latitude": "Lat",
        "longitude": "Lon",
        "district": "Sector",
        "address": "Block",
    }
    assert "date" not in found.guessed
    assert "label: column 'Category' (guessed)" in found.sentences()
    assert found.unused == ("Details",)


@pytest.mark.parametrize(
    "name", ["Resolution", "Arrest", "Case Status", "ArrestDate", "FBI Code", "IUCR", "Disposition"]
)
def test_what_is_written_with_or_after_the_category_is_refused(name):
    found = column_mapping.map_columns(frame(Date="2020-01-01", **{name: "x"}))
    assert "with or after" in found.refused[name]
    with pytest.raises(InvalidInput, match=rf"Expected an input for location_type. Received '{name}'"):
        column_mapping.map_columns(frame(Date="2020-01-01", **{name: "x"}), {"location_type": name})


def test_the_offence_text_is_an_input_of_coding_alone():
    table = frame(Date="2020-01-01", Descript="LOUD MUSIC")
    assert column_mapping.map_columns(table).chosen["description"] == "Descript"
    with pytest.raises(InvalidInput, match="coding alone"):
        column_mapping.map_columns(table, {"location_type": "Descript"})


@pytest.mark.parametrize(
    "name", ["Victim Age", "suspect_race", "OfficerName", "Phone", "Case Number", "ID", "License Plate"]
)
def test_columns_named_like_persons_or_identifiers_are_left_out(name):
    found = column_mapping.map_columns(frame(Date="2020-01-01", **{name: "x"}))
    assert name in found.left_out
    assert name not in found.chosen.values()


@pytest.mark.parametrize(
    ("value", "what"),
    [("someone@example.org", "e-mail"), ("+1 415 555 0100 12", "phones"), ("123-45-6789", "social security")],
)
def test_columns_whose_values_look_like_persons_are_left_out(value, what):
    found = column_mapping.map_columns(frame(Date="2020-01-01", Note=value))
    assert what in found.left_out["Note"]


def test_names_of_places_are_no_persons():
    assert column_mapping.about_a_person("Area Name") is None
    assert column_mapping.about_a_person("Street Name") is None


def test_a_coordinate_needs_numbers_in_range():
    found = column_mapping.map_columns(frame(Date="2020-01-01", X="1176532.0", Y="1900000.0"))
    assert "latitude" not in found.chosen


def test_a_part_can_be_left_out_and_wrong_names_are_told():
    assert "address" not in column_mapping.map_columns(town(20), {"address": ""}).chosen
    with pytest.raises(InvalidInput, match="Expected one of date, label"):
        column_mapping.map_columns(town(20), {"colour": "Lat"})
    with pytest.raises(InvalidInput, match="Received 'Nowhere'"):
        column_mapping.map_columns(town(20), {"date": "Nowhere"})
