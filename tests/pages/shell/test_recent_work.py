"""Recent work on a page: the way back, how far it is, Remove and Undo; the strip of what goes on elsewhere."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from core import work
from core.migrations import migrate
from core.store import store
from tests.support import toys


@pytest.fixture(autouse=True)
def tables(tmp_path, monkeypatch):
    toys.known(monkeypatch, toys.install(tmp_path))
    migrate(store())


def listed(system: str | None = None, unfolded: int | None = None) -> AppTest:
    def page(system, unfolded):
        from pages.parts.shell import recent_work

        recent_work.draw(system, unfolded=unfolded)

    return AppTest.from_function(page, args=(system, unfolded), default_timeout=30).run()


def strip() -> AppTest:
    def page():
        from pages.parts.shell import recent_work

        recent_work.draw_running()

    return AppTest.from_function(page, default_timeout=30)


def words(at: AppTest) -> str:
    return "\n".join(element.value for element in [*at.markdown, *at.caption, *at.subheader])


def test_without_work_nothing_is_drawn():
    assert words(listed()) == ""


def test_work_is_listed_with_what_it_is_who_gave_it_and_how_far_it_is():
    work.begin("toy", "3 words", 3, actor="Ana", state="done")
    half = work.begin("toy", "40 *words*", 40)
    store().work.change(half.id, {"state": "cancelled", "done": 12})
    shown = words(listed())
    assert "Recent work" in shown
    assert "**3 words**" in shown
    assert r"40 \*words\*" in shown
    assert "Ana" in shown
    assert "12 of 40 answers, stopped as asked" in shown
    assert "Toy words" in shown
    assert "Toy words" not in words(listed("toy"))  # its own page needs no name
    assert words(listed("waste")) == ""


def test_what_is_done_of_a_long_work_is_grouped_by_thousands():
    half = work.begin("toy", "words", 200_000)
    store().work.change(half.id, {"state": "cancelled", "done": 81_000})
    assert "81 000 of 200 000 answers" in words(listed()).replace("\N{NARROW NO-BREAK SPACE}", " ").replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_older_works_fold_away_where_other_things_follow():
    for count in range(1, 6):
        work.begin("toy", f"{count} words", count, state="done")
    at = listed(unfolded=3)
    (older,) = at.expander
    assert older.label == "2 older"
    assert [item.value for item in older.markdown] == ["**2 words**", "**1 words**"]
    assert not listed().expander


def test_remove_can_be_undone():
    given = work.begin("toy", "3 words", 3, state="done")
    at = listed()
    at.button(f"remove-{given.id}").click().run()
    assert work.recent() == []
    assert r"Removed: 3 words\." in words(at) or "Removed: 3 words." in words(at)
    at.button(f"undo-{given.id}").click().run()
    assert [item.id for item in work.recent()] == [given.id]
    assert "Removed" not in words(at)


def test_what_goes_on_elsewhere_is_in_the_strip_and_can_be_cancelled():
    go_on = threading.Event()

    def answer(progress):
        from core.progress import Progress, Stage

        while not go_on.wait(0.01):
            progress(Progress(0.41, Stage.ANSWERING))
        yield "done"

    given = work.begin("toy", "40 words", 40)
    job = work.run(given, answer)
    try:
        while job.fraction < 0.4:
            pass
        at = strip().run()
        assert "Toy words: 40 words" in words(at).replace("\\", "")
        assert "41\N{NO-BREAK SPACE}%" in words(at)
        at.button(f"stop-{given.id}").click().run()
        while not job.finished:
            pass
        assert job.state == "cancelled"
    finally:
        go_on.set()
    assert words(strip().run()) == ""


def test_the_page_of_a_work_does_not_show_it_in_the_strip_too():
    given = work.begin("toy", "40 words", 40)
    store().work.change(
        given.id, {"state": "working", "worker": "another-machine/1/x", "updated_at": datetime.now(UTC)}
    )
    assert "40 words" in words(strip().run())
    at = strip()
    at.query_params["work"] = given.id
    assert words(at.run()) == ""
