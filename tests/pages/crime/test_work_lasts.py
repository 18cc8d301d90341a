"""A table keeps its address: a reload, another tab, a restart, a cancel; and nothing of one leaks into another."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import batch, jobs, work
from core.batch import shards
from core.store import Query, store
from pages.parts.crime import feedback, table_desk
from pages.parts.crime import rows as rows_of_page
from pages.parts.crime.intake import giving
from tests.pages.crime.crime_app import (
    another_tab,
    choose_view,
    csv,
    finish,
    give,
    given,
    open_work,
    predict,
    restart,
    table,
    visit,
    words,
)


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of 40 rows, answered in blocks of 15."""
    for module in (shards, batch):
        monkeypatch.setattr(module, "SHARD", 40)
    monkeypatch.setattr(shards, "BLOCK", 15)


def tick(at: AppTest, *places: int) -> AppTest:
    """Tick rows of the page's table."""
    ids = given(at).result.rows(np.arange(len(given(at).result)))["prediction_id"].tolist()
    if district := at.multiselect(key=f"filter-district-{given(at).id}").value:
        frame = given(at).result.frame
        ids = [identifier for identifier, name in zip(ids, frame["district"], strict=True) if name in district]
    at.session_state[f"rows-table-0-{rows_of_page._digest(ids)}"] = {
        "selection": {"rows": list(places), "columns": [], "cells": []}
    }
    at.run()
    assert not at.exception, at.exception
    return at


def press(at: AppTest, start: str) -> AppTest:
    """Click the button whose key starts so, and wait for what it records."""
    at.button(key=next(str(button.key) for button in at.button if str(button.key).startswith(start))).click().run()
    job = jobs.find(f"labels-{given(at).id}")
    while not job.finished:
        pass
    at.run()
    assert not at.exception, at.exception
    return at


def judged_ids() -> set[str]:
    """Predictions of which somebody said what they were."""
    return {row["id"] for row in store().rows(Query(system="crime"), ["id"]) if row["label"] is not None}


def test_another_tab_and_a_restart_find_a_table_and_its_answers(page):
    identifier = given(give(page, csv(table()))).id
    assert "Predict 40 rows" in [button.label.replace("\N{NO-BREAK SPACE}", " ") for button in page.button]
    restart()
    predict(another_tab(identifier))
    restart()
    assert "40 records answered" in words(another_tab(identifier))
    assert [item.title.split(",")[0] for item in work.recent("crime")] == ["town.csv"]
    assert store().count(Query(batch=identifier)) == 40


def test_the_page_without_an_address_lists_recent_work(page):
    give(page, csv(table()), "listed.csv")
    fresh = visit().run()
    assert "listed.csv" in words(fresh)


def cancel_at(monkeypatch: pytest.MonkeyPatch, identifier: str, record: int) -> None:
    """A person cancels while the block that begins at one of the records is answered."""
    whole = shards.Shards.answer

    def answer(self: shards.Shards, block: slice) -> shards.AnsweredShard:
        if block.start == record:
            work.cancel(identifier)
        return whole(self, block)

    monkeypatch.setattr(shards.Shards, "answer", answer)


def test_what_was_answered_before_a_cancel_is_seen_downloaded_and_not_answered_again(page, small_shards, monkeypatch):
    identifier = given(give(page, csv(table(rows=200)))).id
    with monkeypatch.context() as patch:
        cancel_at(patch, identifier, record=95)
        predict(page)
    said = words(page)
    assert "Stopped as asked" in said
    assert "110 records answered so far" in said
    assert len(pd.read_csv(io.BytesIO(given(page).as_csv()))) == 110
    choose_view(page, "Charts")
    page.button(key="go-on").click().run()
    finish(identifier)
    page.run()
    assert "200 records answered" in words(page)
    assert store().count(Query(batch=identifier)) == 200


def test_an_interrupted_table_goes_on_where_it_was(page, small_shards, monkeypatch):
    identifier = given(give(page, csv(table(rows=200)))).id
    with monkeypatch.context() as patch:
        cancel_at(patch, identifier, record=95)
        page.button(key="predict").click().run()
        finish(identifier)
    store().work.change(identifier, {"state": "working"})  # as a killed process leaves it
    restart()
    tab = another_tab(identifier)
    assert "Interrupted" in words(tab)
    assert "110 records answered so far" in words(tab)
    tab.button(key="go-on").click().run()
    finish(identifier)
    assert "200 records answered" in words(tab.run())
    assert store().count(Query(batch=identifier)) == 200


def test_feedback_goes_to_the_ticked_records_whatever_the_filters(page):
    predict(give(page, csv(table())))
    result = given(page).result
    seen = result.rows([0, 1])["prediction_id"].tolist()
    tick(page, 0, 1)
    assert "Chosen: rows 2, 3." in words(page)
    district = str(result.frame["district"].iloc[0])
    other = "PARK" if district == "MISSION" else "MISSION"
    page.multiselect(key=f"filter-district-{given(page).id}").select(other).run()
    assert "hidden by the filters now" in words(page)
    press(page, "bulk-right")
    assert judged_ids() == set(seen)
    assert "Recorded 2 labels: 2 right" in words(page)


def test_filters_ticks_and_recorded_labels_do_not_leak_into_another_table(page):
    predict(give(page, csv(table(rows=30)), "first.csv"))
    page.multiselect(key=f"filter-district-{given(page).id}").select("PARK").run()
    press(tick(page, 0, 1), "bulk-right")
    assert "Recorded 2 labels" in words(page)
    predict(give(page, csv(table(rows=20)), "second.csv"))
    said = words(page)
    assert "20 records answered" in said
    assert "Recorded" not in said
    assert "fit the filters" not in said
    assert "Chosen" not in said
    assert len(judged_ids()) == 2


