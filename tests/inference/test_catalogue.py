"""The catalogue's card of a system, the explanation of an answer, and a score in words."""

from __future__ import annotations

import pytest

from core import inference
from core.errors import InvalidInput
from core.store import Query


def test_the_catalogue_knows_the_toy_with_its_champion_and_schema():
    card = {card.name: card for card in inference.catalogue()}["toy"]
    assert (card.title, card.champion, card.labels) == ("Toy words", "1", ("short", "long"))
    assert card.input_schema["required"] == ["word"]


def test_an_explanation_is_given_and_nothing_logged(store):
    explanation = inference.explain("toy", {"word": "bottle"})
    assert explanation.contributions == {"letters": 1}
    assert store.count(Query()) == 0
    with pytest.raises(InvalidInput, match="word"):
        inference.explain("toy", {"word": ""})


@pytest.mark.parametrize(
    ("score", "abstained", "word"),
    [
        (0.95, False, "sure"),
        (0.9, False, "sure"),
        (0.6, False, "likely"),
        (0.59, False, "not sure"),
        (0.99, True, "not sure"),
    ],
)
def test_a_score_is_said_in_words(score, abstained, word):
    assert inference.how_sure(score, abstained) == word
