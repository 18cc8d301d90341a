"""The map as a browser gets it: all that is to be drawn, nothing from other hosts, no text that is a program."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from core.errors import InvalidInput
from core.maps import base
from core.maps.flood import forecast_map, pictures, views
from core.maps.flood.drawing import section_map
from core.systems.flood.products.exposure import Exposure
from tests.maps.flood.conftest import LEAD_TIMES, Write, mixed, pool
from tests.maps.flood.test_pictures import luminance
from tests.maps.flood.test_water_edge import contrast

EVIL = "</script><script>window.evil = true</script>`${window.evil = true}`<img src=x onerror='window.evil = true'>"
LOOK = {"bounds": [45.14, 15.0, 45.16, 15.02], "size": [800, 600], "surface": "Greatest depth"}


def evil() -> Exposure:
    """An asset whose name is a program."""
    return Exposure(EVIL, 15.005, 45.15, "flooded", depth=0.7, arrival=600.0, speed=1.0, hazard=1.6)


def test_the_map_holds_a_picture_for_each_step_and_surface(written: Write) -> None:
    depth = pool().astype(np.float32)
    html = forecast_map.draw(written(depth, low=depth * 0.8, high=depth * 1.2), key="test")
    assert html.count("data:image/png;base64,") == len(LEAD_TIMES) + 3
    assert html.count("data:image/webp;base64,") == 1
    for words in ("ankle", "knee", "waist", "over the head", "15 min", "1 h 30 min", "Uncertainty", "danger for all"):
        assert words in html


def test_it_names_no_other_host(written: Write) -> None:
    html = forecast_map.draw(
        written(pool(), found=[evil()]), key="test", appearance=forecast_map.MapAppearance(dark=True)
    )
    found = re.findall(r"(?:src|href)=\"([^\"]+)\"", html)
    assert found
    assert all(one.startswith("static-maps/") for one in found)
    assert not re.search(r"https?://", html)


def test_a_reader_may_zoom_the_frame(written: Write) -> None:
    folder = written(pool())
    for html in (
        forecast_map.draw(folder, key="test"),
        base.standalone_page(section_map.draw(section_map.pictures(folder), key="test"), "Section"),
    ):
        (viewport,) = re.findall(r'<meta name="viewport"[^>]*>', html)
        assert "user-scalable" not in viewport
        assert "maximum-scale" not in viewport


@pytest.mark.parametrize("dark", [False, True])
def test_what_has_the_focus_stands_out_by_3_to_1(written: Write, dark: bool) -> None:
    """From the board that it has around it, and from the map's ground."""
    html = forecast_map.draw(written(pool()), key="test", appearance=forecast_map.MapAppearance(dark=dark))
    (line, board) = re.findall(
        r":focus-visible:not[^{]*{ outline: 3px solid (#\w{6})[^}]*box-shadow: 0 0 0 6px (#\w{6})", html
    )[0]
    assert contrast(luminance(line), luminance(board)) >= 3
    (edge, inner) = re.findall(
        r":focus-visible::after[^}]*border: 3px solid (#\w{6})[^}]*inset 0 0 0 3px (#\w{6})", html
    )[0]
    assert contrast(luminance(edge), luminance(inner)) >= 3
    for grey in range(0, 256, 5):
        ground = luminance(f"#{grey:02X}{grey:02X}{grey:02X}")
        assert max(contrast(luminance(edge), ground), contrast(luminance(inner), ground)) >= 3


def test_the_map_opens_on_the_surface_that_the_headline_speaks_of(written: Write) -> None:
    folder = written(pool())
    opens_on = forecast_map.MapAppearance(surface=pictures.GREATEST_DEPTH)
    assert '"surface": 1,' in forecast_map.draw(folder, key="test", appearance=opens_on)
    assert '"surface": 0,' in forecast_map.draw(folder, key="test")


def test_names_are_no_programs(written: Write) -> None:
    html = forecast_map.draw(written(pool(), found=[evil()]), key="test")
    assert EVIL not in html
    assert "<script>window.evil" not in html
    assert "window.evil" in html


def test_no_water_makes_a_map_too(written: Write) -> None:
    assert "Depth over time" in forecast_map.draw(written(np.zeros((20, 20))), key="test")


def test_without_a_place_there_is_no_map(written: Write) -> None:
    with pytest.raises(InvalidInput, match="says where it lies"):
        forecast_map.draw(written(pool(), None), key="test")


def test_a_map_can_show_a_difference_and_chances(written: Write) -> None:
    one, other = written(pool()), written(pool() * 0.5)
    makers = {
        "Difference": lambda view: pictures.difference(one, other, view),
        "Chance of 0.3 m": lambda view: pictures.exceedance([one, other], view, 0.3),
    }
    html = forecast_map.draw(one, makers, key="test", group="beside", appearance=forecast_map.MapAppearance(plain=True))
    assert html.count("data:image/png;base64,") == 2
    assert "higher by 0.6 m or more" in html
    assert "95 % or more" in html


def test_finer_pictures_are_of_what_is_looked_at(written: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = written(mixed(200, 200))
    monkeypatch.setattr(views, "MAX_PIXELS", 10_000)
    south, west, north, east = views.whole_grid(opened, 10_000).bounds
    coarse = views.whole_grid(opened, 10_000)
    assert coarse.step == 2
    bounds = [(south + north) / 2, (west + east) / 2, north, east]
    made = forecast_map.finer_pictures(
        opened, pictures.surface_painters(opened), {**LOOK, "bounds": bounds, "surface": "Depth over time"}
    )
    assert made is not None
    assert made["cells"] == 1
    assert np.ravel(made["bounds"]) == pytest.approx(bounds, abs=1e-9)
    assert len(made["pictures"]) == len(LEAD_TIMES)
    assert made["surface"] == "Depth over time"
    json.dumps(made)


@pytest.mark.parametrize(
    "look",
    [
        None, [], {}, "bounds", {**LOOK, "surface": "Gossip"}, {**LOOK, "size": [800]}, {**LOOK, "size": [None, 3]},
        {**LOOK, "size": [float("inf"), 3]}, {**LOOK, "bounds": [1, 2, 3]}, {**LOOK, "bounds": ["a", 1, 2, 3]},
        {**LOOK, "bounds": [float("nan")] * 4}, {**LOOK, "bounds": [10, 10, 11, 11]}, {**LOOK, "size": [0, 0]},
    ],
)  # fmt: skip
def test_a_look_that_makes_no_sense_is_not_answered(written: Write, look: Any) -> None:
    opened = written(pool())
    assert forecast_map.finer_pictures(opened, pictures.surface_painters(opened), look) is None
