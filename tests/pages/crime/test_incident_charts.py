"""Figures of many records: what they write can be read, on a phone and in both themes."""

from __future__ import annotations

import pandas as pd
import pytest
from plotly.colors import sample_colorscale, unlabel_rgb

from pages.parts.crime import incident_charts
from pages.parts.crime.record import in_words

LONG = "DRIVING UNDER THE INFLUENCE OF MANY LONG WORDS"
PHONE = 46  # characters of a title


def luminance(colour: str) -> float:
    """WCAG 2.1's relative luminance of "#RRGGBB" or "rgb(r, g, b)"."""
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)] if colour[0] == "#" else unlabel_rgb(colour)
    linear = [one / 3294.6 if one <= 10.3 else ((one / 255 + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_each_share_in_the_matrix_stands_out_from_its_cell(dark):
    for n in range(1, 100):
        table = pd.DataFrame([[n, 100 - n], [100 - n, n]], index=["A", "B"], columns=["A", "B"])
        cells, written = incident_charts.confusion(table, dark).data
        assert written.text == (str(n), str(100 - n), str(100 - n), str(n))
        assert written.textfont.size >= 11
        scale = [colour for _, colour in cells.colorscale]
        colours = sample_colorscale(scale, [float(text) / 100 for text in written.text])
        pairs = zip(colours, written.textfont.color, strict=True)
        assert min(contrast(cell, text) for cell, text in pairs) >= 4.5


def test_a_long_title_is_broken_into_lines_that_a_phone_holds_and_gets_room():
    table = pd.DataFrame([[1, 9], [0, 10]], index=[LONG, "ARSON"], columns=[LONG, "ARSON"])
    long = incident_charts.confusion(table).layout
    lines = long.title.text.split("<br>")
    assert len(lines) > 1
    assert max(map(len, lines)) <= PHONE
    short = incident_charts.months(pd.Series(pd.to_datetime(["2014-01-01"]))).layout
    assert long.margin.t > short.margin.t


def test_a_leading_title_says_of_how_many():
    title = incident_charts.shares(pd.Series(["A"] * 1500 + ["B"] * 500), "", "Most: {first}, {share} of {total}")
    assert (
        title.layout.title.text.replace("\N{NO-BREAK SPACE}", " ") == "Most: A, 75 % of 2\N{NARROW NO-BREAK SPACE}000"
    )


def test_a_record_is_told_in_one_line():
    given = {
        "datetime": "2014-09-30 23:51",
        "district": None,
        "address": "1 ELM ST",
        "latitude": 37.5,
        "longitude": -122,
    }
    assert in_words(given) == "2014-09-30 23:51; 1 ELM ST; 37.5000°, -122.0000°"
