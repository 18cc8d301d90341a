"""What is counted beside how many and how fast: answers by value and group, features by bin, and what was judged."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from core.contract import PREDICTION_SET, Alternative, Answer
from core.monitoring.drift import count_features, reference_of
from core.store import Query
from core.store.rollups import from_rows, reading
from core.store.rollups.counts import added
from core.store.rollups.levels import DAY, HOUR
from tests.store.conftest import failure, prediction

DAWN = datetime(2026, 11, 10, tzinfo=UTC)
PERIOD = Query(since=DAWN, until=DAWN + timedelta(days=2))


def answered(hours: float, value: str = "glass", score: float = 0.8, **changes):
    listed = {"glass": 0.2, "metal": 0.1, value: score}
    alternatives = tuple(Alternative(value=name, score=each) for name, each in listed.items())
    parts = {name: changes.pop(name) for name in ("features", "groups", "details") if name in changes}
    abstained = changes.pop("abstained", False)
    answer = Answer(value=value, score=score, abstained=abstained, alternatives=alternatives, **parts)
    return prediction(created_at=DAWN + timedelta(hours=hours), answer=answer, **changes)


def summed(steps) -> dict:
    total: dict = {}
    for step in steps:
        total = added(total, step.details)
    return total


def test_answers_are_counted_by_value_group_and_site_and_failures_by_kind(store):
    store.log(
        [
            answered(1, groups={"district": "North"}),
            answered(2, "metal", 0.5, groups={"district": "North"}, site="Yard 3"),
            answered(30, score=0.9, abstained=True, groups={"district": "South"}),
            failure(created_at=DAWN + timedelta(hours=3)),
        ]
    )
    for level in (HOUR, DAY):
        total = summed(store.answer_details(PERIOD, level))
        assert total["values"] == {"glass": 2, "metal": 1}
        assert total["errors"] == {"unreadable_photo": 1}
        assert total["scores"] == pytest.approx([3, 2.2, 0.16 + 0.25 + 0.09])
        assert total["groups"] == {
            "district": {
                "North": pytest.approx([2, 1, 2, 1.3, 0.41]),
                "South": pytest.approx([1, 1, 1, 0.9, 0.09]),
            },
            "site": {"Yard 3": pytest.approx([1, 1, 1, 0.5, 0.25])},
        }
    days = {step.start: step.details["values"] for step in store.answer_details(PERIOD, DAY)}
    assert list(days.values()) == [{"glass": 1, "metal": 1}, {"glass": 1}]


def test_features_are_counted_by_the_bins_of_the_versions_reference(store):
    rows = [answered(hours, features={"x": value}) for hours, value in ((1, 0.2), (1.5, 0.5), (2, 0.9), (25, 0.1))]
    store.log([*rows, answered(1), answered(1, features={"x": 0.9}, version="2")])
    reference = reference_of([{"x": value} for value in (0.1, 0.1, 0.2, 0.5, 0.8)])
    assert store.references.keep("waste", "1", reference)
    (fingerprint,) = [binning.fingerprint for binning in store.references.of("waste").values()]
    given = [row.answer.features for row in rows]
    for _ in range(2):
        total = summed(store.answer_details(PERIOD, DAY))
        assert total["features"] == count_features(reference, [*given, {}])
        assert total["reference"] == {fingerprint: 5}
        store.counts.forget()


def test_a_reference_that_changes_nothing_is_told_from_one_that_does(store):
    one = reference_of([{"x": 0.1}, {"x": 0.9}])
    assert not store.references.keep("waste", "1", one)  # nobody has asked this version yet
    store.log([answered(1, features={"x": 0.1})])
    assert not store.references.keep("waste", "1", one)
    assert store.references.keep("waste", "1", reference_of([{"x": 0.5}, {"x": 0.9}]))
    assert store.references.of("toy") == {}


def test_what_was_judged_is_counted_by_its_latest_outcome(store):
    sure, unsure = answered(1, groups={"district": "North"}), answered(2, "metal", 0.55, site="Yard 3")
    sets = answered(3, score=1.0, details={PREDICTION_SET: ["glass", "paper"]})
    store.log([sure, unsure, sets, answered(4)])
    for row, label in ((sure, "metal"), (sure, "glass"), (unsure, "glass"), (sets, "paper")):
        store.add_outcome(row.id, label, source="page", actor="local")
    for level in (HOUR, DAY):
        total = summed(store.judged_details(PERIOD, level))
        assert (total["n"], total["correct"]) == (3, 1)
        assert [bins[:2] for bins in total["bins"]] == [[0, 0]] * 5 + [[1, 0], [0, 0], [1, 1], [0, 0], [1, 0]]
        assert [bins[2] for bins in total["bins"]] == pytest.approx([0] * 5 + [0.55, 0, 0.8, 0, 1.0])
        assert total["pairs"] == {"glass": {"glass": 1, "metal": 1}, "paper": {"glass": 1}}
        losses = [-math.log(0.8), -math.log(0.2), -math.log(from_rows.MIN_PROBABILITY)]  # paper was not listed
        assert total["log_loss"] == pytest.approx([3, sum(losses), sum(loss**2 for loss in losses)])
        assert total["sets"] == [1, 1]
        assert total["groups"]["district"] == {"North": [1, 1, 0.8]}
        assert total["groups"]["site"] == {"Yard 3": [1, 0, 0.55]}
        assert total["groups"]["truth"] == {"glass": pytest.approx([2, 1, 1.35]), "paper": [1, 0, 1.0]}
        assert total["groups"]["answer"] == {"glass": pytest.approx([2, 1, 1.8]), "metal": [1, 0, 0.55]}
        assert total["groups"]["judge"] == {"page": pytest.approx([3, 1, 2.35])}


def test_late_feedback_and_its_withdrawal_change_what_was_counted(store):
    row = answered(1)
    store.log([row])
    assert store.judged_details(PERIOD, DAY) == []
    outcome = store.add_outcome(row.id, "glass", source="page", actor="local")
    assert summed(store.judged_details(PERIOD, DAY))["correct"] == 1
    store.add_outcome(row.id, "metal", source="page", actor="local")
    assert summed(store.judged_details(PERIOD, DAY))["correct"] == 0
    store.withdraw_outcome(outcome["id"])
    assert summed(store.judged_details(PERIOD, DAY))["n"] == 1


def test_open_hours_are_counted_at_once_where_they_are_few(store, monkeypatch):
    now = datetime.now(UTC)
    row = prediction(created_at=now, answer=Answer(value="glass", score=0.9))
    store.log([row, prediction(created_at=now, answer=Answer(value="metal", score=0.9))])
    store.add_outcome(row.id, "glass", source="page", actor="local")
    query = Query(system="waste", since=now - timedelta(hours=1))
    assert summed(store.answer_details(query, HOUR))["values"] == {"glass": 1, "metal": 1}
    assert summed(store.judged_details(query, HOUR))["correct"] == 1
    monkeypatch.setattr(reading, "MAX_RECENT", 1)
    assert store.answer_details(query, HOUR) == []


def test_more_values_than_are_counted_apart_are_counted_together(store, monkeypatch):
    monkeypatch.setattr(from_rows, "MAX_VALUES", 2)
    store.log([answered(1, value, groups={"district": value}) for value in ("a", "b", "c", "a", "d")])
    total = summed(store.answer_details(PERIOD, DAY))
    assert total["values"] == {"a": 2, "b": 1, "": 2}
    assert {group: numbers[0] for group, numbers in total["groups"]["district"].items()} == {"a": 2, "b": 1, "": 2}
