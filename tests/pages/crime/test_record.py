"""One record by its form: its answer keeps its address, can be changed, and says why where there is none."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from core import work
from core.store import Query, store
from tests.pages.crime.crime_app import another_tab, restart, visit, words


def answer_record(at: AppTest, **values: str) -> str:
    """Answer one record by its form; the id of its work."""
    at.button_group(key="crime-way").set_value("One record").run()
    for name, value in values.items():
        at.text_input(key=f"record-{name}").input(value)
    next(button for button in at.button if button.label == "Get the answer").click().run()
    assert not at.exception, at.exception
    address = at.query_params["work"]
    return address if isinstance(address, str) else address[0]


def test_one_record_keeps_its_address_its_answer_and_what_was_said(page):
    identifier = answer_record(page, datetime="2014-09-30 23:51", address="1200 Block of ELM ST")
    answered = words(page)
    assert "2014-09-30 23:51; 1200 Block of ELM ST" in answered
    (row,) = store().rows(Query(system="crime"))
    restart()
    tab = another_tab(identifier)
    assert words(tab) == answered
    tab.button(key=f"right-{row['id']}").click().run()
    assert f"Recorded: **it is {row['value']}" in words(page.run())
    assert store().count(Query(system="crime")) == 1
    assert "One record: 2014-09-30 23:51; 1200 Block of ELM ST" in words(visit().run())
    work.remove(identifier)
    assert "Removed: **" in words(page.run())
    page.button(key="restore-work").click().run()
    assert "Removed: **" not in words(page)


def test_a_record_is_changed_in_its_form_as_it_was_given(page):
    first = answer_record(page, datetime="2014-09-30 23:51", address="1200 Block of ELM ST")
    page.button(key="change-record").click().run()
    assert page.text_input(key="record-address").value == "1200 Block of ELM ST"
    assert answer_record(page, datetime="2014-09-30 11:51") != first
    assert "2014-09-30 11:51; 1200 Block of ELM ST" in words(page)
    page.button(key="another-record").click().run()
    assert not page.exception
    assert page.text_input(key="record-address").value == ""


def test_a_record_that_cannot_be_answered_says_why_and_is_no_work(page):
    page.button_group(key="crime-way").set_value("One record").run()
    next(button for button in page.button if button.label == "Get the answer").click().run()
    assert "No answer" in words(page)
    assert "a datetime or a description" in words(page)
    assert not work.recent("crime")
