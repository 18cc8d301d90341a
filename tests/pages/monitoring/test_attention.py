"""The rules of what needs attention, and what they could not look at."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.inference import SystemCard
from core.monitoring import Share
from pages.parts.monitoring import attention
from pages.parts.monitoring.attention import Cases, Counts

QUIET = Counts(n=100, failed=1, unsure=5, judged=30, correct=29)


def card(often_unsure: bool = False, champion: str | None = "1", **metadata) -> SystemCard:
    return SystemCard("toy", "Toy", "What?", (), champion, metadata, often_unsure)


CARD = card()
CHECKED = {"later months": {"accuracy": 0.34, "n": 900}, "texts never seen": {"accuracy": 0.82, "n": 90}}


def review(day: Counts = QUIET, month: Counts = QUIET, not_ready: str | None = None, of: SystemCard = CARD):
    return attention.review(of, day, month, not_ready)


def said(*arguments, **named) -> list[tuple[str, str]]:
    return [(notice.level, notice.sentence) for notice in review(*arguments, **named).notices]


def test_a_quiet_day_says_nothing():
    assert said() == []
    assert review().unknown == []


def test_a_first_day_says_nothing():
    assert said(Counts(), Counts()) == []
    assert review(Counts(), Counts()).unknown == []


def test_no_version_in_service_is_a_problem():
    ((level, sentence),) = said(of=card(champion=None), not_ready="Loading.")
    assert level == "problem"
    assert "no version in service" in sentence


def test_a_process_that_is_not_ready_says_why():
    assert said(not_ready="The models are still being loaded.") == [("warning", "The models are still being loaded.")]


def test_many_failures_are_a_problem_with_the_way_to_them():
    (notice,) = review(Counts(n=100, failed=6)).notices
    assert notice.level == "problem"
    assert "n = 100" in notice.sentence.replace("\N{NO-BREAK SPACE}", " ")
    assert notice.cases == Cases("toy", "Failed", timedelta(days=1))


def test_few_cases_are_no_alert_but_said_to_be_unknown():
    few = review(Counts(n=19, failed=19), Counts(n=30, judged=19, correct=0))
    assert few.notices == []
    assert few.unknown == ["Toy: 0 of 19 judged answers right"]
    assert review(month=Counts(n=30)).unknown == ["Toy: no answer judged"]


def test_many_doubts_are_a_warning():
    assert [level for level, _ in said(Counts(n=100, unsure=41))] == ["warning"]


def test_poor_accuracy_is_a_warning_only_when_chance_is_ruled_out():
    assert said(month=Counts(n=100, judged=20, correct=15)) == []  # 75 %, but the interval reaches 89 %
    assert len(said(month=Counts(n=100, judged=20, correct=10))) == 1  # 50 %, up to 70 %


def test_a_system_that_is_often_unsure_raises_no_alarm_for_that():
    doubtful = Counts(n=100, unsure=95, judged=60, correct=20)
    assert said(doubtful, doubtful, of=card(often_unsure=True, checked=CHECKED)) == []


@pytest.mark.parametrize("metadata", [{}, {"checked": CHECKED}])
def test_a_system_that_is_often_unsure_is_looked_at_for_its_accuracy(metadata):
    poor = Counts(n=9000, unsure=8000, judged=203, correct=4)
    (notice,) = review(poor, poor, of=card(often_unsure=True, **metadata)).notices
    assert "2 % (n = 203" in notice.sentence.replace("\N{NO-BREAK SPACE}", " ")
    assert notice.cases == Cases("toy", "Wrong", timedelta(days=30))


def test_a_version_is_held_to_what_it_reached_when_it_was_checked():
    third = Counts(n=300, judged=200, correct=66)
    assert said(third, third, of=card(checked=CHECKED)) == []  # 34 % was the lowest of its checks
    assert len(said(third, third, of=card(checked={"a set": {"accuracy": 0.7}}))) == 1
    assert len(said(third, third, of=card(checked={"floods: extents": {"accuracy": 0.2}}))) == 1  # another figure


def test_counts_of_a_system_without_rows_are_zero():
    row = {"system": "toy", "n": 3, "failed": 1, "not_sure": 1, "judged": 1, "correct": 1, "latest": None}
    assert Counts.of([row], "toy") == Counts(3, 1, 1, 1, 1)
    assert Counts.of([row], "other") == Counts()


@pytest.mark.parametrize(
    ("share", "text"),
    [(Share(0, 0), "–"), (Share(3, 4), "3 of 4"), (Share(19, 19), "19 of 19"), (Share(10, 20), "50 %")],
)
def test_few_cases_are_shown_as_cases(share, text):
    assert attention.share_text(share).replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_site_whose_inputs_are_unlike_all_that_was_checked_is_told():
    unlike = {"north yard": Share(30, 60), "south yard": Share(3, 60), None: Share(5, 8)}
    ((notice),) = attention.review(CARD, QUIET, QUIET, None, unlike).notices
    sentence = notice.sentence.replace("\N{NO-BREAK SPACE}", " ")
    assert notice.level == "warning"
    assert sentence.startswith("Toy: 50 % (n = 60")
    assert "inputs at north yard are unlike all that its version was checked on; about 5 % are expected" in sentence
