"""Columns whose names tell nothing are guessed from their values: dates, places, texts, blocks, districts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.systems.crime.categories.nibrs import is_category
from core.systems.crime.cleaning.column_mapping import map_columns

ROWS = 60
MIDDLES = {"RIVERSIDE": (48.85, 2.30), "OLD TOWN": (48.90, 2.40), "HARBOUR": (48.80, 2.35)}
TEXTS = ["BICYCLE TAKEN FROM A GARAGE", "WALL SPRAYED WITH PAINT", "STOLEN TRUCK", "LOST WALLET"]


def anonymous(**columns: object) -> pd.DataFrame:
    """Invented incidents under names that tell nothing."""
    random = np.random.default_rng(3)
    names, scatter = random.choice(list(MIDDLES), ROWS), random.normal(0, 0.004, ROWS)
    frame = pd.DataFrame(
        {
            "c1": pd.date_range("2015-01-01", periods=ROWS, freq="7h").strftime("%d.%m.%Y %H:%M"),
            "c2": [f"{MIDDLES[name][0] + shift:.5f}" for name, shift in zip(names, scatter, strict=True)],
            "c3": [f"{MIDDLES[name][1] + shift:.5f}" for name, shift in zip(names, scatter, strict=True)],
            "c4": names,
            "c5": random.choice(TEXTS, ROWS),
            "c6": [f"{100 * number} Block of ELM ST" for number in random.integers(1, 30, ROWS)],
            "c7": random.choice(["yes", "no", "perhaps"], ROWS),
            "c8": random.integers(1, 5, ROWS).astype(str),
        }
    )
    return frame.assign(**columns)


def test_columns_that_show_what_they_are_are_guessed_with_how_sure():
    found = map_columns(anonymous(), is_category=is_category)
    assert found.chosen == {
        "date": "c1", "latitude": "c2", "longitude": "c3", "district": "c4", "description": "c5", "address": "c6",
    }  # fmt: skip
    assert set(found.guessed) == set(found.chosen) == set(found.certainties)
    assert all(0.5 <= certainty <= 1 for certainty in found.certainties.values())
    assert found.certainties["latitude"] < found.certainties["date"]  # 48 and 2 degrees could each be either
    assert any("guessed from its values" in sentence for sentence in found.sentences())
    assert found.unused == ("c7", "c8")


def test_nothing_is_guessed_from_values_where_nobody_asked():
    assert map_columns(anonymous()).chosen == {}


def test_longitudes_of_america_are_told_by_their_range():
    found = map_columns(
        anonymous(c2=np.linspace(-122.51, -122.37, ROWS).round(5), c3=np.linspace(37.7, 37.8, ROWS).round(5)),
        is_category=is_category,
    )
    assert (found.chosen["latitude"], found.chosen["longitude"]) == ("c3", "c2")
    assert found.certainties["latitude"] > 0.9


def test_a_column_of_known_categories_is_the_true_category_and_never_a_district():
    found = map_columns(anonymous(c4=np.resize(["ASSAULT", "THEFT", "ARSON"], ROWS)), is_category=is_category)
    assert found.chosen["label"] == "c4"
    assert "district" not in found.chosen


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ([f"{number}" for number in range(ROWS)], "date"),
        (["same words each time"] * ROWS, "description"),
        (np.resize(["Monday", "Tuesday", "Friday"], ROWS), "district"),
        (np.linspace(0, 100, ROWS).round(3), "latitude"),
    ],
)
def test_what_could_be_anything_is_not_guessed(values, part):
    frame = anonymous()
    kept = frame.drop(columns=["c1", "c4", "c5", "c2", "c3"])
    found = map_columns(kept.assign(x9=values), is_category=is_category)
    assert found.chosen.get(part) != "x9"


def test_a_name_goes_before_values_and_a_person_before_both():
    frame = anonymous().rename(columns={"c1": "reported"}).assign(Date=anonymous()["c1"])
    assert map_columns(frame, is_category=is_category).chosen["date"] == "Date"
    assert "date" not in map_columns(anonymous(), {"date": ""}, is_category).chosen
