"""The Crime page run without a browser, with the shipped version and tables that the tests invent."""

from __future__ import annotations

import io
import time

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.migrations import migrate
from core.settings import CHECKOUT
from core.store import Query, store

SECONDS = 60
VIEWS = ("Rows", "Map", "Charts")


@pytest.fixture
def page() -> AppTest:
    """The page on its first visit."""
    migrate(store())
    at = AppTest.from_file(str(CHECKOUT / "pages" / "crime.py"), default_timeout=SECONDS)
    at.run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    """Everything that can be read."""
    read = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.error, *at.warning, *at.info, *at.success]
    said = [element.value for element in read] + [metric.value for metric in at.metric]
    return " ".join(said).replace("\N{NO-BREAK SPACE}", " ").replace("\\", "")


def table(rows: int = 40, **columns) -> pd.DataFrame:
    """Invented incidents; `columns` are added, or taken away where they are None."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "date": pd.date_range("2015-01-01", periods=rows, freq="7h").strftime("%Y-%m-%d %H:%M"),
            "district": random.choice(["MISSION", "PARK"], rows),
            "block": "1200 Block of ALDER ST",
            "latitude": 37.77 + random.normal(0, 0.002, rows),
            "longitude": -122.44 + random.normal(0, 0.002, rows),
        }
    )
    given = {name: values for name, values in columns.items() if values is not None}
    kept = frame.drop(columns=[name for name in columns if name in frame])
    return pd.concat([kept, pd.DataFrame(given, index=frame.index)], axis=1)


def csv(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_csv(out, index=False)
    return out.getvalue()


def give(at: AppTest, data: bytes, name: str = "town.csv") -> AppTest:
    """Drop a table on the page."""
    at.session_state["table-desk"].take(name, data)  # the uploader's own step is tried in a real browser
    at.run()
    assert not at.exception
    return at


def predict(at: AppTest) -> AppTest:
    """Press the button and wait for the end of the work."""
    at.button(key="predict").click().run()
    run = at.session_state["table-desk"].runs[0]
    deadline = time.monotonic() + SECONDS
    while not run.job.finished and time.monotonic() < deadline:
        time.sleep(0.05)
    at.run()
    assert not at.exception, at.exception
    return at


def look_at_everything(at: AppTest) -> None:
    """Every view can be drawn."""
    for view in at.button_group(key="crime-view").options:
        at.button_group(key="crime-view").set_value(view).run()
        assert not at.exception, (view, at.exception)


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
    page.button_group(key="crime-view").set_value("Against the truth").run()
    said = words(page)
    assert "20 records of a category that this version does not know" in said
    assert "n = 40" in said
    groups = [frame.value for frame in page.dataframe]
    assert any("MISSION" in set(frame.get("group", ())) for frame in groups)


def test_rejected_rows_are_listed_with_their_reason_and_the_others_answered(page):
    frame = table(rows=12)
    frame.loc[3, "date"] = "some day"
    predict(give(page, csv(frame)))
    assert "11 records answered, 1 row rejected" in words(page)
    listed = page.dataframe[0].value
    assert listed["row"].tolist() == ["5"]


def test_a_table_without_a_usable_row_says_why(page):
    predict(give(page, csv(table(rows=3, date="2015-13-45"))))
    assert "none of its rows could be answered" in words(page)
    assert len(page.dataframe[0].value) == 3


@pytest.mark.parametrize("data", [b"", b"date,district\n", b"\0\1\2\3 no table", b"just words"])
def test_what_is_no_table_is_refused_with_a_sentence(page, data):
    give(page, data)
    assert "Expected" in page.error[0].value
    assert not page.session_state["table-desk"].runs


def test_a_second_table_can_be_given_while_the_first_is_at_work(page):
    give(page, csv(table(rows=3000)), "long.csv")
    page.button(key="predict").click().run()
    predict(give(page, csv(table(rows=5)), "short.csv"))
    desk = page.session_state["table-desk"]
    assert [run.name for run in desk.runs] == ["short.csv", "long.csv"]
    while not all(run.job.finished for run in desk.runs):
        time.sleep(0.05)
    page.run()
    assert "short\\.csv: 5" in page.subheader[0].value.replace("\N{NO-BREAK SPACE}", " ")
    box = next(box for box in page.selectbox if box.label == "Table")
    box.select(box.options[-1]).run()
    assert "long\\.csv" in page.subheader[0].value


def test_a_cancelled_run_can_be_gone_on_with(page):
    give(page, csv(table(rows=200)))
    desk = page.session_state["table-desk"]
    desk.start()
    run = desk.runs[0]
    run.job.cancel()
    while not run.job.finished:
        time.sleep(0.02)
    if run.job.state == "done":
        pytest.skip("the work was done before it could be cancelled")
    page.run()
    assert "stopped as asked" in words(page)
    page.button(key="go-on").click().run()
    while not run.job.finished:
        time.sleep(0.02)
    page.run()
    assert "200 records answered" in words(page)


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
