"""The rules of what needs attention."""

from __future__ import annotations

from core.inference import SystemCard
from pages.parts.monitoring.attention import Counts, notices

CARD = SystemCard("toy", "Toy", "What?", (), "1", {})
QUIET = Counts(n=100, failed=1, unsure=5, judged=30, correct=29)


def said(day: Counts = QUIET, month: Counts = QUIET, not_ready: str | None = None, card: SystemCard = CARD):
    return [(notice.level, notice.sentence) for notice in notices(card, day, month, not_ready)]


def test_a_quiet_day_says_nothing():
    assert said() == []


def test_a_first_day_says_nothing():
    assert said(Counts(), Counts()) == []


def test_no_version_in_service_is_a_problem_and_all_there_is_to_say():
    without = SystemCard("toy", "Toy", "What?", (), None, {})
    ((level, sentence),) = said(card=without, not_ready="Loading.")
    assert level == "problem"
    assert "no version in service" in sentence


def test_a_process_that_is_not_ready_says_why():
    assert said(not_ready="The models are still being loaded.") == [("warning", "The models are still being loaded.")]


def test_many_failures_are_a_problem():
    ((level, sentence),) = said(Counts(n=100, failed=6))
    assert level == "problem"
    assert "n = 100" in sentence


def test_few_cases_are_no_alert():
    assert said(Counts(n=19, failed=19), Counts(judged=19, correct=0)) == []


def test_many_doubts_are_a_warning():
    assert [level for level, _ in said(Counts(n=100, unsure=41))] == ["warning"]


def test_poor_accuracy_is_a_warning_only_when_chance_is_ruled_out():
    assert said(month=Counts(n=100, judged=20, correct=15)) == []  # 75 %, but the interval reaches 89 %
    assert len(said(month=Counts(n=100, judged=20, correct=10))) == 1  # 50 %, up to 70 %


def test_counts_of_a_system_without_rows_are_zero():
    row = {"system": "toy", "n": 3, "failed": 1, "not_sure": 1, "judged": 1, "correct": 1, "latest": None}
    assert Counts.of([row], "toy") == Counts(3, 1, 1, 1, 1)
    assert Counts.of([row], "other") == Counts()


def test_a_system_that_is_often_unsure_raises_no_alarm_for_it():
    often = SystemCard("toy", "Toy", "What?", (), "1", {}, often_unsure=True)
    doubtful = Counts(n=100, unsure=95, judged=60, correct=20)
    assert said(doubtful, doubtful, card=often) == []
    assert len(said(doubtful, doubtful)) == 2
