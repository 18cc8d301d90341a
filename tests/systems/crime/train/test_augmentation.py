"""Other spellings of offence texts."""

from __future__ import annotations

import numpy as np

from core.systems.crime.features.offence_text import normalise
from core.systems.crime.train.augmentation import SYNONYMS, add_typing_errors, vary_spelling


def test_disturbing_changes_about_the_share_asked_for_and_never_the_number_of_words_much():
    random = np.random.default_rng(0)
    words = "possession of stolen property"
    changed = [add_typing_errors(words, 0.1, random) for _ in range(200)]
    assert 0.5 < np.mean([text != words for text in changed]) <= 1
    assert add_typing_errors(words, 0.0, random) == words
    assert all(vary_spelling(words, random) for _ in range(200))


def spellings(text, count=5000):
    """The distinct words of many spellings of a text."""
    random = np.random.default_rng(0)
    return {word for _ in range(count) for word in vary_spelling(normalise(text), random).split()}


def test_an_abbreviation_with_a_slash_is_one_unit():
    assert SYNONYMS["firearm"] == ("f a", "gun")
    assert SYNONYMS["f a"] == ("firearm",)
    assert "firearm" in spellings("Robbery, F/A shown")


def test_the_article_is_no_firearm():
    assert "a" not in SYNONYMS
    assert "f" not in SYNONYMS
    assert "firearm" not in spellings("Robbery with a knife")
