"""Home and Monitoring, run without a browser: figures of all rows, and no "all is well" that was not looked at."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from core import inference, work
from core.errors import StoreUnavailable
from core.migrations import migrate
from core.settings import CHECKOUT
from core.store import LogSearch, Query, Store, store
from pages.parts.monitoring.log import logbook
from tests.support import toys

SECONDS = 60
ALL_IS_WELL = "Nothing needs your attention"


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The toy system alone, in service."""
    toys.known(monkeypatch, toys.install(tmp_path / "toy"))
    migrate(store())
    cards = [card for card in inference.catalogue() if card.name == "toy"]
    monkeypatch.setattr(inference, "catalogue", lambda: cards)
    inference.warm_up()


def run(name: str, **address: str) -> AppTest:
    at = AppTest.from_file(str(CHECKOUT / name), default_timeout=SECONDS)
    for key, value in address.items():
        at.query_params[key.replace("_", "-")] = value
    at.run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    """Everything that can be read."""
    read = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.error, *at.warning, *at.info, *at.success]
    text = " ".join(element.value for element in read)
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def figures(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value.replace("\N{NARROW NO-BREAK SPACE}", " ") for metric in at.metric}


def answer_wrongly(count: int) -> None:
    """Answers that somebody says are wrong."""
    answers = inference.predict("toy", [{"word": f"cup{number}"} for number in range(count)])
    for prediction in answers:
        truth = "long" if prediction.answer.value == "short" else "short"
        inference.feedback(prediction.id, truth, actor="local", source="page")


def log_rows(count: int, failed_every: int, age: timedelta = timedelta(minutes=5)) -> None:
    """Rows of the toy, written as those of a table are."""
    status = ["failed" if number % failed_every == 0 else "answered" for number in range(count)]
    store().log_columns(
        {
            "id": [f"row-{number:08d}" for number in range(count)],
            "created_at": datetime.now(UTC) - age,
            "system": "toy",
            "version": "1",
            "source": "cli",
            "actor": "local",
            "status": status,
            "value": "short",
            "score": 0.95,
            "abstained": False,
            "latency_ms": 2.0,
        }
    )


def test_home_never_says_that_all_is_well_above_answers_that_are_mostly_wrong(toy, monkeypatch):
    (card,) = inference.catalogue()
    often_unsure = replace(card, often_unsure=True)
    monkeypatch.setattr(inference, "catalogue", lambda: [often_unsure])
    answer_wrongly(25)
    at = run("pages/home.py")
    assert ALL_IS_WELL not in words(at)
    assert "were right" in words(at)


def test_home_says_the_most_serious_first(toy, monkeypatch):
    """A problem of the second system stands above a warning of the first."""
    (card,) = inference.catalogue()
    without = replace(card, name="other", title="Other words", champion=None)
    monkeypatch.setattr(inference, "catalogue", lambda: [card, without])
    answer_wrongly(25)
    notices = [element for element in run("pages/home.py").main if element.type in ("error", "warning")]
    assert [notice.type for notice in notices] == ["error", "warning"]


def test_home_says_that_all_is_well_and_what_it_looked_at(toy):
    inference.predict("toy", [{"word": "cup"}])
    text = words(run("pages/home.py"))
    assert ALL_IS_WELL in text
    assert "Too few judged to tell how often they are right: Toy words: no answer judged" in text


def test_home_that_cannot_look_does_not_say_that_all_is_well(toy, monkeypatch):
    inference.predict("toy", [{"word": "cup"}])

    def down(*_arguments):
        raise StoreUnavailable("The prediction log did not take the request.")

    monkeypatch.setattr(Store, "tallies", down)
    at = run("pages/home.py")
    assert ALL_IS_WELL not in words(at)
    assert "could not be looked up" in words(at)


def test_home_says_since_when_answers_fail(toy):
    log_rows(40, failed_every=2, age=timedelta(hours=2))
    assert re.search(r"failed; .*The first of them: [-0-9: ]+, 2 hours ago", words(run("pages/home.py")))


