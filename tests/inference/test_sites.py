"""The site of an input: one form for each name, whichever door it comes by, and in the log beside the answer."""

from __future__ import annotations

import unicodedata

import pytest

from core import inference
from core.errors import InvalidInput
from core.inference import sites
from core.store import Query
from tests.inference.conftest import results, words

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # three people that a joiner makes one
RIGHT_TO_LEFT = "محطة الفرز ٣"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, None),
        ("", None),
        ("   \t\n", None),
        ("\u00a0\u3000", None),
        ("Yard 3", "Yard 3"),
        ("  Yard \u00a0  3\n", "Yard 3"),
        ("Cafe\u0301", "Café"),
        ("♻️ line 2", "♻️ line 2"),
        (FAMILY, FAMILY),
        (RIGHT_TO_LEFT, RIGHT_TO_LEFT),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("'; DROP TABLE sites; --", "'; DROP TABLE sites; --"),
        ("x" * 60, "x" * 60),
        (f"  {'x' * 60}  ", "x" * 60),
        ("e\u0301" * 60, "é" * 60),
    ],
)
def test_a_place_has_one_name(given, kept):
    assert sites.checked(given) == kept
    assert sites.checked(kept) == kept  # once more changes nothing


@pytest.mark.parametrize(
    ("given", "received"),
    [
        ("x" * 61, "Received 61 characters"),
        ("x" * 100_000, "Received 100000 characters"),
        ("Yard\n3", "U+000A"),
        ("Yard\t3", "U+0009"),
        ("Yard\0", "U+0000"),
        ("\x1b[31mYard", "U+001B"),
        ("Yard\x7f3", "U+007F"),
        ("Yard \u202e3", "U+202E"),  # what follows would be shown backwards
        ("Yard\u200b3", "U+200B"),
        ("Yard\u2028three", "U+2028"),
        ("Yard \ud800", "U+D800"),
        ("Yard \uffff", "U+FFFF"),
        ("\u200d", "nothing can be seen"),
        ("\u0301", "nothing can be seen"),
    ],
)
def test_a_name_that_cannot_be_used_says_what_was_expected_and_what_to_do(given, received):
    with pytest.raises(InvalidInput) as problem:
        sites.checked(given)
    assert problem.value.expected == "a site's name of 1 to 60 printable characters"
    assert received in problem.value.message
    assert problem.value.advice
    assert len(problem.value.message) < 300
    problem.value.message.encode()


def test_every_character_is_either_kept_or_refused():
    for number in range(0x30000):
        try:
            name = sites.checked(f"a{chr(number)}b")
        except InvalidInput:
            continue
        assert name == unicodedata.normalize("NFC", name)
        assert all(sign.isprintable() or sign in sites.JOINERS for sign in name)


def test_the_site_goes_with_each_prediction_into_the_log_failed_ones_too(store):
    predictions = inference.predict("toy", [*words("cup"), {"wrong": 1}], site="  Yard   3 ")
    assert results(predictions) == ["short", "invalid_input"]
    assert [prediction.site for prediction in predictions] == ["Yard 3", "Yard 3"]
    assert [store.prediction(prediction.id)["site"] for prediction in predictions] == ["Yard 3", "Yard 3"]
    assert store.distinct("site") == ["Yard 3"]


def test_without_a_site_there_is_none(store):
    for given in (None, "", "  "):
        [prediction] = inference.predict("toy", words("cup"), site=given)
        assert prediction.site is None
        assert store.prediction(prediction.id)["site"] is None
    assert store.distinct("site") == []


def test_a_bad_site_is_refused_before_anything_is_answered(store):
    with pytest.raises(InvalidInput, match="a site's name"):
        next(inference.stream("toy", words("cup"), site="a\0b"))
    assert store.count(Query()) == 0
