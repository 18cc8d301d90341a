"""Two floods beside one another, against counts made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInput
from core.maps.flood import compare
from tests.maps.flood.conftest import Write, pool


def test_figures_are_those_worked_by_hand(written: Write) -> None:
    """20 x 20 cells of 100 m2: 100 wet in one, 150 in the other, 50 in both."""
    one, other = np.zeros((20, 20)), np.zeros((20, 20))
    one[:, :5] = 0.5
    other[:10, :5] = 0.4
    other[:, 10:15] = 0.2
    found = compare.compare(written(one, seconds=2.0), written(other, seconds=8.0))
    assert found.csi == {0.05: pytest.approx(50 / 200), 0.3: pytest.approx(50 / 100)}
    assert found.hit_rate[0.05] == pytest.approx(50 / 150)
    assert found.false_alarms[0.05] == pytest.approx(50 / 100)
    assert found.mean_error == pytest.approx((50 * 0.1 + 50 * 0.5 - 100 * 0.2) / 200)
    assert found.rmse == pytest.approx(np.sqrt((50 * 0.01 + 50 * 0.25 + 100 * 0.04) / 200))
    assert found.largest_error == pytest.approx(0.5)
    assert found.arrival_error == pytest.approx(0.0)
    assert found.area_forecast == 100 * 100
    assert found.area_reference == 150 * 100
    assert found.volume_error == pytest.approx((100 * 0.5 - 50 * 0.4 - 100 * 0.2) / (50 * 0.4 + 100 * 0.2))


def test_a_forecast_is_like_itself(written: Write) -> None:
    opened = written(pool())
    found = compare.compare(opened, opened)
    assert found.csi == {0.05: 1.0, 0.3: 1.0}
    assert found.rmse == found.largest_error == found.volume_error == 0.0


def test_without_water_there_is_nothing_to_compare(written: Write) -> None:
    dry = written(np.zeros((12, 12)))
    found = compare.compare(dry, dry)
    assert set(found.csi.values()) == {None}
    assert found.rmse is None
    assert found.volume_error is None
    assert "–" in dict(found.table()).values()


def test_cells_without_data_in_one_do_not_count(written: Write) -> None:
    one = np.full((10, 10), 1.0)
    other = one.copy()
    other[:5] = np.nan
    found = compare.compare(written(one), written(other))
    assert found.csi[0.05] == 1.0
    assert found.area_forecast == 50 * 100


def test_a_table_names_its_units(written: Write) -> None:
    rows = dict(compare.compare(written(pool()), written(0.9 * pool())).table())
    assert rows["RMSE of the greatest depth"].endswith(" m")
    assert rows["Flooded area, and of the other"].endswith(" ha")
    assert rows["Error of the volume at the end"] == "11.11 %"
    assert rows["Of the wet cells found, 0.05 m"] == "100\N{NO-BREAK SPACE}%"


def test_what_is_nearly_all_is_not_called_all(written: Write) -> None:
    one, other = np.ones((50, 50)), np.ones((50, 50))
    one[0, 0] = 0.0
    rows = dict(compare.compare(written(one), written(other)).table())
    assert rows["Of the wet cells found, 0.05 m"] == ">\N{NO-BREAK SPACE}99\N{NO-BREAK SPACE}%"


def test_two_areas_are_refused(written: Write) -> None:
    with pytest.raises(InvalidInput, match="on one grid"):
        compare.compare(written(pool()), written(pool(60, 81)))
