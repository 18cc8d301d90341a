"""Buttons below an answer: each says what it records, no guess becomes the truth by accident."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core import inference
from core.migrations import migrate
from core.store import Query, store
from tests.support import toys


@pytest.fixture(autouse=True)
def toy(tmp_path, monkeypatch):
    toys.known(monkeypatch, toys.install(tmp_path / "toy"))
    migrate(store())


def asked(word: str, none_label: str | None = None) -> AppTest:
    """The buttons below the toy's answer to a word. none_label: the label for "none of all this"."""
    (prediction,) = inference.predict("toy", [{"word": word}])

    def page(prediction_id, none_label):
        import streamlit as st

        from pages.parts.shared import answers, logged

        prediction, outcome = logged.from_log(prediction_id)
        answers.ask_if_right(
            prediction,
            ("short", "long"),
            outcome,
            lambda outcome: None,
            beside=answers.Beside(
                none_label=none_label,
                cannot_tell=lambda: st.session_state.update(unknown=True),
                unknown=st.session_state.get("unknown", False),
            ),
        )

    return AppTest.from_function(page, args=(prediction.id, none_label), default_timeout=30).run()


def offered(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def outcomes() -> list[str]:
    (row,) = store().rows(Query(system="toy"))
    return [outcome["label"] for outcome in store().prediction(row["id"])["outcomes"]]


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception
    return at


def test_a_guess_that_was_not_given_as_the_answer_is_offered_by_its_name():
    at = asked("unsure")  # six letters: the guess is "long"
    assert offered(at) == ["It is long", "Cannot tell", "Something else"]
    press(at, "It is long")
    assert outcomes() == ["long"]
    assert "Recorded: **it is long**." in at.markdown[0].value


def test_an_answer_is_confirmed_by_its_name():
    at = asked("newspaper")
    assert offered(at)[0] == "Yes, it is long"
    press(at, "Yes, it is long")
    assert outcomes() == ["long"]


def test_none_of_all_this_is_recorded_under_its_own_label():
    at = asked("newspaper", none_label="short")
    assert offered(at) == ["Yes, it is long", "Short", "Cannot tell", "Something else"]
    press(at, "Short")
    assert outcomes() == ["short"]


def test_cannot_tell_records_nothing_and_can_be_changed():
    at = press(asked("unsure"), "Cannot tell")
    assert outcomes() == []
    assert "nothing recorded" in at.markdown[0].value
    press(press(at, "Change"), "It is long")
    assert outcomes() == ["long"]


def test_the_field_of_something_else_follows_the_buttons():
    at = asked("newspaper")
    assert not at.selectbox
    press(at, "Something else")
    assert at.selectbox[0].options == ["short"]
    assert [type(element).__name__ for element in flat(at.main)] == ["Button"] * 3 + ["Selectbox", "Button"]
    at.selectbox[0].select("short").run()
    press(at, "Record short")
    assert outcomes() == ["short"]


def test_of_several_things_each_is_told():
    things = [
        {"value": "plastic", "score": 0.9, "abstained": False, "box": [0.1, 0.1, 0.4, 0.5]},
        {"value": "glass", "score": 0.4, "abstained": True, "box": [0.5, 0.1, 0.9, 0.5]},
    ]
    details = {"objects": things, "several": "several things: 1 plastic, 1 not sure", "plastic": True}

    def script(details):
        from core.contract import Answer
        from pages.parts.shared import answers

        answers.draw(Answer(value="glass", score=0.9, abstained=True, details=details))

    at = AppTest.from_function(script, kwargs={"details": details}).run()
    assert [element.value for element in at.markdown] == [
        "### Several things\\: 1 plastic, 1 not sure",
        "1. **plastic**, sure (90\N{NO-BREAK SPACE}%)\n2. not sure, best guess glass",
    ]


def flat(block) -> list:
    """Elements in the order in which they are drawn."""
    children = getattr(block, "children", None)
    return [block] if not children else [element for child in children.values() for element in flat(child)]


def test_something_else_opens_its_field_and_closes_it_again():
    at = press(asked("newspaper"), "Something else")
    assert at.selectbox
    assert not press(at, "Something else").selectbox
