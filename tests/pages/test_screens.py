"""The pages themselves, run without a browser, with the toy system."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core import inference
from core.migrations import migrate
from core.settings import CHECKOUT
from core.store import Query, store
from tests.support import toys

SECONDS = 60


@pytest.fixture
def toy(tmp_path, monkeypatch):
    toys.known(monkeypatch, toys.install(tmp_path / "toy"))
    migrate(store())


def run(name: str, **state) -> AppTest:
    at = AppTest.from_file(str(CHECKOUT / name), default_timeout=SECONDS)
    for key, value in state.items():
        at.session_state[key] = value
    at.run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    """Everything that can be read."""
    read = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.error, *at.warning, *at.info, *at.success]
    return " ".join(element.value for element in read).replace("\N{NO-BREAK SPACE}", " ")


def test_home_on_the_first_visit_says_what_to_do(toy):
    at = run("pages/home.py")
    assert "Start here" in words(at)
    assert "Waste has no version in service" in words(at)  # the toy's models folder holds no waste


def test_home_counts_what_was_answered(toy):
    inference.predict("toy", [{"word": "cup"}, {"word": "unsure"}, {"word": 7}])
    at = run("pages/home.py")
    assert [metric.value for metric in at.metric if metric.label == "Answers, 24 hours"] == ["2"]
    assert "1 failure" in words(at)
    assert words(at).count("No answer in the last 30 days") == len(inference.catalogue()) - 1


def test_waste_without_a_version_in_service_says_what_to_do(toy):
    assert "Expected a version of Waste in service. Found none." in words(run("pages/waste.py"))


def test_monitoring_of_an_empty_log_says_what_it_will_show(toy):
    text = words(run("pages/monitoring.py"))
    assert "an invented log of 60 days shows what this page tells" in text
    assert "Nothing has been answered yet" in text
    assert len(run("pages/monitoring.py", tab="Service").get("plotly_chart")) >= 3
    assert "Nothing in this period" in words(run("pages/monitoring.py", tab="Log"))


def test_monitoring_shows_rows_and_filters_them(toy):
    inference.predict("toy", [{"word": "cup"}, {"word": "bottle"}], source="api")
    inference.predict("toy", [{"word": "can"}], source="page")
    at = run("pages/monitoring.py", tab="Log")
    assert at.metric[0].value == "3"
    at.selectbox(key="log-source").select("API").run()
    assert at.metric[0].value == "2"
    assert len(at.dataframe[0].value) == 2
    at.selectbox(key="log-system").select("Waste").run()
    assert at.metric[0].value == "0"


def test_the_form_answers_and_stores_feedback(toy):
    at = run("pages/form.py", system="toy")
    at.text_input[0].input("newspaper")
    at.button[0].click().run()
    assert not at.exception
    assert "Long" in words(at)
    assert "likely" not in words(at)
    (row,) = store().rows(Query(system="toy"))
    assert at.button(key=f"right-{row['id']}").label == "Yes, it is long"
    at.button(key=f"right-{row['id']}").click().run()
    assert r"Recorded: **it is long, as answered**" in words(at)
    (row,) = store().rows(Query(system="toy"))
    assert (row["label"], row["correct"]) == ("long", True)


def test_a_guess_that_is_not_sure_is_never_confirmed_without_its_name(toy):
    at = run("pages/form.py", system="toy")
    at.text_input[0].input("unsure")
    at.button[0].click().run()
    (row,) = store().rows(Query(system="toy"))
    assert row["abstained"]
    assert at.button(key=f"right-{row['id']}").label == "It is long"
    assert not {"Right", "Wrong"} & {button.label for button in at.button}


def test_the_form_shows_why_there_is_no_answer(toy):
    at = run("pages/form.py", system="toy")
    at.text_input[0].input("crash")
    at.button[0].click().run()
    assert "No answer" in words(at)


def test_a_correction_is_stored_with_the_true_label(toy):
    at = run("pages/form.py", system="toy")
    at.text_input[0].input("cup")
    at.button[0].click().run()
    (row,) = store().rows(Query(system="toy"))
    at.button(key=f"other-{row['id']}").click().run()
    at.selectbox(key=f"truth-{row['id']}").select("long").run()
    assert at.button(key=f"send-{row['id']}").label == "Record long"
    at.button(key=f"send-{row['id']}").click().run()
    assert "it is long, not short" in words(at)
    assert store().rows(Query(system="toy"))[0]["label"] == "long"


def test_the_menu_has_a_page_for_the_toy(toy):
    at = run("app.py")
    assert "toy" in at.session_state["pages"]
    assert set(at.session_state["pages"]) >= {"", "waste", "monitoring"}
