"""Cells that no spreadsheet runs as a formula."""

from __future__ import annotations

import pandas as pd
import pytest

from core.tables.spreadsheet import harmless, harmless_frame


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =HYPERLINK(1)"])
def test_text_that_a_spreadsheet_would_run_is_made_harmless(text):
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("value", ["plain", "a=b", "", None, -1.5, True])
def test_everything_else_stays_as_it_is(value):
    assert harmless(value) is value


def test_a_frames_texts_are_made_harmless_and_its_numbers_stay():
    frame = pd.DataFrame({"place": ["=A1", None, "Ash St", "=A1"], "longitude": [-122.4, 1.0, None, -3.0]})
    made = harmless_frame(frame)
    assert made["place"].fillna("nothing").tolist() == ["'=A1", "nothing", "Ash St", "'=A1"]
    assert made["longitude"].equals(frame["longitude"])
    assert frame["place"][0] == "=A1"
