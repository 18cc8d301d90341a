"""An area's table of design rain: depths between its rows, nothing outside of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidInput
from core.systems.flood.forcing import design_rain
from core.systems.flood.terrain import areas

TABLE = """return_period_years,duration_min,depth_mm
100,60,50
10,60,30
10,15,20
100,15,40
"""


def test_rows_are_given_back_whatever_their_order() -> None:
    found = design_rain.parse(TABLE.encode())
    for period, minutes, depth in ((10, 15, 20), (10, 60, 30), (100, 15, 40), (100, 60, 50)):
        assert found.depth(period, minutes * 60) == pytest.approx(depth)
        assert found.period(depth, minutes * 60) == pytest.approx(period)


def test_between_rows_logarithms_count() -> None:
    found = design_rain.parse(TABLE.encode())
    assert found.depth(np.sqrt(1000), 3600) == pytest.approx(40)
    assert found.depth(10, 1800) == pytest.approx(np.sqrt(600))
    assert found.period(40, 3600) == pytest.approx(np.sqrt(1000))


@pytest.mark.parametrize(
    ("period", "minutes", "sentence"),
    [
        (200, 60, "a return period within the area's table of design rain, 10 to 100 years. Received 200 years"),
        (5, 60, "a return period"),
        (float("nan"), 60, "a return period"),
        (10, 5, "a duration within the area's table of design rain, 15 to 60 min. Received 5 min"),
        (10, 90, "a duration"),
    ],
)
def test_nothing_is_said_outside_of_the_table(period: float, minutes: float, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        design_rain.parse(TABLE.encode()).depth(period, minutes * 60)


def test_no_period_is_named_for_a_rain_outside_of_the_table() -> None:
    with pytest.raises(InvalidInput, match="a depth within 60 min within the area's table of design rain, 30 to 50 mm"):
        design_rain.parse(TABLE.encode()).period(90, 3600)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n", "the columns return_period_years, duration_min, depth_mm"),
        (TABLE.replace("100,15,40\n", ""), "Received 3 rows of 2 periods and 2 durations"),
        (TABLE.replace("100,15,40\n", "10,15,20\n"), "Received none of 100 years and 15 min"),
        (TABLE.replace("40", "10"), "that grow with the return period"),
        (TABLE.replace("50", "39"), "do not fall with the duration"),
        (TABLE.replace("100,60,50", "0,60,50"), "return_period_years above 0"),
        (TABLE.replace("50", "-50"), "depth_mm above 0 and up to 10000 in design_rain.csv. Received -50 in row 2"),
        (TABLE.replace("50", "much"), "a number as depth_mm in row 2"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        design_rain.keep(text.encode(), tmp_path)
    assert design_rain.of(tmp_path) is None


def test_an_area_keeps_its_table(tmp_path: Path) -> None:
    design_rain.keep(TABLE.replace(",", ";").encode(), tmp_path)
    found = design_rain.of(tmp_path)
    assert found is not None
    assert found.depth(100, 3600) == pytest.approx(50)
    with pytest.raises(InvalidInput, match="Expected"):
        design_rain.keep(b"nothing", tmp_path)
    assert design_rain.of(tmp_path) is not None  # the old one stays


def test_the_sample_has_one(tmp_path: Path) -> None:
    found = design_rain.of(areas.home_of("sample", tmp_path))
    assert found is not None
    assert found.depth(100, 3600) == pytest.approx(59)
