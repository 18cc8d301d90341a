"""Colours say what the numbers say, and pictures are small."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from core.errors import InvalidInput
from core.maps.flood import pictures, scales, views, water_edge
from core.maps.flood.shading import hillshade
from tests.maps.flood.conftest import BRITISH, LEAD_TIMES, UTM, Write, mixed, pool
from tests.maps.flood.test_views import classes

ALL = (scales.DEPTH, scales.HAZARD, scales.UNCERTAINTY, scales.DIFFERENCE, scales.probability(0.3))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG has it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scale", ALL, ids=lambda scale: scale.heading)
def test_each_step_has_a_colour_and_words(scale: scales.Scale) -> None:
    steps = len(scale.bounds) + scale.two_sided
    assert len(scale.words) == len(scale.colours) == steps
    assert scale.entries()[0] == (scale.colours[-1], scale.words[-1])


@pytest.mark.parametrize("scale", [one for one in ALL if not one.two_sided], ids=lambda scale: scale.heading)
def test_darker_means_more_and_reads_the_same_without_colours(scale: scales.Scale) -> None:
    bright = [luminance(one) for one in scale.colours]
    assert bright == sorted(bright, reverse=True)
    assert min((more + 0.05) / (less + 0.05) for more, less in pairwise(bright)) > 1.35


@pytest.mark.parametrize(
    ("depth", "step"), [(0.0, 0), (0.049, 0), (0.05, 1), (0.3, 2), (0.59, 2), (1.2, 4), (1.8, 5), (9.0, 5), (np.nan, 0)]
)
def test_depth_has_the_steps_of_its_words(depth: float, step: int) -> None:
    assert scales.DEPTH.codes(np.array([depth], np.float32)).tolist() == [step]


def test_a_difference_has_two_sides_and_a_middle() -> None:
    given = np.array([-1.0, -0.4, -0.2, 0.0, 0.2, 0.4, 1.0, np.nan], np.float32)
    assert scales.DIFFERENCE.codes(given).tolist() == [1, 2, 3, 4, 5, 6, 7, 0]


def test_there_is_a_picture_for_each_lead_time(written: Write) -> None:
    opened = written(np.full((30, 30), 1.0))
    made = pictures.depth(opened, views.whole_grid(opened))
    assert len(made.pictures) == len(LEAD_TIMES)
    assert [int(classes(one).max()) for one in made.pictures] == [1, 3, 3]  # 0.2, 0.6 and 1.0 m


def test_dry_ground_and_no_data_are_transparent(written: Write) -> None:
    depth = pool()
    depth[:5] = np.nan
    opened = written(depth)
    picture = Image.open(BytesIO(pictures.max_depth(opened, views.whole_grid(opened)).pictures[0])).convert("RGBA")
    pixels = np.asarray(picture)
    assert (pixels[0, :, 3] == 0).all()
    middle = pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]
    assert "#{:02X}{:02X}{:02X}".format(*middle[:3]) == scales.DEPTH.colours[-1]
    assert middle[3] == 255


def test_no_water_makes_pictures_too(written: Write) -> None:
    opened = written(np.zeros((20, 20)))
    view = views.whole_grid(opened)
    for name, make in pictures.surface_painters(opened).items():
        for one in make(view).pictures:
            assert classes(one).max() == 0, name
    assert pictures.hillshade_picture(opened, view)


def test_uncertainty_is_shown_where_it_is_known(written: Write) -> None:
    depth = np.full((20, 20), 0.5, np.float32)
    assert "Uncertainty" not in pictures.surface_painters(written(depth))
    opened = written(depth, low=depth - 0.2, high=depth + 0.2)
    made = pictures.surface_painters(opened)["Uncertainty"](views.whole_grid(opened))
    assert set(classes(made.pictures[0]).ravel()) <= {0, 3}  # 0.4 m wide
    bare = written(depth)
    view = views.whole_grid(bare)
    with pytest.raises(InvalidInput, match=r"max_depth_high\.tif"):
        pictures.uncertainty(bare, view)


def test_a_difference_is_told_where_one_is_wet(written: Write) -> None:
    one, other = np.zeros((20, 20)), np.zeros((20, 20))
    one[:, :5], other[:, 5:10] = 0.5, 0.5
    first, second = written(one), written(other)
    view = views.unprojected(first)
    shown = classes(pictures.difference(first, second, view).pictures[0])
    assert shown[0].tolist() == [6] * 5 + [2] * 5 + [0] * 10
    assert (classes(pictures.difference(second, first, view).pictures[0])[0][:10] == [2] * 5 + [6] * 5).all()


def test_chances_are_shares_of_the_forecasts(written: Write) -> None:
    members = []
    for count in range(4):
        depth = np.zeros((20, 20))
        depth[:, : 5 * count] = 0.4
        members.append(written(depth))
    view = views.unprojected(members[0])
    deep = classes(pictures.exceedance(members, view, 0.3).pictures[0])
    assert deep[0].tolist() == [4] * 5 + [3] * 5 + [2] * 5 + [0] * 5  # of four: three, two, one, none
    assert classes(pictures.exceedance(members, view, 0.5).pictures[0]).max() == 0


def test_what_lies_elsewhere_is_not_compared(written: Write) -> None:
    one = written(pool())
    for other in (written(pool(61, 80)), written(pool(), BRITISH)):
        with pytest.raises(InvalidInput, match="on one grid"):
            pictures.difference(one, other, views.unprojected(one))
    with pytest.raises(InvalidInput, match="at least one forecast"):
        pictures.exceedance([], views.unprojected(one), 0.3)


def test_pictures_of_a_screen_stay_small(written: Write) -> None:
    opened = written(mixed(900, 1100), None)  # each cell another colour: the worst that can be
    view = views.unprojected(opened)
    made = pictures.depth(opened, view)
    assert max(map(len, made.pictures)) < 0.5 * view.width * view.height + 5000  # four bits a pixel at most


def test_light_comes_from_the_north_west() -> None:
    down, right = np.indices((30, 30)).astype(float)
    assert hillshade(down + right, 10, 10).mean() > hillshade(-down - right, 10, 10).mean()
    flat = hillshade(np.full((5, 5), 3.0), 10, 10)
    assert flat == pytest.approx(np.full((5, 5), np.sin(np.radians(45))))


def test_a_slope_has_the_light_of_its_angle() -> None:
    """Facing the sun at 45 degrees it is as bright as can be; slopes by hand: rise 1 per 1 towards the south-east."""
    down, right = np.indices((9, 9)).astype(float)
    ground = (down + right) * 10 / np.sqrt(2)
    assert hillshade(ground, 10, 10)[4, 4] == pytest.approx(1.0, abs=1e-5)


def test_ground_without_data_has_no_light() -> None:
    ground = np.full((6, 6), np.nan)
    assert np.isnan(hillshade(ground, 10, 10)).all()
    ground[2:, :] = 5.0
    assert np.isnan(hillshade(ground, 10, 10)[:2]).all()
    assert np.isfinite(hillshade(ground, 10, 10)[2:]).all()


def test_the_same_in_another_crs(written: Write) -> None:
    for crs in (UTM, BRITISH):
        opened = written(pool(), crs)
        assert pictures.hillshade_picture(opened, views.whole_grid(opened), dark=True)[:4] == b"RIFF"


@pytest.mark.parametrize("cols", [20, 33])
def test_a_picture_has_the_colour_of_every_pixel_at_even_and_odd_widths(written: Write, cols: int) -> None:
    folder = written(mixed(21, cols))
    view = views.unprojected(folder)
    with folder.raster("max_depth") as dataset:
        blocks = views.read_blocks(view, dataset)
    edged = water_edge.lay(view, scales.DEPTH.codes(blocks))
    expected = edged.codes + 6 * edged.ink + 7 * edged.halo
    picture = Image.open(BytesIO(pictures.paint(view, blocks, scales.DEPTH)))
    assert picture.size == (cols, 21)
    assert np.array_equal(np.asarray(picture), expected)
    assert np.array_equal(np.asarray(picture.convert("RGBA"))[..., 3] > 0, expected > 0)
