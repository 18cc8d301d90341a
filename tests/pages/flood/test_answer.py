"""A forecast on the page: times by the clock, what the map shows first, and what is downloaded."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from core.maps.flood.export import briefing
from core.settings import settings
from core.store import store
from pages.parts.flood import downloads, forecasts
from tests.support.flood_app import AREA, forecast, opened, param, press, wait, words

STARTS = "2026-11-28 22:00"


def maps(at) -> list[str]:
    return [frame.proto.srcdoc for frame in at.get("iframe")]


def test_times_are_told_by_the_clock_that_was_typed_and_a_reopened_forecast_says_the_same(page):
    page.text_input(key="flood-start").input(STARTS).run()
    assert page.button_group(key="flood-rain-kind").value == "A design storm"
    forecast(page)
    identifier = param(page, "forecast")
    first = store().prediction(identifier)["details"]["summary"]["first_arrival_s"]
    told = f"the first at 22:{round(first / 60):02d}"
    for at in (page, opened({"forecast": identifier})):
        assert told in words(at)
        assert "Rain starts 22:00" in words(at)
    assert forecasts.read(identifier).request["starts_at"].startswith("2026-11-28T22:00:00")


def test_a_start_that_is_not_understood_says_so_and_nothing_can_begin(page):
    page.text_input(key="flood-start").input("soon").run()
    assert "Correct the start of the rain." in words(page)
    assert next(one for one in page.button if one.label == "Forecast").disabled


def test_the_map_opens_on_the_greatest_depth_and_tells_its_times_by_the_clock(page):
    page.text_input(key="flood-start").input(STARTS).run()
    forecast(page)
    html = maps(page)[0]
    names = re.findall(r'"name": "(Greatest depth|Depth over time|Hazard)"', html)
    assert f'"surface": {names.index("Greatest depth")},' in html
    assert sorted(names) == ["Depth over time", "Greatest depth", "Hazard"]
    assert re.search(r"22:15.{0,12}\(15.{0,8}min\)", html)


def test_after_the_answer_the_form_is_one_line(page):
    forecast(page)
    folded = next(one for one in page.expander if one.label.endswith("; change"))
    assert AREA in folded.label
    assert not folded.proto.expanded
    assert "Forecast" not in [one.label for one in page.button]


def test_the_example_has_places_in_the_order_in_which_they_get_wet(page):
    wait(press(page, "Try an example"))
    table = next(one.value for one in page.dataframe if "water" in one.value)
    dry = [text == "stays dry" for text in table["water"]]
    assert dry == sorted(dry)
    assert re.match(r"\d+.\w+.\d\d:\d\d|\d\d:\d\d", table["water"].iloc[0])
    assert {"chance", "interval"} <= set(table.columns)


def test_two_forecasts_can_be_compared_over_time_by_the_clock_that_both_have(page):
    page.text_input(key="flood-start").input(STARTS).run()
    forecast(page)
    first = param(page, "forecast")
    page = opened(**{"flood-area": AREA})
    page.number_input(key="flood-rain-depth").set_value(80.0).run()
    page.text_input(key="flood-start").input(STARTS).run()
    forecast(page)
    at = opened({"forecast": param(page, "forecast"), "beside": first})
    before = maps(at)[-3:]
    at.button_group(key="flood-beside-The other").set_value("Over time").run()
    assert not at.exception, at.exception
    after = maps(at)[-3:]
    assert all('"name": "Depth over time"' in html for html in after[:2])
    assert all(html.count("data:image/png") >= 12 for html in after)
    assert all(re.search(r"22:15.{0,12}\(15.{0,8}min\)", html) for html in after)
    assert all(html.count("data:image/png") < 12 for html in before)


@pytest.mark.parametrize(
    ("link", "elsewhere"),
    [
        ("http://127.0.0.1:8501/flood?forecast=a", False),
        ("http://[::1]:8501/flood?forecast=a", False),
        ("http://localhost:8501/flood?forecast=a", False),
        ("?forecast=a", False),
        ("https://lookout.example.org/flood?forecast=a", True),
        ("http://10.0.0.7:8501/flood?forecast=a", True),
    ],
)
def test_a_link_that_opens_on_this_machine_alone_is_known(link, elsewhere):
    assert downloads.opens_elsewhere(link) is elsewhere


def test_the_briefing_has_its_issuer_and_the_public_address(page, monkeypatch):
    monkeypatch.setenv("LOOKOUT_PUBLIC_URL", "https://lookout.example.org/")
    settings.cache_clear()
    made: list[briefing.BriefingText] = []
    monkeypatch.setattr(downloads.briefing, "BriefingText", lambda **texts: made.append(SimpleNamespace(**texts)))
    forecast(page)
    page.text_input(key="flood-issuer").input("Duty officer").run()
    link = f"https://lookout.example.org/flood?forecast={param(page, 'forecast')}"
    assert link in [code.value for code in page.code]
    assert made[-1].link == link
    assert made[-1].issuer == "Duty officer"
    assert made[-1].identifier == param(page, "forecast")
