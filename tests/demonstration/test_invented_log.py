"""The invented log: the same answers for the same end, made anew after a day, and alerts that its rules give it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.demonstration import invented_log
from core.demonstration.invented_answers import InventedAnswers
from core.demonstration.invented_systems import SPAN, SYSTEMS
from core.store import DAY, Query

UNTIL = datetime(2026, 3, 31, 12, tzinfo=UTC)
WASTE, CRIME, FLOOD = SYSTEMS


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[invented_log.InventedLog]:
    """The whole log, which takes some seconds."""
    yield invented_log.opened(tmp_path_factory.mktemp("invented"))
    invented_log.close()


def test_the_same_end_gives_the_same_answers_oldest_first_within_the_span() -> None:
    few = replace(CRIME, requests=200)
    first, second = (list(InventedAnswers(few, UNTIL).requests()) for _ in range(2))
    assert first == second
    times = [prediction.created_at for prediction, _outcome in first]
    assert times == sorted(times)
    assert times[0] > UNTIL - SPAN
    assert times[-1] < UNTIL
    assert len({prediction.id for prediction, _outcome in first}) == 200


def test_the_district_that_fell_is_right_less_often_at_unchanged_scores() -> None:
    right: dict[tuple[bool, bool], list[bool]] = {}
    scores: dict[tuple[bool, bool], list[float]] = {}
    assert CRIME.fall is not None
    for prediction, outcome in InventedAnswers(CRIME, UNTIL).requests():
        if prediction.answer is None or outcome is None:
            continue
        is_late = prediction.created_at >= UNTIL - CRIME.fall.lasting
        key = prediction.answer.groups["district"] == CRIME.fall.group, is_late
        right.setdefault(key, []).append(outcome["correct"])
        scores.setdefault(key, []).append(prediction.answer.score)
    accuracy = {key: sum(values) / len(values) for key, values in right.items()}
    promised = {key: sum(values) / len(values) for key, values in scores.items()}
    assert accuracy[True, True] < 0.6 < 0.75 < min(accuracy[True, False], accuracy[False, True])
    assert abs(promised[True, True] - promised[True, False]) < 0.03


def test_its_rules_fire_for_the_fall_and_the_drift_and_the_outage_is_over(log: invented_log.InventedLog) -> None:
    states = {
        (row["rule"], row["labels"].get("district", "")): row
        for row in log.store.alerts.states()
        if row["state"] != "inactive"
    }
    assert states["accuracy_fell_in_a_group", "BAYVIEW"]["state"] == "firing"
    assert states["inputs_drifted", ""]["state"] == "firing"
    assert states["requests_fail", ""]["state"] == "resolved"
    acknowledged = log.store.alerts.decisions.acknowledgements([str(row["episode"]) for row in states.values()])
    assert {row["actor"] for row in acknowledged.values()} == {"Ada Osei"}
    assert [mute["rule"] for mute in log.store.alerts.decisions.mutes(log.until)] == ["inputs_drifted"]
    assert log.store.alerts.outbox.next_due() is None  # nobody is told


def test_it_holds_about_20_000_answers_of_three_systems_with_a_new_version(log: invented_log.InventedLog) -> None:
    assert 18_000 < log.store.count(Query()) < 22_000
    assert log.store.distinct("version", Query(system="waste")) == ["1.0.0", "1.1.0"]
    judged = sum(step.details["n"] for step in log.store.judged_details(Query(), DAY))
    assert 0.1 < judged / 20_000 < 0.3


def test_it_is_kept_for_a_day_and_then_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invented_log, "SYSTEMS", (replace(FLOOD, requests=30),))
    first = invented_log.opened(tmp_path)
    assert invented_log.opened(tmp_path) is first
    invented_log.close()
    again = invented_log.opened(tmp_path)  # as another process
    assert again.until == first.until
    monkeypatch.setattr(invented_log, "MAX_AGE", timedelta(seconds=-1))
    newer = invented_log.opened(tmp_path)
    assert newer.until >= first.until
    assert len(list(tmp_path.glob("invented-*.db"))) == 1


def test_a_log_that_is_half_made_is_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invented_log, "SYSTEMS", (replace(FLOOD, requests=30),))

    def stopped(share: float) -> None:
        raise RuntimeError("the process ends")

    with pytest.raises(RuntimeError):
        invented_log.opened(tmp_path, stopped)
    assert invented_log.opened(tmp_path).store.count(Query()) == 30