def test_clear_filters_shows_all_again(page):
    predict(give(page, csv(table())))
    identifier = given(page).id
    page.text_input(key=f"filter-words-{identifier}").input("mission").run()
    assert "fit the filters" in words(page)
    page.button(key="clear-filters").click().run()
    assert "fit the filters" not in words(page)
    assert next(box for box in page.text_input if box.label == "Search").value == ""


def test_an_area_of_the_map_is_a_filter_of_its_own_table_alone(page):
    predict(give(page, csv(table())))
    page.session_state["crime-area"] = {"work": given(page).id, "indices": np.array([0, 1]), "title": "a hexagon"}
    page.run()
    assert "2 of 40 records fit the filters, in a hexagon" in words(page)
    page.button(key="clear-filters").click().run()
    assert "fit the filters" not in words(page)
    page.session_state["crime-area"] = {"work": "another", "indices": np.array([0]), "title": "a hexagon"}
    page.run()
    assert "fit the filters" not in words(page)


def test_change_the_columns_stays_open_after_a_choice(page):
    give(page, csv(table(date=None, when="2015-01-01 10:00", note="x")))
    run = given(page)
    box = next(expander for expander in page.expander if expander.label == "Change the columns")
    page.session_state[f"change-columns-{run.id}"] = True
    page.run()
    page.selectbox(key=f"column-address-{run.id}").select("note").run()
    page.selectbox(key=f"column-district-{run.id}").select("").run()
    box = next(expander for expander in page.expander if expander.label == "Change the columns")
    assert box.proto.expanded
    assert given(page).named == {"address": "note", "district": ""}


def test_the_columns_that_the_page_unfolds_stay_open_after_the_first_choice(page):
    moments = ["2015-01-01 10:00", "2015-01-02 11:00", "2015-01-03 12:00", "2015-01-04 13:00"]
    give(page, csv(table(4, date=None, moment=moments, spot="x")))

    def is_open() -> bool:
        return next(expander for expander in page.expander if expander.label == "Change the columns").proto.expanded

    assert is_open()  # no date is recognised
    page.selectbox(key=f"column-date-{given(page).id}").select("moment").run()
    assert "**Date and time**: column moment" in words(page)
    assert is_open()


def test_a_table_with_true_categories_becomes_feedback_in_one_click_after_a_preview(page):
    labels = np.array(["LARCENY/THEFT", "ASSAULT"] * 19 + ["NOT KNOWN TO IT"] * 2)
    predict(give(page, csv(table(Category=labels))))
    right = int((given(page).result.frame["category"].astype(object) == labels).sum())
    said = words(page)
    assert f"38 labels: {right} right, {38 - right} wrong" in said
    assert "2 labels of categories that this version does not know are left out" in said
    choose_view(page, "Charts")
    press(page, "record-own")
    assert len(judged_ids()) == 38
    assert f"Recorded 38 labels: {right} right" in words(page)
    assert "38 labels of this table were recorded" in words(page)
    run = given(page)
    feedback._start_own(run, run.result, 38)  # a second click on a button that was not redrawn yet
    while feedback.working(run):
        pass
    said_of_each = [len(store().prediction(identifier)["outcomes"]) for identifier in judged_ids()]
    assert said_of_each == [1] * 38


def test_a_change_of_an_answered_table_is_a_work_of_its_own(page):
    predict(give(page, csv(table())))
    first = given(page).id
    page.button(key="change-table").click().run()
    assert not page.exception
    assert given(page).id != first
    assert not given(page).started
    predict(page)
    assert store().count(Query(system="crime")) == 80
    assert {item.id for item in work.recent("crime")} == {first, given(page).id}


def test_an_unknown_address_says_so(page):
    open_work(page, "11111111-1111-4111-8111-111111111111")
    assert "Expected work that is still kept" in page.error[0].value.replace("\\", "")


def test_what_a_browser_tells_twice_is_taken_once(page, monkeypatch):
    dropped = type("Dropped", (), {"name": "town.csv", "getvalue": lambda self: csv(table())})()
    state = {"crime-drops": 0, "table-0": dropped}
    monkeypatch.setattr(giving.st, "session_state", state)
    monkeypatch.setattr(giving.st, "query_params", {})
    giving._take_file("table-0")
    giving._take_file("table-0")  # the browser had not redrawn yet
    assert len(work.recent("crime")) == 1


def test_a_second_click_does_not_start_a_table_twice(page):
    run = given(give(page, csv(table(rows=200))))
    table_desk.start(run, "1.0.2")
    table_desk.start(run, "1.0.2")
    finish(run.id)
    assert store().count(Query(batch=run.id)) == 200


def test_the_same_rows_have_the_same_key_and_others_another():
    assert rows_of_page._digest(["a", "b"]) == rows_of_page._digest(["a", "b"])
    assert rows_of_page._digest(["a", "b"]) != rows_of_page._digest(["b", "a"])


def test_a_table_that_waits_for_its_columns_says_so_and_leads_back_to_them(page):
    identifier = given(give(page, csv(table()), "open.csv")).id
    restart()
    listed = words(visit().run())
    assert "waiting for its columns" in listed
    assert "interrupted" not in listed
    assert work.unfinished() == []
    assert "Predict 40" in another_tab(identifier).button(key="predict").label
