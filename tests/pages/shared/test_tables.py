"""CSV that is safe to open in a spreadsheet."""

from __future__ import annotations

import io

import pandas as pd

from pages.parts.shared import tables


def test_numbers_stay_numbers_and_the_columns_their_order():
    data = tables.to_csv([{"name": "=x.jpg", "score": -0.5}, {"name": None, "score": 1.0}], ["score", "name"])
    assert data.startswith(b"\xef\xbb\xbfscore,name")
    back = pd.read_csv(io.BytesIO(data))
    assert back["score"].tolist() == [-0.5, 1.0]
    assert back["name"].iloc[0] == "'=x.jpg"


def test_no_rows_give_the_header_alone():
    assert tables.to_csv([], ["a", "b"]).decode("utf-8-sig").strip() == "a,b"
