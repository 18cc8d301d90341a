"""The life of an alert: by worked examples, and by properties over any course of readings."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.states import Verdict, advance, first_state, verdict
from tests.support.alerts.fakes import MINUTE, NOON, reading, rule

CALLS, BETWEEN, BACK, FEW, NOTHING = reading(0.06), reading(0.03), reading(0.01), reading(0.9, n=19), None


def course(readings, chosen=None, muted=(), every=MINUTE, replaced=()):
    """(stage, kind of event or None) after each reading, `every` apart; muted, replaced: numbers of readings."""
    chosen = chosen or rule()
    state, steps, episodes = first_state(chosen, {"system": "waste"}, NOON), [], count()
    for number, latest in enumerate(readings):
        state, events = advance(
            state,
            chosen,
            latest,
            NOON + number * every,
            muted=number in muted,
            new_episode=lambda: f"e{next(episodes)}",
            replaced=number in replaced,
        )
        assert len(events) <= 1
        steps.append((state.stage, *((event.kind, event.tells) for event in events)))
    return steps


def test_an_alert_is_pending_then_fires_then_is_resolved():
    readings = [CALLS, CALLS, CALLS, BETWEEN, BACK, BACK, BACK, BACK, BACK, BACK, BACK]
    assert course(readings) == [
        ("pending",),
        ("pending",),
        ("firing", ("firing", True)),  # 2 minutes
        ("firing",),
        *[("firing",)] * 5,
        ("resolved", ("resolved", True)),  # 5 minutes
        ("resolved",),
    ]


def test_an_alert_that_need_not_wait_fires_and_ends_at_once():
    assert course([CALLS, BACK, CALLS], rule(pending_for="0s", keep_firing_for="0s")) == [
        ("firing", ("firing", True)),
        ("resolved", ("resolved", True)),
        ("firing", ("firing", True)),
    ]


def test_a_good_reading_or_too_few_cases_end_the_wait():
    assert course([CALLS, BACK, CALLS, FEW, CALLS, NOTHING, CALLS, BETWEEN, CALLS])[-1] == ("firing", ("firing", True))
    assert [stage for stage, *_ in course([CALLS, BACK, CALLS, FEW, CALLS, NOTHING])] == ["pending", "inactive"] * 3


def test_too_few_cases_never_begin_an_alert():
    assert {stage for stage, *_ in course([FEW, NOTHING] * 10)} == {"inactive"}


def test_a_bad_reading_among_good_ones_begins_the_wait_for_the_end_anew():
    stages = [stage for stage, *_ in course([CALLS] * 3 + [BACK] * 4 + [BETWEEN] + [BACK] * 5 + [BACK])]
    assert stages[-2:] == ["firing", "resolved"]


def test_without_data_an_alert_goes_on_or_ends_as_its_rule_says():
    silence = [CALLS] * 3 + [NOTHING] * 30
    assert course(silence)[-1] == ("firing",)
    assert course(silence, rule(no_data="resolve"))[8] == ("resolved", ("resolved", True))
    kept = course(silence, rule(no_data_limit="10m"))
    assert kept[11] == ("firing",)  # its last reading was that of minute 2
    assert kept[12] == ("resolved", ("resolved", True))


def test_a_muted_alert_changes_its_state_and_tells_nobody():
    readings = [CALLS] * 3 + [BACK] * 6
    steps = course(readings, muted=range(20))
    assert steps[2] == ("firing", ("firing", False))
    assert steps[-1] == ("resolved", ("resolved", False))


def test_an_alert_that_still_fires_when_its_mute_ends_is_told_once():
    steps = course([CALLS] * 10, muted=range(5))
    assert [step for step in steps if len(step) > 1] == [("firing", ("firing", False)), ("firing", ("firing", True))]
    assert steps[5] == ("firing", ("firing", True))


def test_an_alert_that_ended_before_its_mute_did_is_never_told():
    steps = course([CALLS] * 3 + [BACK] * 8, muted=range(5))[6:]
    assert [event for step in steps for event in step[1:]] == [("resolved", True)]  # told at minute 5, when it fired
    steps = course([CALLS] * 3 + [BACK] * 8, muted=range(9))
    assert [tells for step in steps for _, tells in step[1:]] == [False, False]


def test_a_rule_that_is_switched_off_ends_its_alert():
    state, _ = advance(
        first_state(rule(pending_for="0s"), {}, NOON),
        rule(pending_for="0s"),
        CALLS,
        NOON,
        muted=False,
        new_episode=lambda: "e1",
    )
    ended, (event,) = advance(state, rule(enabled=False), CALLS, NOON, muted=False, new_episode=lambda: "e2")
    assert (ended.stage, event.reason, event.tells, event.state.episode) == ("resolved", "switched off", True, "e1")


def test_an_alert_of_a_version_that_another_replaced_ends_at_once_and_comes_back_with_the_version():
    steps = course([CALLS] * 9, replaced=range(3, 6))
    assert steps[2:4] == [("firing", ("firing", True)), ("resolved", ("resolved", True))]
    assert [stage for stage, *_ in steps[4:8]] == ["resolved", "resolved", "pending", "pending"]
    assert steps[8] == ("firing", ("firing", True))
    assert [stage for stage, *_ in course([CALLS] * 3, replaced=[1])] == ["pending", "inactive", "pending"]


def test_the_end_of_a_replaced_version_is_told_with_its_reason():
    chosen = rule(pending_for="0s")
    start = first_state(chosen, {"system": "waste", "version": "2"}, NOON)
    state, _ = advance(start, chosen, CALLS, NOON, muted=False, new_episode=lambda: "e1")
    _, (event,) = advance(state, chosen, CALLS, NOON, muted=False, new_episode=lambda: "e2", replaced=True)
    assert (event.kind, event.reason, event.tells) == ("resolved", "no longer served", True)


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (0.08, 0.06, 0.1, Verdict.CALLS),
        (0.08, 0.04, 0.12, Verdict.BETWEEN),
        (0.02, 0.0, 0.3, Verdict.BACK),
        (0.05, 0.05, 0.05, Verdict.BETWEEN),
    ],
)
def test_where_certainty_is_wanted_the_whole_interval_must_be_past_the_threshold(value, low, high, expected):
    assert verdict(rule(certain=True), reading(value, low=low, high=high)) is expected


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (0.05, 0.04, 0.06, Verdict.CALLS),
        (0.05, 0.04, 0.11, Verdict.BETWEEN),
        (0.15, 0.15, 0.15, Verdict.BACK),
        (0.12, 0.12, 0.12, Verdict.BETWEEN),
    ],
)
def test_a_rule_may_look_for_what_falls_below(value, low, high, expected):
    falling = rule(direction="below", threshold_on=0.1, threshold_off=0.15, certain=True)
    assert verdict(falling, reading(value, low=low, high=high)) is expected


READINGS = st.one_of(st.none(), st.builds(reading, st.floats(0, 0.1), st.sampled_from([5, 100])))


@given(st.lists(st.floats(0.02, 0.05, exclude_min=True), max_size=60), st.booleans())
def test_readings_that_jitter_between_the_thresholds_cause_no_event(values, firing):
    begin = [CALLS] * 3 if firing else []
    steps = course([*begin, *map(reading, values)])
    assert [event for step in steps[len(begin) :] for event in step[1:]] == []


@given(st.lists(st.floats(0.02, 0.2, exclude_min=True), max_size=60))
def test_readings_that_jitter_about_the_upper_threshold_cause_at_most_one_event(values):
    steps = course(list(map(reading, values)), rule(pending_for="0s", keep_firing_for="0s"))
    assert sum(len(step) - 1 for step in steps) <= 1


@given(st.lists(READINGS, max_size=80), st.sets(st.integers(0, 80)), st.sampled_from(["keep", "resolve"]))
def test_over_any_course_alerts_begin_and_end_in_turn_and_never_sooner_than_the_rule_says(readings, muted, no_data):
    chosen = rule(no_data=no_data)
    steps = course(readings, chosen, muted)
    changes = [(number, step[0]) for number, step in enumerate(steps) if number == 0 or step[0] != steps[number - 1][0]]
    for number, stage in changes:
        waited = steps[max(0, number - 2) : number]
        if stage == "firing":
            assert [step[0] for step in waited] == ["pending", "pending"]  # 2 minutes
            assert verdict(chosen, readings[number]) is Verdict.CALLS
        if stage == "resolved":
            good = {Verdict.BACK} | ({Verdict.UNKNOWN} if no_data == "resolve" else set())
            assert {verdict(chosen, latest) for latest in readings[number - 5 : number + 1]} <= good  # 5 minutes


@given(st.lists(READINGS, max_size=80), st.sets(st.integers(0, 80)))
def test_over_any_course_no_alert_waits_or_fires_while_its_version_is_replaced(readings, replaced):
    steps = course(readings, replaced=replaced)
    assert {steps[number][0] for number in replaced if number < len(steps)} <= {"inactive", "resolved"}


@given(st.lists(READINGS, max_size=80), st.sets(st.integers(0, 80)), st.sets(st.integers(0, 80)))
def test_over_any_course_whoever_is_told_of_an_end_was_told_of_its_beginning_once(readings, muted, replaced):
    steps = course(readings, muted=muted, replaced=replaced)
    told = [kind for step in steps for kind, tells in step[1:] if tells]
    for before, after in zip(["resolved", *told], told, strict=False):
        assert after == "firing" or before == "firing"


def test_half_an_hour_of_waiting_is_measured_by_time_and_not_by_the_number_of_evaluations():
    assert [stage for stage, *_ in course([CALLS, CALLS], every=timedelta(hours=1))] == ["pending", "firing"]
