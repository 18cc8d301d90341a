"""Readings from the log itself: worked examples on both kinds of store."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.alerts.log_readings import LogReadings, _fall_reading
from core.alerts.readings import Scope
from core.evaluation.shares import Share
from core.monitoring.drift import reference_of
from tests.store.conftest import ANSWER, NOON, failure, prediction

HOUR = timedelta(hours=1)
NOW = NOON + HOUR
ALIASES = {"waste": {"champion": "2", "site:yard": "1+yard.1"}, "crime": {"champion": "1"}}


@pytest.fixture
def read(store):
    def take(measure, window=HOUR, systems=(), per=()):
        return LogReadings(store, ALIASES.get).read(measure, window, Scope(tuple(systems), tuple(per)), NOW)

    return take


def test_failures_are_counted_within_the_window_and_by_system(store, read):
    store.log([failure(created_at=NOON + 10 * timedelta(minutes=number)) for number in range(3)])
    store.log([prediction(created_at=NOON + timedelta(minutes=1))])
    store.log([failure(created_at=NOON - timedelta(minutes=1)), failure(system="crime", created_at=NOON)])
    readings = {reading.labels["system"]: reading for reading in read("failed_share")}
    assert (readings["waste"].value, readings["waste"].n) == (0.75, 4)
    assert readings["waste"].low < 0.75 < readings["waste"].high
    assert readings["crime"].value == 1.0
    assert [reading.labels for reading in read("failed_share", systems=["crime"])] == [{"system": "crime"}]


def test_the_slowest_answers_are_told_and_failures_left_out(store, read):
    store.log([prediction(latency_ms=float(number), created_at=NOON) for number in range(1, 101)])
    store.log([failure(latency_ms=10_000.0, created_at=NOON)])
    (reading,) = read("latency_p95_ms")
    assert reading.value == pytest.approx(95.0, rel=0.05)
    assert reading.n == 100


def test_silence_lasts_since_the_last_request(store, read):
    store.log([prediction(created_at=NOON), prediction(created_at=NOON + timedelta(minutes=30))])
    (reading,) = read("silence_minutes")
    assert (reading.value, reading.since) == (30.0, NOON + timedelta(minutes=30))
    assert read("silence_minutes", timedelta(minutes=10)) == []


def judge(store, right, wrong, **changes):
    rows = [prediction(**changes) for _ in range(right + wrong)]
    store.log(rows)
    for number, row in enumerate(rows):
        store.add_outcome(row.id, "plastic" if number < right else "glass", source="page", actor="Ada")


def in_district(name):
    return ANSWER.model_copy(update={"groups": {"district": name}})


def test_accuracy_is_of_the_window_and_by_version_if_asked(store, read):
    judge(store, 3, 1, created_at=NOON, version="1")
    judge(store, 0, 2, created_at=NOON, version="2")
    (reading,) = read("accuracy")
    assert (reading.value, reading.n) == (0.5, 6)
    by_version = {reading.labels["version"]: reading.value for reading in read("accuracy", per=["version"])}
    assert by_version == {"1": 0.75, "2": 0.0}


def test_accuracy_is_measured_in_each_group_and_source(store, read):
    for district, label in (("North", "plastic"), ("North", "glass"), ("South", "glass")):
        answer = ANSWER.model_copy(update={"groups": {"district": district}})
        row = prediction(created_at=NOON, answer=answer)
        store.log([row])
        store.add_outcome(row.id, label, source="page", actor="local")
    readings = read("accuracy", per=["version", "group"])
    groups = {tuple(reading.labels.items())[2:]: (reading.value, reading.n) for reading in readings}
    assert groups == {
        (("district", "North"),): (0.5, 2),
        (("district", "South"),): (0.0, 1),
        (("answer", "plastic"),): (pytest.approx(1 / 3), 3),
        (("truth", "plastic"),): (1.0, 1),
        (("truth", "glass"),): (0.0, 2),
        (("judge", "page"),): (pytest.approx(1 / 3), 3),
        (("source", "api"),): (pytest.approx(1 / 3), 3),
    }


def test_the_accuracy_that_scores_promise_falls_with_them(store, read):
    for hours, score in ((5, 0.9), (0, 0.6)):
        answers = [ANSWER.model_copy(update={"score": score + step}) for step in (-0.05, 0.05)]
        store.log([prediction(created_at=NOON - hours * HOUR, answer=answer) for answer in answers * 50])
    (reading,) = read("expected_accuracy_fall", per=["version"])
    assert (reading.labels, reading.n) == ({"system": "waste", "version": "1"}, 100)
    half = 1.959964 * 0.05 * (2 / 100) ** 0.5  # both have a standard deviation of 0.05 among 100
    assert (reading.value, reading.low, reading.high) == pytest.approx((0.3, 0.3 - half, 0.3 + half))


def test_a_fall_is_against_what_the_version_reached_before(store, read):
    judge(store, 8, 2, created_at=NOON - 5 * HOUR)
    judge(store, 2, 3, created_at=NOON)
    (reading,) = read("accuracy_fall", per=["version"])
    assert reading.value == pytest.approx(0.4)
    assert reading.n == 5
    assert reading.low < 0 < reading.high  # so few cases prove nothing


def test_a_new_champion_is_held_against_the_versions_before_it_in_each_group(store, read):
    """Version 2 came within the window and is wrong in the North alone."""
    for version, district, right, wrong in (("1", "North", 9, 1), ("1", "South", 8, 2)):
        judge(store, right, wrong, created_at=NOON - 5 * HOUR, version=version, answer=in_district(district))
    judge(store, 1, 9, created_at=NOON, version="2", answer=in_district("North"))
    judge(store, 8, 2, created_at=NOON, version="2", answer=in_district("South"))
    judge(store, 0, 30, created_at=NOON, version="1+yard.1", answer=in_district("North"))  # of a site: left out
    falls = {
        (reading.labels["version"], reading.labels["district"]): (reading.value, reading.n)
        for reading in read("accuracy_fall", per=["version", "group"])
        if "district" in reading.labels
    }
    assert falls == {("2", "North"): (pytest.approx(0.8), 10), ("2", "South"): (pytest.approx(0.0), 10)}


def test_a_champion_with_the_longer_past_is_held_against_its_own(store, read):
    judge(store, 1, 1, created_at=NOON - 5 * HOUR, version="1")
    judge(store, 4, 0, created_at=NOON - 5 * HOUR, version="2")
    judge(store, 2, 2, created_at=NOON, version="2")
    (reading,) = read("accuracy_fall", per=["version"])
    assert (reading.labels["version"], reading.value, reading.n) == ("2", 0.5, 4)


def test_a_version_is_replaced_when_another_is_champion_and_it_answers_no_more(store):
    store.log([prediction(created_at=NOON, version="1"), prediction(created_at=NOON, version="2")])
    readings = LogReadings(store, ALIASES.get)
    assert not readings.is_replaced("waste", "1", NOON - HOUR)  # somebody asked it by its name
    assert readings.is_replaced("waste", "1", NOON + HOUR)
    assert not readings.is_replaced("waste", "2", NOON + HOUR)
    assert not readings.is_replaced("waste", "1+yard.1", NOON + HOUR)
    assert not LogReadings(store, lambda _: {}).is_replaced("waste", "1", NOON + HOUR)  # nobody is champion


def test_two_rules_of_one_evaluation_read_the_judged_answers_once(store):
    judge(store, 3, 1, created_at=NOON + HOUR / 2, version="1")
    asked = []

    class Counting:
        def __getattr__(self, name):
            return getattr(store, name)

        def judged_details(self, query, level):
            asked.append(query)
            return store.judged_details(query, level)

    readings = LogReadings(Counting(), ALIASES.get)
    for per in (["version"], ["version", "group"]):
        readings.read("accuracy_fall", HOUR, Scope((), tuple(per)), NOW)
    assert len(asked) == 2  # the window, and the weeks before it
    judge(store, 0, 4, created_at=NOON + HOUR / 2, version="1")
    (reading,) = readings.read("accuracy", HOUR, Scope(), NOW + timedelta(minutes=1))
    assert reading.n == 8


def test_the_interval_of_a_fall_is_that_of_newcombe():
    """Newcombe 1998, table II, method 10: 56/70 - 48/80 = 0.2, interval 0.0524 to 0.3339."""
    reading = _fall_reading({}, Share(56, 70), Share(48, 80))
    assert (reading.value, reading.low, reading.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_the_disk_is_this_machines_and_what_the_log_cannot_tell_has_no_reading(read):
    (reading,) = read("disk_free_share")
    assert 0 < reading.value <= 1
    assert read("budget_share") == []


def test_drift_is_the_effect_of_the_feature_that_moved_most(store, read):
    reference = reference_of([{"brightness": number / 1000} for number in range(1000)])
    store.references.keep("waste", "1", reference)
    for version, low in (("1", 0.5), ("2", 0.5)):
        values = [low + number / 400 for number in range(200)]
        rows = [ANSWER.model_copy(update={"features": {"brightness": value}}) for value in values]
        store.log([prediction(created_at=NOON, answer=answer, version=version) for answer in rows])
    (reading,) = read("drift", per=["version"])
    assert (reading.labels, reading.n) == ({"system": "waste", "version": "1"}, 200)
    assert reading.value == pytest.approx(0.25 / 0.2887, rel=0.05)  # the mean moves from 0.5 to 0.75


def test_what_does_not_drift_reads_zero(store, read):
    reference = reference_of([{"brightness": number / 1000} for number in range(1000)])
    store.references.keep("waste", "1", reference)
    rows = [ANSWER.model_copy(update={"features": {"brightness": number / 200}}) for number in range(200)]
    store.log([prediction(created_at=NOON, answer=answer) for answer in rows])
    assert [(reading.value, reading.n) for reading in read("drift")] == [(0.0, 200)]
