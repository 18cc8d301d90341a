"""Figures and times in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.monitoring import Share
from pages.parts.shared import words


def spaced(text: str) -> str:
    """With ordinary spaces, so that the tests can be read."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("share", "said"),
    [(None, "–"), (0.0, "0 %"), (0.002, "< 1 %"), (0.974, "97 %"), (0.999, "> 99 %"), (1.0, "100 %")],
)
def test_a_percentage_never_rounds_to_certainty(share, said):
    assert spaced(words.percent(share)) == said


def test_a_share_says_what_it_rests_on():
    assert spaced(words.with_interval(Share(22, 24))) == "92 % (n = 24, 74 to 98 %)"
    assert spaced(words.with_interval(Share(5000, 5000))) == "100 % (n = 5 000, > 99 to 100 %)"
    assert words.with_interval(Share(0, 0)) == "–"


@pytest.mark.parametrize(
    ("score", "abstained", "said"),
    [
        (0.97, False, "sure (97 %)"),
        (0.78, False, "likely (78 %)"),
        (0.41, False, "not sure: have a person look (41 %)"),
        (0.97, True, "not sure: have a person look (97 %)"),
    ],
)
def test_how_sure_is_a_word_and_a_number(score, abstained, said):
    assert spaced(words.sure(score, abstained)) == said


def test_thousands_are_grouped():
    assert spaced(words.number(1234567)) == "1 234 567"
    assert spaced(words.counted(1, "photo")) == "1 photo"
    assert spaced(words.counted(3, "photo")) == "3 photos"


@pytest.mark.parametrize(("value", "said"), [(None, "–"), (3.21, "3.2 ms"), (45.6, "46 ms"), (1400, "1.4 s")])
def test_a_time_to_answer_has_the_unit_that_fits(value, said):
    assert spaced(words.milliseconds(value)) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "estimating the time left"), (1, "almost done"), (42, "about 42 s left"), (300, "about 5 min left")],
)
def test_the_time_left(seconds, said):
    assert words.time_left(seconds) == said


def test_how_long_ago():
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    ago = [words.ago(now - timedelta(seconds=seconds), now) for seconds in (5, 60, 7200, 259200)]
    assert [spaced(said) for said in ago] == ["just now", "1 minute ago", "2 hours ago", "3 days ago"]


def test_markdown_in_a_name_stays_text():
    assert words.plain("**bold** [x](http://e) <b>\n:smile:") == r"\*\*bold\*\* \[x\]\(http\://e\) \<b\> \:smile\:"
