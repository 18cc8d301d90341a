"""Filters, the sentence on what came of it, rows, CSV, and the one list of files without an answer."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.photos import batch as batches
from pages.parts.photos import bulk, table
from pages.parts.photos.filters import GalleryFilter
from pages.parts.photos.uploads import GivenFile
from tests.pages.photos.conftest import filled, finish, photo


@pytest.mark.parametrize(
    ("choice", "shown"),
    [
        (GalleryFilter(), ["doubt", "sure", "likely"]),
        (GalleryFilter(values=("glass",)), ["doubt", "likely"]),
        (GalleryFilter(plastic=True), ["sure"]),
        (GalleryFilter(words=("not sure", "sure")), ["doubt", "sure"]),
        (GalleryFilter(looked_at=True), ["likely"]),
        (GalleryFilter(looked_at=False), ["doubt", "sure"]),
        (GalleryFilter(doubts_first=True), ["doubt", "likely", "sure"]),
    ],
)
def test_filters_and_order(fake, choice, shown):
    batch = filled("doubt", "broken", "sure", "likely")
    batch.label([3], "metal")
    assert [item.name for item in choice.of(batch.items())] == [f"{name}.jpg" for name in shown]


def test_the_summary_counts_what_a_person_would(fake):
    batch = filled("doubt", "broken", "sure", "likely")
    items = batch.items()
    said = table.summary(items, len(table.without_answer(batch, items))).replace("\N{NO-BREAK SPACE}", " ")
    assert said == "3 photos answered: 1 plastic, 1 not plastic, 1 not sure. 1 without an answer."


def test_a_photo_of_several_things_is_counted_and_listed_as_such(fake):
    batch = filled("sure", "mixed")
    said = table.summary(batch.items(), 0).replace("\N{NO-BREAK SPACE}", " ")
    assert said == "2 photos answered: 1 plastic, 1 of several things."
    assert [table.as_row(item).get("several") for item in batch.items()] == [None, "several things: 1 metal, 1 plastic"]


@pytest.mark.parametrize(("kinds", "told"), [(["unlike"] * 6 + ["sure"] * 6, True), (["sure"] * 12, False)])
def test_photos_unlike_all_that_was_checked_are_told_above_them(fake, kinds, told):
    files = [GivenFile.of(f"{number}.jpg", photo(kind, number)) for number, kind in enumerate(kinds)]
    batch = finish(batches.give(files))

    def script(batch):
        from pages.parts.photos import table

        table.draw_summary(batch.items(), 0)

    at = AppTest.from_function(script, kwargs={"batch": batch}).run()
    assert not at.exception
    shown = [element.value for element in at.warning]
    assert len(shown) == told
    assert all("6 of 12 photos are unlike all that this version was checked on" in text for text in shown)


def test_where_no_photo_has_an_answer_the_headline_says_so():
    assert table.summary([], 2) == "No photo answered. 2 without an answer."


def test_failed_and_refused_files_are_one_list_with_reasons(fake):
    batch = finish(batches.give([GivenFile.of("broken.jpg", photo("broken")), GivenFile.of("bad.zip", b"PK\x03\x04")]))
    listed = [(file.name, file.reason) for file in table.without_answer(batch, batch.items())]
    assert [name for name, _ in listed] == ["bad.zip", "broken.jpg"]
    assert all("Expected" in reason for _, reason in listed)


def test_the_csv_holds_answers_labels_failures_refusals_and_what_is_not_answered_yet(fake, monkeypatch):
    files = [GivenFile.of("sure.jpg", photo("sure")), GivenFile.of("broken.jpg", photo("broken"))]
    batch = finish(batches.give([*files, GivenFile.of("bad.zip", b"PK\x03\x04")]))
    batch.label([0], "glass")
    monkeypatch.setattr(batch, "rest", lambda: [1])
    text = table.csv(batch).decode("utf-8-sig").splitlines()
    assert len(text) == 5
    assert text[1].startswith("sure.jpg,sure,plastic,plastic,0.95")
    assert ",glass," in text[1]
    assert "Expected a photo. Received something else." in text[2]
    assert text[3].startswith("bad.zip,failed")
    assert "Not answered yet." in text[4]


def test_a_preview_says_what_is_chosen_and_what_would_be_changed(fake):
    batch = filled("doubt", "sure", "likely", "likely")
    batch.label([1], "metal")
    said = bulk.preview(batch.items()).replace("\N{NO-BREAK SPACE}", " ")
    assert said == (
        "4 photos chosen: 2 answered glass, 1 not sure, 1 answered plastic. "
        "1 of them labelled before: the new label counts."
    )
