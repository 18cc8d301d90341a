"""CSV that is safe to open in a spreadsheet."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from pages.parts import tables


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =HYPERLINK(1)"])
def test_text_that_a_spreadsheet_would_run_is_made_harmless(text):
    assert tables.harmless(text) == "'" + text


@pytest.mark.parametrize("value", ["plain", "a=b", "", None, -1.5, True])
def test_everything_else_stays_as_it_is(value):
    assert tables.harmless(value) is value


def test_numbers_stay_numbers_and_the_columns_their_order():
    data = tables.to_csv([{"name": "=x.jpg", "score": -0.5}, {"name": None, "score": 1.0}], ["score", "name"])
    assert data.startswith(b"\xef\xbb\xbfscore,name")
    back = pd.read_csv(io.BytesIO(data))
    assert back["score"].tolist() == [-0.5, 1.0]
    assert back["name"].iloc[0] == "'=x.jpg"


def test_no_rows_give_the_header_alone():
    assert tables.to_csv([], ["a", "b"]).decode("utf-8-sig").strip() == "a,b"
