"""Lines are where the rasters have them, few enough for a screen, and say their times."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Transformer

from core.maps.flood import vectors, views
from tests.maps.flood.conftest import BRITISH, DEGREES, UTM, Write, pool


def cells(opened: object, points: list[list[float]]) -> np.ndarray:
    """Column and row, with fractions, of [latitude, longitude]; shape (n, 2)."""
    turn = Transformer.from_crs("EPSG:4326", opened.crs, always_xy=True)
    x, y = turn.transform([one[1] for one in points], [one[0] for one in points])
    return np.column_stack(~opened.transform @ (np.asarray(x), np.asarray(y)))


@pytest.mark.parametrize("crs", [UTM, BRITISH, DEGREES])
def test_times_of_arrival_lie_where_the_raster_has_them(written: Write, crs: str) -> None:
    """Water that arrives a minute later in each column: lines run north to south."""
    opened = written(np.full((50, 80), 0.5), crs)
    found = vectors.arrivals(opened, views.whole_grid(opened))
    assert 3 <= len(found) <= vectors.MAX_TIMES
    assert [one["seconds"] for one in found] == sorted(one["seconds"] for one in found)
    for one in found:
        column = (one["seconds"] - 600) / 60 + 0.5  # the middle of the column that has it
        for line in one["lines"]:
            at = cells(opened, line)
            assert np.abs(at[2:-2, 0] - column).max() < 0.6, one["text"]


def test_the_edge_of_the_water_goes_round_the_pool(written: Write) -> None:
    opened = written(pool())
    (edge,) = vectors.outline(opened, views.whole_grid(opened))
    assert edge[0] == edge[-1]
    at = cells(opened, edge)
    away = np.hypot(at[:, 0] - 40.5, at[:, 1] - 30.5) / 24  # pool's middle is a cell's, and its radius 24 cells
    assert np.abs(away - 0.975).max() < 0.05  # 0.05 m of 2 m


def test_without_water_there_are_no_lines(written: Write) -> None:
    opened = written(np.zeros((20, 20)))
    view = views.whole_grid(opened)
    assert vectors.arrivals(opened, view) == []
    assert vectors.outline(opened, view) == []
    assert vectors.routes(opened) == []


def test_water_to_the_edge_has_a_closed_edge(written: Write) -> None:
    opened = written(np.full((20, 20), 1.0))
    (edge,) = vectors.outline(opened, views.whole_grid(opened))
    assert edge[0] == edge[-1]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (0, 600, [120, 240, 360, 480]),
        (0, 3600, [600, 1200, 1800, 2400, 3000]),
        (100, 110, []),
        (0, 86400, [21600, 43200, 64800]),
    ],
)
def test_times_are_round(first: float, last: float, expected: list[float]) -> None:
    assert vectors.contour_times(first, last) == expected


def test_of_a_month_there_are_few_times() -> None:
    assert len(vectors.contour_times(0, 30 * 86400)) <= vectors.MAX_TIMES


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 min"), (29, "< 1 min"), (2700, "45 min"), (3600, "1 h"), (5400, "1 h 30 min"), (183600, "2 d 3 h")],
)
def test_durations_read_as_a_clock(seconds: float, text: str) -> None:
    assert vectors.duration_words(seconds) == text
