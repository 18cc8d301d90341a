"""Offence texts as hashed n-grams and their weights."""

from __future__ import annotations

import numpy as np
import pytest

from core.systems.crime.features import offence_text


@pytest.mark.parametrize(
    ("written", "expected"), [("Loud  Music!", "loud music"), ("BIKE/TAKEN", "bike taken"), ("", "")]
)
def test_case_and_punctuation_do_not_make_another_text(written, expected):
    assert offence_text.normalise(written) == expected


def test_ngrams_are_the_same_on_every_machine_and_alike_for_alike_words():
    assert offence_text.ngram_rows("loud") == [offence_text.ngram_rows("loud")[0], *offence_text.ngram_rows("loud")[1:]]
    assert all(0 < row < offence_text.BUCKETS for row in offence_text.ngram_rows("loud music at night"))
    shared = set(offence_text.ngram_rows("burglary")) & set(offence_text.ngram_rows("burglery"))
    assert len(shared) > len(set(offence_text.ngram_rows("burglary")) & set(offence_text.ngram_rows("music")))
    assert offence_text.ngram_rows("") == []


def test_rare_ngrams_weigh_more_and_weights_have_one_length():
    matrix = offence_text.ngram_matrix(["loud music", "loud party"])
    rarity = offence_text.inverse_document_frequency(matrix)
    assert rarity[0] == 0
    weights = offence_text.ngram_weights(matrix, rarity)
    assert np.square(weights).sum(axis=1) == pytest.approx([1, 1])
    assert weights[0, 1] > weights[0, 0]  # music against loud