def test_a_notice_leads_to_its_cases(toy):
    log_rows(40, failed_every=2)
    (link,) = [link.proto for link in run("app.py").get("page_link") if link.proto.label == "**Show the failed ones**"]
    address = parse_qs(link.query_string)
    assert address.pop("tab") == ["Log"]
    assert address == {"log-system": ["Toy words"], "log-show": ["Failed"], "log-period": ["Last 24 hours"]}


def test_few_judged_answers_are_no_percentage(toy):
    answer_wrongly(3)
    at = run("pages/home.py")
    assert figures(at)["Right, 30 days"] == "0 of 3"
    assert figures(run("pages/monitoring.py"))["Right, by feedback"] == "0 of 3"


def test_a_version_is_named_with_its_system_since_another_may_have_the_same(toy):
    answer_wrongly(3)
    charts = [chart.proto.spec for chart in run("pages/monitoring.py").get("plotly_chart")]
    assert any("Toy words 1  (n = 3)" in chart for chart in charts)


def test_home_asks_nobody_to_try_what_cannot_answer(toy, monkeypatch):
    assert "Start here" in words(run("pages/home.py"))
    without = [replace(card, champion=None) for card in inference.catalogue()]
    monkeypatch.setattr(inference, "catalogue", lambda: without)
    assert "Start here" not in words(run("pages/home.py"))


def test_a_story_names_system_and_source_as_the_log_does(toy):
    (prediction,) = inference.predict("toy", [{"word": "cup"}], source="page")

    def page(identifier):
        from pages.parts.monitoring.log import story

        story.draw(identifier)

    captions = AppTest.from_function(page, args=(prediction.id,), default_timeout=SECONDS).run().caption
    (caption,) = [each for each in captions if "Toy words 1, from Pages by local" in each.value]
    assert "site" not in caption.value
    (prediction,) = inference.predict("toy", [{"word": "cup"}], source="page", site="Yard *3*")
    captions = AppTest.from_function(page, args=(prediction.id,), default_timeout=SECONDS).run().caption
    (caption,) = [each for each in captions if "Toy words 1, " in each.value]
    assert r"from Pages by local, site Yard \*3\*, " in caption.value


def test_the_csv_of_the_log_names_the_site(toy):
    inference.predict("toy", [{"word": "cup"}], site="=Yard 3")
    inference.predict("toy", [{"word": "bottle"}])
    header, bottle, cup = logbook.to_csv(store(), LogSearch(Query())).decode("utf-8-sig").splitlines()
    column = header.split(",").index("site")
    assert [row.split(",")[column] for row in (bottle, cup)] == ["", "'=Yard 3"]  # no spreadsheet runs it


def test_home_lists_recent_work(toy):
    work.begin("toy", "list.csv, 12 words", 12)
    assert "12 words" in words(run("pages/home.py"))


def test_a_day_of_more_rows_than_a_page_reads_is_counted_whole(toy):
    log_rows(20_500, failed_every=10)
    (first,) = inference.predict("toy", [{"word": "cup"}])
    inference.feedback(first.id, "short", actor="local", source="page")
    log_rows(21_000, failed_every=10)  # the ids of before stay: 500 more, and the judged one is not the newest
    at = run("pages/monitoring.py")
    shown = figures(at)
    assert shown["Predictions"] == "21 001"
    assert "2 100 of 21 001 predictions" in words(at)
    assert "1 of 18 901 answers" in words(at)
    assert shown["Right, by feedback"] == "1 of 1"


def test_a_long_period_is_counted_whole(toy):
    log_rows(300, failed_every=3, age=timedelta(days=5))
    at = run("pages/monitoring.py", log_period="Last 7 days")
    assert figures(at)["Predictions"] == "300"
    assert "100 of 300 predictions" in words(at)


def test_the_address_says_which_cases_the_log_shows(toy):
    log_rows(30, failed_every=3)
    at = run("pages/monitoring.py", tab="Log", log_show="Failed", log_system="Toy words")
    assert len(at.dataframe[0].value) == 10
    assert figures(at)["Predictions"] == "30"  # the figures are of the period
