"""The Flood page run without a browser, with a version that answers by physics alone, on invented terrain."""

from __future__ import annotations

import time

import pytest

from core.migrations import migrate
from core.store import Query, store
from core.systems.flood import workbench
from tests.support import floods, toys
from tests.support.flood_app import AREA, SECONDS, forecast, opened, param, press, wait, words


def test_without_a_version_the_page_says_what_to_do(tmp_path, monkeypatch):
    home = tmp_path / "models"
    home.mkdir()
    toys.known(monkeypatch, {"LOOKOUT_MODELS_DIR": str(home)})
    migrate(store())
    assert "Expected a version of Flood in service. Found none." in words(opened())


def test_the_page_says_that_it_is_not_the_only_source(page):
    said = words(page)
    assert "Not the only source in an emergency" in said
    assert "24 x 30 cells of 10 m" in said
    assert f"Version {floods.VERSION}" in said


def test_at_most_seven_controls_stand_before_the_first_answer(page):
    hidden = [inner for box in page.expander for inner in (*box.selectbox, *box.number_input, *box.button)]
    outside = [*page.selectbox, *page.number_input, *page.button, *page.button_group, *page.slider, *page.multiselect]
    inside = [*hidden, *(one for box in page.expander for one in (*box.button_group, *box.slider, *box.multiselect))]
    in_popover = {"Shape", "Place of the peak in the storm", "Once in [years]", "Set the depth"}
    shown = {one.label for one in outside} - {one.label for one in inside} - in_popover
    assert len(shown) + 1 <= 7, shown  # and the popover's own button


def test_a_storm_becomes_a_forecast_that_its_address_reopens(page):
    page.number_input(key="flood-rain-depth").set_value(80.0).run()
    forecast(page)
    said = words(page)
    assert "80 mm of rain within 1 h" in said
    assert "of the area: up to" in said
    identifier = param(page, "forecast")
    assert store().prediction(identifier)["details"]["area"] == AREA
    again = words(opened({"forecast": identifier}))
    assert "80 mm of rain within 1 h" in again
    assert f"?forecast={identifier}" in next(one.value for one in opened({"forecast": identifier}).code)


def test_what_was_typed_last_counts_without_leaving_the_field_first(page):
    page.number_input(key="flood-rain-depth").set_value(71.0)
    forecast(page)
    assert "71 mm of rain within 1 h" in words(page)


def test_a_depth_by_its_return_period_follows_what_was_typed_last(page):
    table = b"return_period_years,duration_min,depth_mm\n10,60,30\n10,120,40\n100,60,50\n100,120,70\n"
    workbench.keep_design_rain(AREA, table)
    page.run()
    page.number_input(key="flood-years").set_value(100.0)
    page.number_input(key="flood-rain-minutes").set_value(120.0)
    press(page, "Set the depth")
    assert page.number_input(key="flood-rain-depth").value == 70.0


def test_an_area_gets_the_name_that_was_typed_last(page):
    page.text_input(key="flood-rename-to").input("Old mill").run()
    page.text_input(key="flood-rename-to").input("New mill")
    press(page, "Rename")
    names = [one.name for one in workbench.areas()]
    assert "New mill" in names
    assert "Old mill" not in names


def test_the_numbers_shown_are_those_of_the_log(page):
    forecast(page)
    summary = store().prediction(param(page, "forecast"))["details"]["summary"]
    shown = [metric.value.replace("\N{NO-BREAK SPACE}", " ") for metric in page.metric]
    assert shown[0] == f"{summary['flooded_m2'] / 1e4:.2g} ha"
    assert f"{summary['largest_depth_m']:.2f} m" in words(page)


def test_the_check_brings_the_truth_into_the_log(page):
    forecast(page)
    identifier = param(page, "forecast")
    page.button_group(key="flood-view").set_value("Check with the solver").run()
    press(page, "Run the solver")
    deadline = time.monotonic() + SECONDS
    while not store().prediction(identifier)["outcomes"] and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.2)
    page.run()
    assert "Both agree on" in words(page)
    (outcome,) = store().prediction(identifier)["outcomes"]
    assert outcome["source"] == "solver"
    assert "CSI" in str(next(frame.value for frame in page.dataframe if "Figure" in frame.value)["Figure"].tolist())


