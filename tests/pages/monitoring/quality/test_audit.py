"""The audit panel: what is drawn, judging it, taking it back, and what is said of it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core import inference
from core.migrations import migrate
from core.store import Query, store
from pages.parts.monitoring.quality import audit_table
from tests.support import toys

SECONDS = 60
TOY = Query(system="toy")


def panel() -> None:
    from datetime import timedelta

    from core.store import Query
    from pages.parts.monitoring.filters import Meant
    from pages.parts.monitoring.quality import audit

    audit.draw(Meant(Query(), timedelta(days=1)))


@pytest.fixture
def toy(tmp_path, monkeypatch):
    toys.known(monkeypatch, {**toys.install(tmp_path / "toy"), "LOOKOUT_AUDIT_SHARE": "1"})
    migrate(store())


def run() -> AppTest:
    at = AppTest.from_function(panel, default_timeout=SECONDS).run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    read = [*at.markdown, *at.caption, *at.error, *at.warning, *at.info, *at.success]
    return " ".join(element.value for element in read).replace("\N{NO-BREAK SPACE}", " ")


def button(at: AppTest, label: str):
    return next(each for each in at.button if each.label.startswith(label))


def waiting() -> list[str]:
    return store().audit.waiting(TOY, 99)


def test_without_drawn_answers_the_panel_says_how_they_come(toy):
    assert "LOOKOUT_AUDIT_SHARE" in words(run())


def test_an_answer_is_judged_right_and_taken_back(toy):
    inference.predict("toy", [{"word": "cup"}, {"word": "elephant"}], batch="b-1")
    first, second = waiting()
    at = run()
    assert "Nobody has judged a drawn answer yet" in words(at)
    assert "the log does not hold the input" in words(at)
    button(at, "Right: it is").click().run()
    assert not at.exception
    assert waiting() == [second]
    assert "Recorded: **right**" in words(at)
    assert "1 answer judged: 21 to 100 % are possible" in words(at)
    assert store().prediction(first)["outcomes"][0]["source"] == "audit"
    button(at, "Undo").click().run()
    assert waiting() == [first, second]
    assert store().prediction(first)["outcomes"] == []


def test_an_answer_is_judged_wrong_by_what_it_is(toy):
    inference.predict("toy", [{"word": "cup"}])
    at = run()
    assert button(at, "Wrong: it is").disabled
    at.selectbox[0].select("long").run()
    button(at, "Wrong: it is long").click().run()
    assert not at.exception
    assert waiting() == []
    assert "Recorded: **wrong, it is long**" in words(at)
    assert "Every drawn answer of this period is judged" in words(at)


def test_nobody_can_tell_and_that_is_said(toy):
    inference.predict("toy", [{"word": "cup"}])
    at = run()
    button(at, "Cannot tell").click().run()
    assert not at.exception
    assert "Nobody could tell of 1 answer" in words(at)
    button(at, "Undo").click().run()
    assert len(waiting()) == 1


def test_the_answer_on_the_screen_stays_while_new_ones_come(toy):
    inference.predict("toy", [{"word": "cup"}])
    at = run()
    (shown,) = waiting()
    inference.predict("toy", [{"word": word} for word in ("a", "bb", "ccc", "dddd", "elephants")])
    at.run()
    button(at, "Cannot tell").click().run()
    assert shown not in waiting()


def test_the_table_holds_what_finds_the_inputs(toy):
    inference.predict("toy", [{"word": "cup"}, {"word": "elephant"}], site="Yard 3")
    rows = list(audit_table.table_rows(store(), TOY))
    assert [row["prediction_id"] for row in rows] == waiting()
    assert {row["site"] for row in rows} == {"Yard 3"}
    assert all(row["input_sha256"] and row["label"] == "" and row["row"] is None for row in rows)
    assert set(rows[0]) == set(audit_table.COLUMNS)
