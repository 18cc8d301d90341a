"""Water stands out from any ground, by a line that lies beside it and hides none of it."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.maps.flood import forecast_map, pictures, scales, views, water_edge
from core.maps.flood.export import raster_figure
from tests.maps.flood.conftest import Write, pool
from tests.maps.flood.test_pictures import luminance

OPACITY = forecast_map.LIGHT_APPEARANCE.opacity


def contrast(one: float, other: float) -> float:
    """Of two relative luminances, as WCAG has it."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def over(colour: str, grey: int) -> str:
    """A line's colour as it is seen over a ground, at the opacity that a map opens with."""
    parts = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return "#" + "".join(f"{round(OPACITY * part + (1 - OPACITY) * grey):02X}" for part in parts)


@pytest.mark.parametrize("grey", range(0, 256, 5))
def test_one_of_the_two_lines_stands_out_from_any_ground_by_3_to_1(grey: int) -> None:
    ground = luminance(f"#{grey:02X}{grey:02X}{grey:02X}")
    lines = (luminance(over(line, grey)) for line in (water_edge.INK, water_edge.HALO))
    assert max(contrast(line, ground) for line in lines) >= 3


def test_the_two_lines_stand_out_from_one_another_and_one_of_them_from_any_water() -> None:
    ink, halo = luminance(water_edge.INK), luminance(water_edge.HALO)
    assert contrast(ink, halo) > 15
    for colour in (*scales.DEPTH.colours, *scales.HAZARD.colours):
        assert max(contrast(line, luminance(colour)) for line in (ink, halo)) >= 3


def test_a_depth_has_one_colour_on_light_and_dark_pages_and_on_paper(written: Write) -> None:
    folder = written(pool())
    view = views.whole_grid(folder)
    light, dark = (
        forecast_map.draw(folder, key="test", appearance=forecast_map.MapAppearance(dark=theme))
        for theme in (False, True)
    )
    pngs = [[part.split('"')[0] for part in html.split("data:image/png;base64,")[1:]] for html in (light, dark)]
    assert pngs[0] == pngs[1]
    picture = Image.open(BytesIO(pictures.max_depth(folder, view).pictures[0]))
    shown = np.array(picture.getpalette()).reshape(-1, 3)[1:6].tolist()
    lit = np.array(raster_figure.palette(scales.DEPTH)).reshape(-1, 3)[raster_figure.LEVELS :][
        raster_figure.LEVELS - 1 :: raster_figure.LEVELS
    ][:5]
    assert shown == lit.tolist()


def test_the_lines_lie_on_dry_ground_alone(written: Write) -> None:
    folder = written(pool())
    view = views.whole_grid(folder)
    with folder.raster("max_depth") as dataset:
        codes = scales.DEPTH.codes(views.read_blocks(view, dataset))
    edged = water_edge.lay(view, codes)
    assert np.array_equal(edged.codes, view.lay(codes))
    assert edged.ink.any()
    assert edged.halo.any()
    assert not edged.codes[edged.ink | edged.halo].any()
    assert not (edged.ink & edged.halo).any()
    above = np.pad(edged.codes, 1)
    beside = above[:-2, 1:-1] | above[2:, 1:-1] | above[1:-1, :-2] | above[1:-1, 2:]
    assert (beside[edged.ink] > 0).all()
    assert not beside[edged.halo].any()


@pytest.mark.parametrize(
    ("wet", "edged"), [([(5, 5)], False), ([(5, 5), (5, 6)], False), ([(5, 5), (5, 6), (5, 7)], True)]
)
def test_a_speck_has_no_edge_and_a_ditch_of_one_cell_has(
    written: Write, wet: list[tuple[int, int]], edged: bool
) -> None:
    depth = np.zeros((20, 20))
    for cell in wet:
        depth[cell] = 1.0
    folder = written(depth)
    view = views.unprojected(folder)
    with folder.raster("max_depth") as dataset:
        codes = scales.DEPTH.codes(views.read_blocks(view, dataset))
    assert water_edge.lay(view, codes).ink.any() == edged


def test_a_figure_on_paper_has_the_edge_too(written: Write) -> None:
    folder = written(pool())
    view = views.unprojected(folder)
    with folder.raster("max_depth") as dataset:
        blocks = views.read_blocks(view, dataset)
    indices = raster_figure.paint(view, raster_figure.ground_levels(folder, view), blocks, scales.DEPTH)
    ink = raster_figure.first_grey(scales.DEPTH)
    assert (indices == ink).any()
    assert (indices == ink + raster_figure.LEVELS - 1).any()


def test_a_difference_of_two_sides_has_no_edge(written: Write) -> None:
    folder, other = written(pool()), written(pool() * 0.5)
    picture = Image.open(BytesIO(pictures.difference(folder, other, views.whole_grid(folder)).pictures[0]))
    assert np.asarray(picture).max() <= len(scales.DIFFERENCE.colours)
