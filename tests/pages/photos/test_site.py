"""The site of a batch of photos: chosen where they are dropped, kept with them, shown, logged and in the CSV."""

from __future__ import annotations

import csv

import pytest
from streamlit.testing.v1 import AppTest

from core import jobs, work
from core.errors import InvalidInput, StoreUnavailable
from core.store import Query, Store, store
from pages.parts.photos import batch as batches
from pages.parts.photos import table
from pages.parts.photos.uploads import GivenFile
from tests.pages.photos.conftest import finish, photo
from tests.pages.photos.test_page import drawn, press, visit, words

FIELD = "photos-site"


def given_at(site: str | None, *kinds: str):
    """The batch of photos of these kinds from a site, answered."""
    files = [GivenFile.of(f"{kind}.jpg", photo(kind, seed)) for seed, kind in enumerate(kinds)]
    return finish(batches.give(files, site))


def choose(at: AppTest, site: str | None) -> AppTest:
    """The page after a person has typed a site, or emptied the field."""
    field = at.selectbox(key=FIELD)
    field.options = [*field.options, *([] if site is None else [site])]  # AppTest knows no new options
    field.set_value(site)
    return drawn(at.run())


def try_example(at: AppTest) -> tuple[AppTest, str]:
    """The page with the example answered, and the work's id."""
    at = press(at, "Try an example")
    address = at.query_params["work"]
    identifier = address if isinstance(address, str) else address[0]
    finish(identifier)
    return drawn(at.run()), identifier


def rows_of(batch) -> list[dict[str, str]]:
    return list(csv.DictReader(table.csv(batch).decode("utf-8-sig").splitlines()))


def test_the_field_is_empty_at_first_and_explains_itself(fake):
    field = visit().selectbox(key=FIELD)
    assert (field.label, field.value, field.options) == ("Site", None, [])
    assert field.help == (
        "Site: the place that photos come from, such as a yard or a sorting line. "
        "Answers of a site can be made better with a few labels of it."
    )


def test_the_sites_of_the_log_are_offered(fake):
    given_at("Yard 3", "sure")
    given_at("line 1", "sure")
    field = visit().selectbox(key=FIELD)
    assert field.options == ["Yard 3", "line 1"]
    assert field.value is None  # it is another session's


def test_a_new_site_goes_with_the_photos_and_stays_chosen(fake):
    at, identifier = try_example(choose(visit(), "  Yard   *3* "))
    assert work.find(identifier).details == {"site": "Yard *3*"}
    assert "not a photo.jpg**, site Yard *3*, given" in words(at)
    [row] = store().rows(Query(site="Yard *3*"))
    assert row["batch"] == identifier
    assert press(at, "Change photos").selectbox(key=FIELD).value == "Yard *3*"


def test_without_a_site_nothing_is_said_of_one(fake):
    at, identifier = try_example(visit())
    assert work.find(identifier).details == {}
    assert "site" not in words(at)
    assert [row["site"] for row in store().rows(Query())] == [None]


def test_a_chosen_site_can_be_taken_back(fake):
    _, identifier = try_example(choose(choose(visit(), "Yard 3"), None))
    assert work.find(identifier).details == {}


@pytest.mark.parametrize(
    ("site", "reason"), [("x" * 61, "Received 61 characters"), ("Yard\x1b3", "U+001B"), ("a\u202eb", "U+202E")]
)
def test_a_site_that_cannot_be_used_is_told_before_photos_are_given(fake, site, reason):
    at = choose(visit(), site)
    assert "Expected a site's name of 1 to 60 printable characters" in words(at)
    assert reason in words(at)
    assert at.selectbox(key=FIELD).value is None
    assert work.recent(batches.SYSTEM) == []
    with pytest.raises(InvalidInput, match="a site's name"):
        batches.give([GivenFile.of("a.jpg", photo("sure"))], site)
    assert work.recent(batches.SYSTEM) == []


@pytest.mark.parametrize("site", ["♻️ line 2", "محطة الفرز ٣", "x" * 60, "   "])
def test_any_name_that_can_be_read_is_taken(fake, site):
    at, identifier = try_example(choose(visit(), site))
    assert work.find(identifier).details.get("site") == (site.strip() or None)
    assert not at.error


def test_a_reload_a_restart_and_going_on_keep_the_site(fake, monkeypatch):
    batch = given_at("Yard 3", "sure", "likely", "doubt")
    answers = work.find(batch.id).folder / "answers.jsonl"
    answers.write_bytes(answers.read_bytes().splitlines(keepends=True)[0])
    store().work.change(batch.id, {"state": "cancelled", "done": 1})
    monkeypatch.setattr(jobs, "_jobs", {})  # as in a process that has just started
    batches._opened.cache_clear()
    at = visit(batch.id)
    assert "site Yard 3, given" in words(at)
    press(at, "Answer the rest")
    again = finish(batch.id)
    assert [item.prediction.site for item in again.items()] == ["Yard 3"] * 3
    assert store().count(Query(site="Yard 3", batch=batch.id)) == 5  # two of them were answered twice, and logged so


def test_the_csv_has_the_site_in_each_row(fake, monkeypatch):
    files = [GivenFile.of("sure.jpg", photo("sure")), GivenFile.of("broken.jpg", photo("broken"))]
    batch = finish(batches.give([*files, GivenFile.of("bad.zip", b"PK\x03\x04")], "=Yard 3"))
    monkeypatch.setattr(batch, "rest", lambda: [1])
    assert [row["site"] for row in rows_of(batch)] == ["'=Yard 3"] * 4  # no spreadsheet runs it
    assert [row["site"] for row in rows_of(given_at(None, "sure", "broken"))] == ["", ""]


def test_a_batch_from_before_there_were_sites_is_shown_as_before(fake):
    batch = given_at(None, "sure")
    answers = work.find(batch.id).folder / "answers.jsonl"
    answers.write_text(answers.read_text(encoding="utf-8").replace(',"site":null', "").replace(', "site": null', ""))
    assert "site" not in answers.read_text(encoding="utf-8")
    batches._opened.cache_clear()
    assert "1 photo answered" in words(visit(batch.id))
    assert rows_of(batches.opened(work.find(batch.id)))[0]["site"] == ""


def test_a_log_that_cannot_be_asked_for_sites_still_takes_photos(fake, monkeypatch):
    def down(*_arguments):
        raise StoreUnavailable("The prediction log did not take the request.")

    monkeypatch.setattr(Store, "distinct", down)
    at = visit()
    assert at.selectbox(key=FIELD).options == []
    assert "Try an example" in [button.label for button in at.button]
