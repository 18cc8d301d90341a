"""Two forecasts at the same times, and the chance of a depth over several, on an invented pool."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
import rasterio
from PIL import Image

from core.errors import InvalidInput
from core.maps.flood import over_time
from core.maps.flood.export import chances
from core.maps.flood.views import unprojected
from tests.maps.flood.conftest import LEAD_TIMES, Write, pool

MAX_PIXELS = 100_000


def coloured(picture: bytes) -> int:
    """Pixels that are not transparent."""
    return int(np.count_nonzero(np.asarray(Image.open(BytesIO(picture)).convert("RGBA"))[..., 3]))


def test_only_times_that_both_have_are_shown(written: Write) -> None:
    one = written(pool())
    other = written(pool(), lead_times=(900.0, 2700.0, 5400.0))
    times = over_time.shared_times(one, other)
    assert times == (900.0, 5400.0)
    assert over_time.at_times(one, times).lead_times == times
    view = unprojected(one, MAX_PIXELS)
    surface = over_time.depth(one, times, view)
    assert len(surface.pictures) == 2
    assert surface.fullest == 1  # at 5400 s the water stands highest
    assert coloured(surface.pictures[0]) < coloured(surface.pictures[1])


def test_the_difference_follows_the_time(written: Write) -> None:
    one, other = written(pool()), written(2 * pool())
    surface = over_time.difference(one, other, LEAD_TIMES, unprojected(one, MAX_PIXELS))
    assert len(surface.pictures) == len(LEAD_TIMES)
    assert len(set(surface.pictures)) == len(LEAD_TIMES)
    with pytest.raises(InvalidInput, match="one area on one grid"):
        over_time.difference(one, written(pool(30, 40)), LEAD_TIMES, unprojected(one, MAX_PIXELS))


def test_chances_are_shares_of_the_forecasts_as_a_geotiff(written: Write) -> None:
    deep = np.array([[np.nan, 0.0, 0.1, 0.4]] * 3)
    members = [written(deep), written(deep + 0.2), written(deep), written(deep)]
    with rasterio.MemoryFile(chances.geotiff(members, 0.3)) as file, file.open() as raster:
        assert raster.read(1)[0].tolist()[1:] == [0.0, 0.25, 1.0]
        assert np.isnan(raster.read(1)[:, 0]).all()
        assert raster.crs.to_epsg() == 32633
        assert raster.transform == members[0].transform
        assert raster.descriptions == ("Share of 4 forecasts with 0.3 m of water or more",)
