"""The Crime page run without a browser, with the shipped version and tables that the tests invent."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core import work
from core.errors import InvalidInput
from core.store import Query, store
from pages.parts.crime import table_desk
from tests.pages.crime.crime_app import choose_view, csv, give, given, predict, table, words


def look_at_everything(at: AppTest) -> None:
    """Every view can be drawn."""
    for view in at.button_group(key=f"crime-view-{given(at).id}").options:
        choose_view(at, view)


def test_the_page_says_what_it_answers_and_what_it_is_not_for(page):
    said = words(page)
    assert "category of a reported incident" in said
    assert "Not to be used" in said
    for use in ("plan patrols", "risk or suspicion of any person", "decision about a person"):
        assert use in said


def test_the_columns_are_shown_as_guessed_and_can_be_changed(page):
    give(page, csv(table(**{"Resolution": "NONE", "Victim Name": "A. NONYMOUS", "note": "x"})))
    said = words(page)
    assert "**Block or crossing**: column block (guessed)" in said
    assert "not an input: 'Resolution', written with or after the category" in said
    assert "left out: 'Victim Name', named like something about a person" in said
    key = next(box.key for box in page.selectbox if str(box.key).startswith("column-address"))
    page.selectbox(key=key).select("").run()
    assert "Block or crossing" not in words(page)
    page.selectbox(key=key).select("note").run()
    assert "**Block or crossing**: column note" in words(page)
    page.selectbox(key=key).select("Victim Name").run()
    assert "named like something about a person" in page.error[0].value.replace("\\", "")
    assert page.button(key="predict").disabled
    page.selectbox(key=key).select("block").run()
    assert not page.button(key="predict").disabled


@pytest.mark.parametrize(
    "frame",
    [
        table(),
        table(latitude=None, longitude=None),
        table(district=None),
        table(district=None, latitude=None, longitude=None, block=None, note="x"),
        table(rows=1),
        table(Category=["LARCENY/THEFT", "NOT KNOWN TO IT"] * 20),
        table(Category=[None] * 40),
        table(**{f"column {place}": place for place in range(300)}),
        table(district="=HYPERLINK(1)", block="`${alert(1)}` <script>alert(2)</script> **bold** [a](b)"),
        table(date=None, description="WALL SPRAYED WITH PAINT"),
        table(description=["WALL SPRAYED WITH PAINT", None] * 20),
    ],
    ids=[
        "usual", "no coordinates", "no district", "date alone", "one row", "unknown labels", "empty labels",
        "300 columns", "formulas and markup", "text alone", "text and place",
    ],
)  # fmt: skip
def test_any_table_can_be_answered_and_looked_at(page, frame):
    predict(give(page, csv(frame)))
    assert f"{len(frame)} record" in words(page)
    look_at_everything(page)
    assert store().count(Query(system="crime")) == len(frame)


def test_a_table_with_the_true_category_is_held_against_it(page):
    predict(give(page, csv(table(Category=["LARCENY/THEFT", "NOT KNOWN TO IT"] * 20))))
    choose_view(page, "Against the truth")
    said = words(page)
    assert "20 records of a category" in said
    assert "n = 20" in said
    assert "n = 40" not in said
    groups = [frame.value for frame in page.dataframe]
    assert any("MISSION" in set(frame.get("group", ())) for frame in groups)


def test_rejected_rows_are_listed_with_their_reason_and_the_others_answered(page):
    frame = table(rows=12)
    frame.loc[3, "date"] = "some day"
    predict(give(page, csv(frame)))
    assert "11 records answered, 1 row rejected" in words(page)
    assert any(list(frame.value.get("row", ())) == ["5"] for frame in page.dataframe)


def test_a_table_without_a_usable_row_says_why(page):
    predict(give(page, csv(table(rows=3, date="2015-13-45"))))
    assert "None of its rows could be answered" in words(page)
    assert len(page.dataframe[0].value) == 3


@pytest.mark.parametrize("data", [b"", b"date,district\n", b"\0\1\2\3 no table", b"just words"])
def test_what_is_no_table_is_refused_and_not_kept(page, data):
    with pytest.raises(InvalidInput, match="Expected"):
        table_desk.give("town.csv", data)
    assert not work.recent("crime")


def test_pasted_words_are_refused_with_a_sentence(page):
    page.button_group(key="crime-way").set_value("Pasted rows").run()
    page.text_area[0].input("just words").run()
    next(button for button in page.button if button.label == "Take these rows").click().run()
    assert "Expected" in page.error[0].value
    page.text_area[0].input(csv(table(rows=3)).decode()).run()
    next(button for button in page.button if button.label == "Take these rows").click().run()
    assert "pasted rows" in words(page)
    assert "3 rows" in words(page)


def test_one_record_is_answered_with_its_set_and_what_moved_it(page):
    page.button_group(key="crime-way").set_value("One record").run()
    page.text_input(key="record-datetime").input("2014-09-30 23:51")
    next(button for button in page.button if button.label == "Get the answer").click().run()
    assert not page.exception
    said = words(page)
    assert "from place and time alone" in said
    assert "90 % set, likeliest first" in said
    assert "not sure" not in said
    assert page.get("plotly_chart")
    (row,) = store().rows(Query(system="crime"))
    page.button(key=f"right-{row['id']}").click().run()
    assert store().rows(Query(system="crime"))[0]["correct"] is True


def test_the_example_is_answered(page):
    next(button for button in page.button if button.label == "Try an example").click().run()
    predict(page)
    assert "398 records answered, 2 rows rejected" in words(page)
