"""Maps to draw on have the one tool that they are for, ask no other host, and take what was drawn back as features."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from core.maps import base
from core.maps.flood.drawing import box_map, crop_map, ground_map, section_map
from tests.maps.flood.conftest import Write, pool

BOX = (7.0, 50.0, 7.1, 50.1)


def maps(written: Write, dark: bool) -> dict[str, Any]:
    """Each map by the tool that it has."""
    folder = written(pool())
    ground = np.add.outer(np.arange(20.0), np.arange(30.0))
    return {
        "rectangle": box_map.draw(BOX, area_box=BOX, dark=dark),
        "rectangle, cut": crop_map.draw(crop_map.picture(ground, 10.0, dark), BOX, dark=dark),
        "polyline": section_map.draw(section_map.pictures(folder, dark), key="test", dark=dark),
        "none": ground_map.draw(ground_map.pictures(folder, dark), key="test", dark=dark),
    }


@pytest.mark.parametrize("dark", [False, True])
def test_each_map_has_its_own_tool_alone(written: Write, dark: bool) -> None:
    for name, drawn in maps(written, dark).items():
        html = base.standalone_page(drawn, "Test")
        tools = re.search(r"draw: ({.*?}),\n", html)
        offered = [] if tools is None else re.findall(r'"(\w+)": {"', tools[1])
        assert [tool for tool in offered if tool != "shapeOptions"] == [
            tool for tool in [name.split(",")[0]] if tool != "none"
        ]


@pytest.mark.parametrize("dark", [False, True])
def test_no_map_names_another_host(written: Write, dark: bool) -> None:
    for name, drawn in maps(written, dark).items():
        html = base.standalone_page(drawn, "Test")
        links = re.findall(r"(?:src|href)=\"([^\"]+)\"", html)
        assert links, name
        assert all(link.startswith("static-maps/") for link in links), name
        assert not re.search(r"https?://", html), name


def test_what_was_drawn_comes_back_in_place_of_the_drawing() -> None:
    for group in (box_map.drawn(BOX), section_map.drawn([[50.0, 7.0], [50.1, 7.1]])):
        drawn_map = box_map.draw(BOX, area_box=BOX)
        group.add_to(drawn_map)
        html = base.standalone_page(drawn_map, "Test")
        assert "drawnItems.clearLayers();" in html
        assert "[50.1, 7.1]" in html


def test_a_name_on_the_map_stays_text() -> None:
    group = ground_map.drawn([(50.0, 7.0, "<img src=x onerror='window.evil = true'>`${1}`")])
    drawn_map = box_map.draw(BOX, area_box=BOX)
    group.add_to(drawn_map)
    html = base.standalone_page(drawn_map, "Test")
    assert "<img src=x" not in html
    assert "${1}" not in html.replace("\\${", "")


def test_the_ground_has_steps_of_height(written: Write) -> None:
    scale = ground_map.pictures(written(pool())).scale
    assert scale.heading == "Height of the ground [m]"
    assert scale.bounds == tuple(sorted(scale.bounds))
    assert len(scale.words) == len(scale.colours) == len(scale.bounds)