def test_many_rains_become_chances(page):
    page.number_input(key="flood-chances").set_value(3).run()
    assert "3 rains, for the chance that a place floods." in words(page)
    forecast(page)
    assert param(page, "ensemble")
    assert "flood in 3 rains" in words(page)
    assert store().count(Query(system="flood", batch=param(page, "ensemble"))) == 3


def test_feedback_is_recorded(page):
    forecast(page)
    page.button_group(key="flood-view").set_value("Was it right?").run()
    page.button(key=f"right-{param(page, 'forecast')}").click().run()
    assert store().prediction(param(page, "forecast"))["outcomes"][-1]["correct"]
    assert "Recorded" in words(page)


def outside() -> dict:
    """A river that lies far from the area."""
    return {"name": "Far river", "latitude": 40.0, "longitude": 3.0, "series": [[0, 5], [600, 5]]}


def test_an_inflow_outside_the_area_is_told_and_nothing_half_made_stays(tmp_path, monkeypatch, page):
    at = opened(**{"flood-area": AREA, "flood-inflows": [outside()]})
    forecast(at)
    assert "Move the inflow" in words(at)
    assert param(at, "forecast") is None
    assert store().count(Query(system="flood", status="answered")) == 0
    at.session_state["flood-inflows"].clear()
    at.run()
    forecast(at)
    assert param(at, "forecast")


def test_a_forecast_that_failed_can_be_started_again(page):
    at = opened(**{"flood-area": AREA, "flood-inflows": [outside()]})
    forecast(at)
    wait(press(at, "Start it again"))
    assert "Move the inflow" in words(at)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"forecast": "no-such-id"}, "not in the log"),
        ({"work": "no-such-work"}, "Give it again"),
        ({"job": "no-such-job"}, "Give it again"),
        ({"ensemble": "no-such-batch"}, "which has none"),
    ],
)
def test_an_address_that_leads_nowhere_says_so(page, query, said):
    assert said in words(opened(query))


def test_earlier_forecasts_and_ensembles_are_offered_again(page):
    forecast(page)
    alone = param(page, "forecast")
    at = opened(**{"flood-area": AREA})
    at.number_input(key="flood-chances").set_value(2).run()
    many = param(forecast(at), "ensemble")
    at = opened()
    next(
        one for one in at.button if one.label.replace("\N{NO-BREAK SPACE}", " ").endswith("2 rains, for chances")
    ).click()
    at.run()
    assert param(at, "ensemble") == many
    assert "flood in 2 rains" in words(at)
    offered = [one.key for one in opened().button if str(one.key).startswith("flood-open-")]
    assert offered == [f"flood-open-{alone}", f"flood-open-{many}"]


def test_of_many_rains_those_that_failed_are_told_and_the_others_are_shown(page, monkeypatch):
    page.number_input(key="flood-chances").set_value(3).run()
    monkeypatch.setattr(workbench, "members", lambda rain, _number: [rain, [[0.0, -1.0], [600.0, 0.0]], rain])
    page.run()
    forecast(page)
    said = words(page)
    assert "flood in 2 rains" in said
    assert (
        "1 of 3 rains could not be forecast and have no say here. The first: rain: Expected rates of 0 or more" in said
    )


def test_a_batch_in_which_all_failed_says_why_and_can_be_started_again(page, monkeypatch):
    page.number_input(key="flood-chances").set_value(2).run()
    monkeypatch.setattr(workbench, "members", lambda _rain, number: [[[0.0, -1.0], [600.0, 0.0]]] * number)
    page.run()
    forecast(page)
    assert "Expected rates of 0 or more" in words(page)
    assert param(page, "ensemble") is None
    assert "Start it again" in [one.label for one in page.button]
