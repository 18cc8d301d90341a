"""Overload is callers who give up or come faster than answers leave, never callers who wait for each answer."""

from __future__ import annotations

from core.api.load.overload import Overload
from core.api.load.service_times import MAX_KINDS, ServiceTimes


class Moments:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def passing(overload, clock, seconds, arrivals, answers):
    for _ in range(seconds):
        for _ in range(arrivals):
            overload.arrived(must_wait=True)
        for _ in range(answers):
            overload.answered()
        clock.now += 1.0
        overload.arrived(must_wait=True)


def test_as_many_arrivals_as_answers_are_no_overload_however_many_wait():
    clock = Moments()
    overload = Overload(clock)
    passing(overload, clock, 10, arrivals=50, answers=50)
    assert not overload.present


def test_many_more_arrivals_than_answers_are_overload_which_ends_after_them():
    clock = Moments()
    overload = Overload(clock)
    passing(overload, clock, 3, arrivals=500, answers=50)
    assert overload.present
    passing(overload, clock, 10, arrivals=40, answers=40)
    assert not overload.present


def test_a_crowd_that_begins_at_once_and_then_waits_for_its_answers_is_no_overload():
    clock = Moments()
    overload = Overload(clock)
    passing(overload, clock, 1, arrivals=200, answers=50)
    passing(overload, clock, 10, arrivals=50, answers=50)
    assert not overload.present


def test_a_handful_of_long_requests_is_no_overload():
    clock = Moments()
    overload = Overload(clock)
    passing(overload, clock, 10, arrivals=10, answers=0)
    assert not overload.present


def test_a_caller_who_gives_up_is_overload_for_some_seconds():
    clock = Moments()
    overload = Overload(clock)
    overload.given_up()
    assert overload.present
    clock.now = 6.0
    assert not overload.present


def test_times_are_kept_by_kind_and_a_long_one_counts_as_its_place_was_held():
    times = ServiceTimes(longest=0.5)
    times.add("photo", 0.1)
    times.add("forecast", 10.0)
    assert times.expected("photo") == 0.1
    assert times.expected("forecast") == 0.5
    assert times.fastest("forecast") == 10.0
    assert times.fastest("unheard of") == 0.0


def test_paths_made_up_by_strangers_make_no_endless_table():
    times = ServiceTimes(longest=0.5)
    for index in range(2 * MAX_KINDS):
        times.add(f"/made-up-{index}", 0.1)
    assert len(times._means) == MAX_KINDS
