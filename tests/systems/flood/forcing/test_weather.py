"""The coming hours' rain: from a server on the loopback that answers like Open-Meteo, in its good and its bad moods."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.errors import HostUnavailable, InvalidInput, InvalidSetting
from core.settings import settings
from core.systems.flood import remote
from core.systems.flood.forcing import storms, weather
from tests.conftest import free_port
from tests.support.loopback import Answer, Asked, serving

PLACE = (3.01, 0.98)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PAUSE", 0.0)
    monkeypatch.setattr(remote, "MAX_READ", 5.0)


@pytest.fixture
def point_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def point(address: str) -> None:
        monkeypatch.setenv("LOOKOUT_WEATHER", address)
        monkeypatch.setenv("LOOKOUT_WEATHER_ENSEMBLES", address)
        settings.cache_clear()

    return point


def this_hour() -> int:
    return int(time.time() // 3600) * 3600


def forecast(members: dict[str, list[float | None]], **change: Any) -> bytes:
    """What Open-Meteo answers: from the running hour on, each number for the hour before its time."""
    length = len(next(iter(members.values())))
    answer = {
        "latitude": 1.0,
        "longitude": 3.0,
        "generationtime_ms": 0.05,
        "utc_offset_seconds": 0,
        "timezone": "GMT",
        "timezone_abbreviation": "GMT",
        "elevation": 40.0,
        "hourly_units": {"time": "unixtime", **dict.fromkeys(members, "mm")},
        "hourly": {"time": [this_hour() + 3600 * hour for hour in range(length)], **members},
    }
    return json.dumps({**answer, **change}).encode()


def always(body: bytes, status: int = 200) -> Callable[[Asked], Answer]:
    return lambda _: Answer(status, body)


def test_the_coming_hours_are_told(point_at: Callable[[str], None]) -> None:
    with serving(always(forecast({"precipitation": [9.0, 1.0, 0.0, 6.5]}))) as (address, asked):
        point_at(f"{address}/")
        found = weather.coming(*PLACE, hours=3)
    assert found.depths.tolist() == [[1.0, 0.0, 6.5]]  # 9 mm fell before this hour
    assert found.start.timestamp() == this_hour()
    (rain,) = found.rains
    assert storms.summary(rain).total == pytest.approx(7.5)
    assert storms.summary(rain).peak == pytest.approx(6.5)
    assert storms.summary(rain).peak_time == pytest.approx(7200, abs=1)
    assert [(one.method, one.path) for one in asked] == [("GET", "/v1/forecast")]
    assert asked[0].query == {
        "latitude": "0.98",
        "longitude": "3.01",
        "hourly": "precipitation",
        "precipitation_unit": "mm",
        "timeformat": "unixtime",
        "timezone": "GMT",
        "forecast_hours": "4",
    }


def test_an_ensemble_has_members(point_at: Callable[[str], None]) -> None:
    members: dict[str, list[float | None]] = {"precipitation": [0.0, 1.0, 2.0, None]}
    members |= {f"precipitation_member{number:02d}": [0.0, number, 2.0, 4.0] for number in range(1, 40)}
    with serving(always(forecast(members))) as (address, asked):
        point_at(address)
        found = weather.coming(*PLACE, hours=3, ensemble=True)
    assert found.depths.shape == (40, 2)  # up to where all members reach
    assert found.depths[:, 0].tolist() == [1.0, *range(1, 40)]
    assert (asked[0].path, asked[0].query["models"]) == ("/v1/ensemble", "icon_seamless")


@pytest.mark.parametrize("ensemble", [False, True])
def test_no_host_is_asked_where_none_is_set(ensemble: bool, point_at: Callable[[str], None]) -> None:
    with pytest.raises(HostUnavailable, match=r"in LOOKOUT_WEATHER.*this server asks no other host"):
        weather.coming(*PLACE, ensemble=ensemble)
    point_at("")
    with pytest.raises(HostUnavailable, match="this server asks no other host"):
        weather.coming(*PLACE, ensemble=ensemble)


@pytest.mark.parametrize("address", ["ftp://weather", "weather.local", "file:///etc", "http://a b"])
def test_an_address_that_is_none_is_refused_at_start(point_at: Callable[[str], None], address: str) -> None:
    point_at(address)
    with pytest.raises(InvalidSetting, match="LOOKOUT_WEATHER"):
        settings()


def test_it_is_asked_again_after_a_bad_gateway(point_at: Callable[[str], None]) -> None:
    answers = iter([Answer(502), Answer(503), Answer(200, forecast({"precipitation": [0.0, 1.0]}))])
    with serving(lambda _: next(answers)) as (address, asked):
        point_at(address)
        assert weather.coming(*PLACE).depths.tolist() == [[1.0]]
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("status", "body", "tries", "sentence"),
    [
        (504, b"", 3, "status 504. Check its address"),
        (
            429,
            b'{"error": true, "reason": "Minutely limit exceeded."}',
            1,
            r"Wait a minute, or longer. \(Minutely limit",
        ),
        (400, b'{"error": true, "reason": "No such place."}', 1, r"status 400 \(No such place.\)"),
        (500, b"<html>", 1, "status 500. Check"),
        (404, b"[]", 1, "status 404"),
        (200, b"<html>", 1, "no JSON"),
        (200, b"", 1, "no JSON"),
        (200, b"[" * 100_000, 1, "no JSON"),
        (200, b"[]", 1, "an answer whose the whole is something else"),
        (200, b'{"error": true}', 1, "an answer whose latitude"),
    ],
)
def test_a_host_that_does_not_answer_well_is_told(
    point_at: Callable[[str], None], status: int, body: bytes, tries: int, sentence: str
) -> None:
    with serving(always(body, status)) as (address, asked):
        point_at(address)
        with pytest.raises(HostUnavailable, match=rf"a forecast of rain from 127.0.0.1:\d+\. Received .*{sentence}"):
            weather.coming(*PLACE)
    assert len(asked) == tries


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"hourly_units": {"time": "iso8601", "precipitation": "mm"}}, "other units"),
        ({"hourly_units": {"time": "unixtime", "precipitation": "inch"}}, "other units"),
        ({"hourly": {"time": [0, 3600], "precipitation": [1.0, 2.0]}}, "none of the coming hours"),
        ({"hourly": {"time": [0, 3600], "precipitation": [1.0]}}, "times and numbers do not match"),
        ({"hourly": {"precipitation": [1.0]}}, "times and numbers do not match"),
        ({"hourly": {"time": [0, 7200], "precipitation": [1.0, 1.0]}}, "without rain of each hour"),
        ({"hourly": {"time": [0, 3600], "rain": [1.0, 1.0]}}, "without rain of each hour"),
        ({"hourly": {"time": [0, 3600], "precipitation": [1.0, -1.0]}}, "an answer whose hourly.precipitation"),
        ({"hourly": {"time": [0, 3600], "precipitation": [1.0, "much"]}}, "an answer whose hourly.precipitation"),
        ({"hourly": {"time": ["now"], "precipitation": [1.0]}}, "an answer whose hourly.time"),
        ({"hourly": []}, "an answer whose hourly"),
    ],
    ids=str,
)
def test_an_answer_that_makes_no_sense_is_told(
    point_at: Callable[[str], None], given: dict[str, Any], sentence: str
) -> None:
    with serving(always(forecast({"precipitation": [0.0, 1.0]}, **given))) as (address, _):
        point_at(address)
        with pytest.raises(HostUnavailable, match=sentence):
            weather.coming(*PLACE)


def test_only_unknown_hours_are_told(point_at: Callable[[str], None]) -> None:
    with serving(always(forecast({"precipitation": [1.0, None, 2.0]}))) as (address, _):
        point_at(address)
        with pytest.raises(HostUnavailable, match="none of the coming hours"):
            weather.coming(*PLACE)


def test_no_network_is_told(point_at: Callable[[str], None]) -> None:
    point_at(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(HostUnavailable, match=r"Received no connection\. Check this machine's network"):
        weather.coming(*PLACE)


def test_a_silent_host_is_told(point_at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def silent(_: Asked) -> Answer:
        ended.wait(30)
        return Answer()

    with serving(silent) as (address, _):
        point_at(address)
        monkeypatch.setattr(remote, "MAX_READ", 0.2)
        with pytest.raises(HostUnavailable, match=r"no answer within 0\.2 s"):
            weather.coming(*PLACE)
        ended.set()


def test_an_answer_that_breaks_off_is_told(point_at: Callable[[str], None]) -> None:
    with serving(lambda _: Answer(200, b'{"latitude": 1', announced=5000)) as (address, _):
        point_at(address)
        with pytest.raises(HostUnavailable, match="an answer that breaks off"):
            weather.coming(*PLACE)


def test_an_endless_answer_is_cut_off(point_at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MAX_BYTES", 1000)
    with serving(always(bytes(100_000))) as (address, _):
        point_at(address)
        with pytest.raises(HostUnavailable, match=r"more than 0\.001 MB"):
            weather.coming(*PLACE)


@pytest.mark.parametrize(
    "given", [(200.0, 0.0, 24), (0.0, 91.0, 24), (float("nan"), 0.0, 24), (0.0, 0.0, 0), (0, 0, 169)]
)
def test_a_question_that_makes_no_sense_is_not_asked(
    point_at: Callable[[str], None], given: tuple[float, float, int]
) -> None:
    with serving(always(b"")) as (address, asked):
        point_at(address)
        with pytest.raises(InvalidInput, match="Expected"):
            weather.coming(*given)
    assert not asked


def test_members_become_rains(point_at: Callable[[str], None]) -> None:
    members: dict[str, list[float | None]] = {"precipitation": [0.0, 1.0], "precipitation_member01": [0.0, 3.0]}
    with serving(always(forecast(members))) as (address, _):
        point_at(address)
        found = weather.coming(*PLACE, ensemble=True)
    totals = [storms.summary(one).total for one in found.rains]
    np.testing.assert_allclose(totals, [1.0, 3.0])
