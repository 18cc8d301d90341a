"""Another city's table: the page says so before the first row is answered, and offers what can be done."""

from __future__ import annotations

import numpy as np

from tests.pages.crime.crime_app import choose_view, csv, give, given, predict, table, words

THEIRS = ["THEFT", "BATTERY", "ASSAULT", "NARCOTICS"]


def chicago(rows: int = 40) -> bytes:
    """Invented incidents with Chicago's categories and numbered areas, at Chicago."""
    random = np.random.default_rng(0)
    return csv(
        table(
            rows,
            district=random.choice(["25", "66"], rows),
            latitude=41.88 + random.normal(0, 0.01, rows),
            longitude=-87.63 + random.normal(0, 0.01, rows),
            Category=np.resize(THEIRS, rows),
        )
    )


def test_the_page_says_before_the_first_row_which_city_the_version_knows(page):
    give(page, csv(table()))
    assert "This version learnt San Francisco" in words(page)
    assert not page.warning
    give(page, chicago())
    said = words(page)
    assert "This version learnt San Francisco" in said
    assert "another city's" in said
    assert "the places of 40 of 40 records" in said
    labels = {button.label for button in page.button}
    assert {"Score NIBRS groups", "Map its categories"} <= labels
    assert "--map label=Category" in page.code[0].value


def test_unknown_categories_count_apart_and_groups_are_scored_in_one_click(page):
    predict(give(page, chicago()))
    result = given(page).result
    unknown = int((result.frame["truth_rank"] == 0).sum())
    assert 0 < unknown < 40
    said = words(page)
    assert "counted apart, not as wrong" in said
    assert f"n = {40 - unknown}" in said
    assert "another city's" in said
    page.button(key="score-groups").click().run()
    assert not page.exception
    said = words(page)
    assert "right, by NIBRS group" in said
    assert "n = 40" in said
    choose_view(page, "Against the truth")
    assert "n = 40" in words(page)


def test_categories_are_mapped_in_one_click_and_known_then(page):
    give(page, chicago())
    page.button(key="map-categories").click().run()
    assert not page.exception
    run = given(page)
    assert run.categories["THEFT"] == "LARCENY/THEFT"
    assert run.categories["BATTERY"] == "ASSAULT"
    predict(page)
    assert (given(page).result.frame["truth_rank"] > 0).all()
