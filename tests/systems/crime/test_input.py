"""One record: what is accepted, and what is refused in words."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from core.systems.crime import CrimeInput


def test_a_time_or_a_text_is_enough():
    assert CrimeInput.model_validate({"datetime": "2014-09-30T23:51"}).datetime.hour == 23
    assert CrimeInput.model_validate({"description": "LOUD MUSIC"}).description == "LOUD MUSIC"


def test_empty_cells_mean_that_nothing_is_known():
    found = CrimeInput.model_validate(
        {"datetime": "2014-09-30", "district": " ", "latitude": "", "domestic": "", "siblings": ""}
    )
    assert (found.district, found.latitude, found.domestic, found.siblings) == (None, None, None, None)


def test_a_district_may_be_a_number():
    assert CrimeInput.model_validate({"datetime": "2014-09-30", "district": 7}).district == "7"


def test_a_files_bytes_hold_one_record_as_json():
    assert CrimeInput.model_validate(b'{"description": "LOUD MUSIC"}').description == "LOUD MUSIC"
    with pytest.raises(ValidationError, match="one record"):
        CrimeInput.model_validate(b"Date,Category\n")


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({}, "Expected a datetime or a description"),
        ({"datetime": "soon"}, "Expected a date and time"),
        ({"datetime": "2014-09-30", "latitude": 37.7}, "latitude and longitude together"),
        ({"datetime": "2014-09-30", "latitude": 90.0, "longitude": -120.5}, "less than or equal to 80"),
        ({"datetime": "2014-09-30", "siblings": 0}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(record, said):
    with pytest.raises(ValidationError, match=said):
        CrimeInput.model_validate(record)
