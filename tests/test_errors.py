"""The tree of errors: one root, one kind each, and words for the analyst."""

from __future__ import annotations

import inspect

import pytest

from core import errors
from core.api import STATUS

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.LookoutError)]


def test_every_error_has_a_kind_of_its_own():
    assert len({kind.kind for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_shows_the_analyst_the_message_it_was_given(kind):
    problem = kind("Expected a photo. Received none. Choose one.")
    assert str(problem) == problem.message == "Expected a photo. Received none. Choose one."


def test_a_refusal_keeps_what_was_expected_received_and_advised():
    problem = errors.TooLarge(expected="a photo of up to 10 MB", received="12 MB", advice="Resize it.")
    assert (problem.expected, problem.received, problem.advice) == ("a photo of up to 10 MB", "12 MB", "Resize it.")
    assert str(problem) == problem.message == "Expected a photo of up to 10 MB. Received 12 MB. Resize it."
    assert errors.refusal("a word", "none") == "Expected a word. Received none."


def test_what_the_caller_did_wrong_is_a_4xx_and_what_we_cannot_do_a_5xx():
    ours = {errors.NotReady, errors.StoreUnavailable, errors.Busy, errors.HostUnavailable}
    for kind, status in STATUS.items():
        assert (500 <= status < 600) if kind in ours else (400 <= status < 500), kind
