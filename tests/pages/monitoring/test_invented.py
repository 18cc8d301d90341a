"""Monitoring's invented log, run without a browser: offered on an empty log, marked, and apart from the real one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.demonstration import invented_log
from core.migrations import migrate
from core.settings import CHECKOUT
from core.store import LogSearch, Query, store
from pages.parts.monitoring.log import logbook

SECONDS = 240
BAND = "Invented log"


@pytest.fixture
def small_log(monkeypatch: pytest.MonkeyPatch):
    """An invented log of few rows, whose store is closed with the test."""
    few = tuple(replace(system, requests=120, outage=None) for system in invented_log.SYSTEMS)
    monkeypatch.setattr(invented_log, "SYSTEMS", few)
    migrate(store())
    yield
    invented_log.close()


def opened(**address: str) -> AppTest:
    page = AppTest.from_file(str(CHECKOUT / "pages" / "monitoring.py"), default_timeout=SECONDS)
    for key, value in address.items():
        page.query_params[key.replace("_", "-")] = value
    page.run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    return " ".join(element.value for element in [*page.markdown, *page.caption, *page.info])


def button(page: AppTest, label: str):
    return next(each for each in page.button if each.label == label)


def test_an_empty_log_offers_an_invented_one_that_is_marked_and_left_with_one_click(small_log) -> None:
    page = opened()
    assert BAND not in words(page)
    button(page, "Show an invented log").click().run()
    assert not page.exception
    assert page.query_params["log"] == "invented"
    assert BAND in words(page)
    assert any(row["Predictions"] > 0 for row in page.dataframe[0].value.to_dict("records"))
    button(page, "Leave the invented log").click().run()
    assert "log" not in page.query_params
    assert BAND not in words(page)
    assert button(page, "Show an invented log")


def test_the_address_alone_shows_it_and_the_real_log_gets_no_row(small_log) -> None:
    page = opened(log="invented", tab="Log", log_period="All")
    assert BAND in words(page)
    assert store().distinct("system") == []
    assert store().count(Query()) == 0
    assert store().alerts.states() == []
    assert page.dataframe[-1].value.shape[0] == 100  # a page of it


def test_a_log_with_rows_offers_none(small_log) -> None:
    from tests.store.conftest import prediction

    store().log([prediction()])
    assert not [each for each in opened().button if each.label == "Show an invented log"]


def test_each_row_of_its_csv_says_that_it_is_invented(small_log, tmp_path) -> None:
    log = invented_log.opened(tmp_path).store
    head, *rows = logbook.to_csv(log, LogSearch(Query()), is_invented=True).decode("utf-8-sig").splitlines()
    assert head.startswith("log,id,")
    assert len(rows) == 360
    assert all(row.startswith("invented,") for row in rows)
