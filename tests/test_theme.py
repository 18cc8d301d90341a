"""The theme can be read: contrast by WCAG 2.2, in light and in dark."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

CONFIG = tomllib.loads(
    (Path(__file__).resolve().parent.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8")
)
TEXT = 4.5  # WCAG 2.2, 1.4.3: contrast of text
GRAPHICS = 3.0  # WCAG 2.2, 1.4.11: contrast of what is not text
HUES = ("red", "orange", "yellow", "green", "blue", "violet", "gray")


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours written as #RRGGBB, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of #RRGGBB, from 0 to 1."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mixed(colour: str, ground: str, share: float) -> str:
    """`colour` drawn with an opacity of `share` on `ground`."""
    pairs = [(int(colour[start : start + 2], 16), int(ground[start : start + 2], 16)) for start in (1, 3, 5)]
    return "#" + "".join(f"{round(share * over + (1 - share) * below):02X}" for over, below in pairs)


def test_black_on_white_has_the_greatest_contrast() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> dict[str, Any]:
    return CONFIG["theme"][request.param]


def test_text_stands_out_from_every_ground(theme: dict[str, Any]) -> None:
    sidebar = theme["sidebar"]
    grounds = [theme["backgroundColor"], theme["secondaryBackgroundColor"], *sidebar.values()]
    assert min(contrast(theme["textColor"], ground) for ground in grounds) >= TEXT
    assert min(contrast(theme["linkColor"], ground) for ground in grounds) >= TEXT


def test_captions_which_streamlit_draws_at_60_percent_can_be_read(theme: dict[str, Any]) -> None:
    for ground in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        assert contrast(mixed(theme["textColor"], ground, 0.6), ground) >= TEXT


def test_the_primary_colour_works_as_text_and_below_white_text(theme: dict[str, Any]) -> None:
    assert contrast(theme["primaryColor"], theme["backgroundColor"]) >= TEXT
    assert contrast(theme["primaryColor"], "#FFFFFF") >= TEXT


@pytest.mark.parametrize("hue", HUES)
def test_chips_and_messages_can_be_read(theme: dict[str, Any], hue: str) -> None:
    text = theme[f"{hue}TextColor"]
    assert contrast(text, theme[f"{hue}BackgroundColor"]) >= TEXT
    assert contrast(text, theme["backgroundColor"]) >= TEXT
    assert contrast(theme[f"{hue}Color"], theme["backgroundColor"]) >= GRAPHICS


@pytest.mark.parametrize("scale", ["chartSequentialColors", "chartDivergingColors"])
def test_scales_have_the_ten_colours_that_streamlit_asks_for(theme: dict[str, Any], scale: str) -> None:
    assert len(set(theme[scale])) == 10


def test_a_sequential_scale_runs_one_way(theme: dict[str, Any]) -> None:
    brightness = [luminance(colour) for colour in theme["chartSequentialColors"]]
    assert brightness in (sorted(brightness), sorted(brightness, reverse=True))
