"""Rain and terrain from other hosts through the Flood page: what comes, and what is said when it does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from core import settings
from core.systems.flood import remote
from pages.parts.flood.workbench import bench
from tests.conftest import free_port
from tests.support.flood_app import AREA, forecast, press, words
from tests.support.loopback import Answer, Asked, serving
from tests.systems.flood.forcing.test_weather import forecast as outlook
from tests.systems.flood.terrain.test_copernicus import tile

HOURS = [2.0, 5.0, 0.0, 1.0]
BOX = {"West": -1.52, "South": 50.48, "East": -1.48, "North": 50.51}


@dataclass
class Host:
    """What it answers; nothing while it is silent."""

    answer: Answer = field(default_factory=lambda: Answer(200, outlook({"precipitation": HOURS})))
    silent: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    def __call__(self, _asked: Asked) -> Answer:
        if self.silent:
            self.ended.wait(30)
        return self.answer


def point_at(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    for name in ("WEATHER", "WEATHER_ENSEMBLES", "COPERNICUS"):
        monkeypatch.setenv(f"LOOKOUT_{name}", address)
    settings.settings.cache_clear()


@pytest.fixture
def host(page, monkeypatch) -> Iterator[Host]:  # the page first: its environment is read anew
    monkeypatch.setattr(remote, "PAUSE", 0.0)
    made = Host()
    with serving(made) as (address, _asked):
        point_at(monkeypatch, address)
        yield made
        made.ended.set()


BAD = {
    "a fault": ({"answer": Answer(500, b"{}")}, "status 500"),
    "rubbish": ({"answer": Answer(200, b"<html>a portal that wants a login</html>")}, "Received"),
    "no answer": ({"silent": True}, "no answer within"),
}


def worsen(host: Host, mood: str, changed: pytest.MonkeyPatch) -> str:
    """Put the host in a bad mood; what is to be said of it."""
    change, said = BAD[mood]
    for name, value in change.items():
        changed.setattr(host, name, value)
    if host.silent:
        changed.setattr(remote, "MAX_READ", 0.2)
    return said


def disabled(at, label: str) -> bool:
    return next(one for one in at.button if one.label == label).disabled


@pytest.mark.parametrize("mood", BAD)
def test_a_weather_service_in_a_bad_mood_is_told_and_asked_again(page, host, mood, monkeypatch):
    page.button_group(key="flood-rain-kind").set_value("The coming hours").run()
    page.number_input(key="flood-hours-ahead").set_value(3).run()
    with monkeypatch.context() as changed:
        said = worsen(host, mood, changed)
        press(page, "Fetch the forecast of rain")
    assert said in words(page)
    assert "or try again later" in words(page)
    assert disabled(page, "Forecast")
    press(page, "Fetch the forecast of rain")
    assert said not in words(page)
    assert page.number_input(key="flood-hours-ahead").value == 3
    assert not disabled(page, "Forecast")


def test_a_weather_service_that_is_away_is_told(page, monkeypatch):
    monkeypatch.setattr(remote, "PAUSE", 0.0)
    point_at(monkeypatch, f"http://127.0.0.1:{free_port()}")
    page.button_group(key="flood-rain-kind").set_value("The coming hours").run()
    press(page, "Fetch the forecast of rain")
    assert "Received no connection. Check this machine's network" in words(page)
    page.button_group(key="flood-rain-kind").set_value("A design storm").run()
    assert not disabled(page, "Forecast")  # one can go on without


def test_a_closed_network_is_told_and_nobody_is_asked(page):
    type_a_box(page)
    press(page, "Fetch this box")
    assert "LOOKOUT_COPERNICUS. Received none: this server asks no other host" in words(page)
    page.button_group(key="flood-rain-kind").set_value("The coming hours").run()
    press(page, "Fetch the forecast of rain")
    assert "LOOKOUT_WEATHER. Received none: this server asks no other host" in words(page)


def test_the_members_of_an_ensemble_become_chances(page, host):
    host.answer = Answer(200, outlook({"precipitation": HOURS, "precipitation_member01": [0.0, 30.0, 40.0, 0.0]}))
    page.button_group(key="flood-rain-kind").set_value("The coming hours").run()
    page.number_input(key="flood-hours-ahead").set_value(3).run()
    page.toggle(key="flood-ensemble").set_value(True).run()
    press(page, "Fetch the forecast of rain")
    assert "2 members" in words(page)
    forecast(page)
    assert "flood in 2 rains" in words(page)


def type_a_box(at):
    at.button_group(key="flood-area-way").set_value("A box of the Copernicus model").run()
    for name, value in BOX.items():
        at.number_input(key=f"flood-box-{name}").set_value(value).run()
    next(one for one in at.text_input if one.key == "flood-box-name").set_value("Far away").run()


@pytest.mark.parametrize("mood", BAD)
def test_a_host_of_terrain_in_a_bad_mood_is_told_and_what_was_typed_stays(page, host, mood, monkeypatch):
    said = worsen(host, mood, monkeypatch)
    type_a_box(page)
    press(page, "Fetch this box")
    assert said in words(page)
    assert "later" in words(page)
    assert {name: page.number_input(key=f"flood-box-{name}").value for name in BOX} == BOX
    assert page.selectbox(key="flood-area").value == AREA
    assert [one.name for one in bench().areas()] == ["sample", AREA]


def test_a_box_of_terrain_becomes_the_area_that_is_chosen(page, host, tmp_path):
    host.answer = Answer(200, tile(tmp_path, 50, -2))
    type_a_box(page)
    press(page, "Fetch this box")
    said = words(page)
    assert "Fetched Far away." in said
    assert page.selectbox(key="flood-area").value == "Far away"
    assert "Copernicus DEM GLO-30" in said
    assert "cells of 30 m" in said
