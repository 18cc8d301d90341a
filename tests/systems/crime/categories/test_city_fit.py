"""Whose city a table is, and answers at the level of NIBRS groups; expected values by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.systems.crime.categories.city_fit import compare, suggest
from core.systems.crime.categories.group_ranks import group_columns

METADATA = {
    "city": "San Francisco",
    "labels": ["ASSAULT", "LARCENY/THEFT", "VEHICLE THEFT", "FRAUD"],
    "prior": [0.2, 0.6, 0.1, 0.1],
    "inputs": {"words": {"district": ["MISSION", "PARK"]}, "origin": [37.77, -122.42]},
}
NOWHERE = (np.full(4, np.nan), np.full(4, np.nan))


def test_a_table_of_the_versions_city_fits():
    places = (np.full(4, 37.76), np.full(4, -122.41))
    fit = compare(METADATA, pd.Series(["ASSAULT"] * 4), pd.Series(["MISSION", "PARK", None, "PARK"]), places)
    assert (fit.labelled, fit.named, fit.located, fit.far, fit.grouped) == (4, 3, 4, 0, 4)
    assert not fit.foreign
    assert not fit.other_categories


def test_other_districts_other_places_or_other_categories_are_another_citys():
    districts = pd.Series(["25", "66", "25", "MISSION"])
    fit = compare(METADATA, pd.Series(["THEFT", "BATTERY", "ASSAULT", None]), districts, NOWHERE)
    assert fit.unknown_districts == {"25": 2, "66": 1}
    assert fit.unknown_labels == {"THEFT": 1, "BATTERY": 1}
    assert fit.foreign
    assert fit.other_categories
    far = compare(METADATA, pd.Series([None] * 4), pd.Series([None] * 4), (np.full(4, 41.9), np.full(4, -87.6)))
    assert (far.located, far.far, far.foreign) == (4, 4, True)


def test_without_evidence_nothing_is_said_of_the_city():
    fit = compare({"labels": []}, pd.Series([None] * 4), pd.Series(["X"] * 4), NOWHERE)
    assert not fit.foreign
    assert not fit.other_categories


def test_a_category_is_mapped_by_name_else_to_the_commonest_of_its_group():
    ours = METADATA["labels"]
    assert suggest(["Larceny / Theft", "THEFT", "BATTERY", "UNHEARD OF"], ours, METADATA["prior"]) == {
        "Larceny / Theft": "LARCENY/THEFT",
        "THEFT": "LARCENY/THEFT",
        "BATTERY": "ASSAULT",
        "UNHEARD OF": "",
    }


def test_groups_add_up_their_categories_and_sets_are_widened_to_whole_groups():
    labels = ["LARCENY/THEFT", "ASSAULT", "FRAUD", "BAD CHECKS"]  # the last two are Fraud Offenses
    probabilities = np.array([[0.35, 0.05, 0.3, 0.3], [0.5, 0.3, 0.1, 0.1]], dtype=np.float32)
    order = np.argsort(-probabilities, axis=1, kind="stable")
    truths = np.array(["Fraud Offenses", "Bribery"], dtype=object)
    groups = group_columns(labels, probabilities, order, np.array([1, 2]), truths)
    assert groups["group"].tolist()[0] == "Fraud Offenses"
    assert groups["group_score"].round(4).tolist() == [0.6, 0.5]
    assert groups["truth_group_rank"].tolist() == [1, 0]
    assert groups["truth_group_score"].round(4).tolist() == [0.6, 0.0]
    assert groups["group_set_size"].tolist() == [2, 2]  # larceny alone is in the first set, and is the second group
