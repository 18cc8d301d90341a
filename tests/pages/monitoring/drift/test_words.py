"""What is said of a feature's drift, in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.monitoring.drift import DriftVerdict, FeatureDrift
from pages.parts.monitoring.drift import words

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def judged(verdict: DriftVerdict = DriftVerdict.DRIFTS, is_number: bool = True, **fields) -> FeatureDrift:
    return FeatureDrift(
        "brightness", fields.pop("n", 200), fields.pop("reference_n", 900), verdict, is_number, **fields
    )


def spaced(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("feature", "name"),
    [
        ("text_length", "Text length"),
        ("relief_m", "Relief [m]"),
        ("area_km2", "Area [km²]"),
        ("rain_peak_mm_per_h", "Rain peak [mm/h]"),
        ("predicted class", "Answers"),
        ("unlike_checked", "Unlike what was checked"),
    ],
)
def test_features_are_named_as_people_would(feature, name):
    assert words.feature_name(feature) == name


def test_a_verdict_says_what_is_lacking():
    assert words.verdict(judged()) == "moved"
    assert words.verdict(judged(DriftVerdict.HOLDS)) == "holds"
    assert words.verdict(judged(DriftVerdict.NOT_ENOUGH_DATA, n=24)) == "not enough data: 24 of 50"
    few = judged(DriftVerdict.NOT_ENOUGH_DATA, reference_n=30)
    assert words.verdict(few) == "not enough data: 30 of 50 in the reference"


@pytest.mark.parametrize(
    ("p_value", "text"),
    [(None, "–"), (0.9, "in most"), (0.25, "in 1 of 4"), (0.0045, "in 1 of 220"), (0.0005, "in 1 of 1 000 or fewer")],
)
def test_evidence_is_how_often_chance_alone_does_as_much(p_value, text):
    assert spaced(words.evidence(p_value)) == text


def test_the_change_of_a_number_has_a_direction_unless_its_mean_stayed():
    assert words.change(judged(effect=0.8, shift=0.7)) == "higher"
    assert words.change(judged(effect=0.8, shift=-0.8)) == "lower"
    assert words.change(judged(effect=0.8, shift=0.1)) == "spread otherwise"
    assert words.change(judged(effect=0.3, shift=0.0, rose=(("missing", 0.3),))) == "more often missing"
    assert words.change(judged(effect=0.3, shift=0.0, fell=(("missing", -0.3),))) == "less often missing"


def test_the_change_of_a_category_names_what_rose_and_what_fell():
    moved = judged(is_number=False, effect=0.2, rose=(("metal", 0.2),), fell=(("glass", -0.2),))
    assert words.change(moved) == "more metal, fewer glass"
    assert words.change(judged(DriftVerdict.HOLDS, rose=(("metal", 0.01),))) == ""


def test_a_change_that_began_with_the_period_may_be_older():
    assert words.since(None, 0, DAY) == ""
    assert words.since(86_400, 86_400, DAY) == "all of the period"
    assert words.since(86_400, 0, DAY) == "1970-01-02"
    assert words.since(7_200, 0, HOUR) == "1970-01-01 02:00"


def test_a_large_effect_of_few_answers_is_no_evidence_and_no_all_clear():
    text = words.conclusion(judged(DriftVerdict.HOLDS, effect=0.2, adjusted_p_value=0.3), "")
    assert text.startswith("No evidence of a change")
    assert "in 1 of 3" in text


def test_a_conclusion_gives_effect_floor_shift_and_basis():
    moved = judged(effect=0.83, shift=0.71, shift_interval=(0.65, 0.77), adjusted_p_value=0.001)
    text = spaced(words.conclusion(moved, "2026-11-14"))
    assert text.startswith("Moved since 2026-11-14: 0.83 SD, higher. The mean moved by 0.71 SD (0.65 to 0.77).")
    assert "It matters from 0.1 SD on." in text
    assert "200 answers against 900 of the reference" in text
    assert "at most 1 of 50 counts" in text
