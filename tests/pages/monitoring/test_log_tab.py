"""The tab Log without a browser: searched, sorted and paged by its address; the story of one answer by its id."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from core import inference
from core.store import LogSearch, Query, store
from core.store.explorer import windows
from pages.parts.monitoring.log import logbook
from tests.pages.monitoring.test_duty_desk import log_rows, run, toy, words

__all__ = ["toy"]
TAB = {"tab": "Log"}


def shown(at) -> pd.DataFrame:
    """The rows of the log's table."""
    return next(table.value for table in at.dataframe if "how_sure" in table.value)


def test_a_page_of_the_address_shows_its_rows_and_says_which(toy):
    log_rows(230, failed_every=10)
    at = run("pages/monitoring.py", **TAB, log_rows="50", log_page="3")
    assert len(shown(at)) == 50
    assert "Rows 101 to 150 of 230" in words(at)
    at = run("pages/monitoring.py", **TAB, log_page="99")
    assert "Rows 201 to 230 of 230" in words(at)


def test_a_moment_in_the_address_leaves_newer_rows_out_and_announces_them(toy):
    log_rows(30, failed_every=10)
    at = run("pages/monitoring.py", **TAB, log_until="2020-01-01T00:00:00Z")
    assert "0 records up to 2020-01-01" in words(at)
    (button,) = [button for button in at.button if "newer record" in button.label]
    assert "30" in button.label
    button.click().run()
    assert "30 records" in words(at)
    assert len(shown(at)) == 30


def test_the_address_searches_and_sorts(toy):
    inference.predict("toy", [{"word": "cup"}, {"word": "newspaper"}, {"word": 7}], actor="night shift")
    inference.predict("toy", [{"word": "can"}], actor="day shift")
    at = run("pages/monitoring.py", **TAB, log_in="Asked by", log_search="NIGHT")
    assert len(shown(at)) == 3
    at = run("pages/monitoring.py", **TAB, log_in="Answer", log_search="lon")
    assert list(shown(at)["answer"]) == ["long"]
    at = run("pages/monitoring.py", **TAB, log_sort="Highest score first")
    scores = list(shown(at)["score"].dropna())
    assert scores == sorted(scores, reverse=True)
    at = run("pages/monitoring.py", **TAB, log_search="no such id")
    assert "No record matches" in words(at)


def test_a_search_says_how_far_it_looked(toy, monkeypatch):
    monkeypatch.setattr(windows, "MAX_SEARCHED", 20)
    log_rows(10, failed_every=10, age=pd.Timedelta(hours=3).to_pytimedelta())
    inference.predict("toy", [{"word": f"cup{number}"} for number in range(25)])
    at = run("pages/monitoring.py", **TAB, log_in="Message", log_search="nothing like this")
    assert "Looked through the newest" in words(at)
    (button,) = [button for button in at.button if button.label == "Search further back"]
    button.click().run()
    assert not at.exception
    assert "before" in words(at)


def test_an_address_leads_to_the_story_of_an_answer_whatever_the_filters(toy):
    (first, second) = inference.predict("toy", [{"word": "cup"}, {"word": "newspaper"}], batch="night")
    inference.feedback(first.id, "long", actor="Kim", source="page")
    at = run("pages/monitoring.py", **TAB, answer=first.id, log_show="Failed", log_period="Last hour")
    text = words(at)
    assert "The story of one answer" in text
    assert "wrong, it is long (Kim)" in text
    assert [button.label for button in at.button if button.key == f"beside-{second.id}"]
    at.button(key=f"beside-{second.id}").click().run()
    assert second.id in at.query_params["answer"]
    (close,) = [button for button in at.button if button.label == "Close"]
    close.click().run()
    assert "The story of one answer" not in words(at)
    assert "answer" not in at.query_params


def test_an_address_of_no_answer_says_so(toy):
    assert "which is not in the log" in words(run("pages/monitoring.py", **TAB, answer="nobody"))


def test_a_judgement_in_the_story_is_recorded_and_can_be_taken_back(toy):
    (prediction,) = inference.predict("toy", [{"word": "cup"}])
    at = run("pages/monitoring.py", **TAB, answer=prediction.id)
    at.button(key=f"right-{prediction.id}").click().run()
    (outcome,) = store().prediction(prediction.id)["outcomes"]
    assert outcome["correct"]
    at.button(key=f"undo-{outcome['id']}").click().run()
    assert store().prediction(prediction.id)["outcomes"] == []
    assert not at.exception


def test_what_another_said_cannot_be_taken_back_here(toy):
    (prediction,) = inference.predict("toy", [{"word": "cup"}])
    inference.feedback(prediction.id, "long", actor="Kim", source="page")
    at = run("pages/monitoring.py", **TAB, answer=prediction.id)
    assert not [button for button in at.button if "Undo" in button.label]


def test_files_hold_the_rows_in_the_order_shown(toy):
    log_rows(7, failed_every=3)
    search = LogSearch(Query(), sort="created_at", descending=False)
    table = pd.read_csv(io.BytesIO(logbook.to_csv(store(), search)), encoding="utf-8-sig")
    kept = pd.read_parquet(io.BytesIO(logbook.to_parquet(store(), search)))
    assert list(table["id"]) == list(kept["id"]) == [f"row-{number:08d}" for number in reversed(range(7))]
    assert list(table.columns) == logbook.IN_FILE


@pytest.mark.parametrize("kind", ["to_csv", "to_parquet"])
def test_a_file_of_no_rows_has_its_columns(toy, kind):
    assert b"created_at" in getattr(logbook, kind)(store(), LogSearch(Query()))
