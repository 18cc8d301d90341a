"""The desk: batches in the background, items in order, filters, rows for the table."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from core import inference
from core.contract import Alternative, Answer, Prediction
from core.progress import Progress, Stage
from pages.parts.photos import desk, gallery
from pages.parts.photos.desk import GalleryFilter, PhotoDesk

SCORES = {b"sure": 0.95, b"likely": 0.7, b"doubt": 0.4}


def predicted(data: bytes) -> Prediction:
    """A fake system's answer: the bytes say how sure it is; anything else fails."""
    score, answer = SCORES.get(data), None
    if score:
        value = "plastic" if data == b"sure" else "glass"
        alternatives = (Alternative(value=value, score=score), Alternative(value="metal", score=1 - score))
        details = {"plastic": value == "plastic", "plastic_score": 0.5}
        answer = Answer(value=value, score=score, alternatives=alternatives, abstained=score < 0.5, details=details)
    return Prediction(
        id=data.decode(),
        created_at=datetime(2026, 11, 20, tzinfo=UTC),
        system="waste",
        version="1",
        source="page",
        actor="local",
        status="answered" if answer else "failed",
        answer=answer,
        error=None if answer else "Expected a photo. Received something else.",
    )


@pytest.fixture
def fake(monkeypatch):
    def stream(system, instances, *, progress, **_rest):
        for place in range(len(instances)):
            progress(Progress(place / len(instances), Stage.ANSWERING))
            yield predicted(instances[place]["image"])
            time.sleep(0.01)

    monkeypatch.setattr(inference, "stream", stream)


def finish(given: PhotoDesk) -> None:
    deadline = time.monotonic() + 20
    while given.working and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not given.working


def filled(*names: bytes) -> PhotoDesk:
    given = PhotoDesk("waste")
    given.give([(f"{name.decode()}.jpg", name) for name in names])
    finish(given)
    return given


def test_every_photo_gets_its_own_answer_in_the_order_given(fake):
    items = filled(b"doubt", b"broken", b"sure").items
    assert [(item.photo.name, item.word) for item in items] == [
        ("doubt.jpg", "not sure"),
        ("broken.jpg", "failed"),
        ("sure.jpg", "sure"),
    ]


def test_a_later_batch_comes_first_and_the_earlier_one_stays(fake):
    given = filled(b"doubt")
    given.give([("new.jpg", b"sure")])
    finish(given)
    assert [item.photo.name for item in given.items] == ["new.jpg", "doubt.jpg"]


def test_a_cancelled_batch_keeps_its_answers_and_the_rest_can_be_resumed(fake):
    given = PhotoDesk("waste")
    given.give([(f"{place}.jpg", b"sure") for place in range(100)])
    while not given.items:
        time.sleep(0.005)
    given.batches[0].job.cancel()
    finish(given)
    answered, left = len(given.items), len(given.batches[0].rest)
    assert 0 < answered < 100
    assert answered + left == 100
    given.resume(given.batches[0])
    finish(given)
    assert sorted(int(item.photo.name[:-4]) for item in given.items) == list(range(100))


def test_clearing_the_desk_stops_the_work(fake):
    given = PhotoDesk("waste")
    given.give([(f"{place}.jpg", b"sure") for place in range(500)])
    job = given.batches[0].job
    given.clear()
    assert not given.items
    while not job.finished:
        time.sleep(0.01)
    assert job.state == "cancelled"


@pytest.mark.parametrize(
    ("choice", "shown"),
    [
        (GalleryFilter(), ["doubt", "broken", "sure", "likely"]),
        (GalleryFilter(values=("glass",)), ["doubt", "likely"]),
        (GalleryFilter(plastic=True), ["sure"]),
        (GalleryFilter(words=("failed", "sure")), ["broken", "sure"]),
        (GalleryFilter(doubts_first=True), ["broken", "doubt", "likely", "sure"]),
    ],
)
def test_filters_and_order(fake, choice, shown):
    items = filled(b"doubt", b"broken", b"sure", b"likely").items
    assert [item.prediction.id for item in choice.of(items)] == shown


def test_the_summary_counts_what_a_person_would(fake):
    given = filled(b"doubt", b"broken", b"sure", b"likely")
    said = gallery.summary(given.items, given.refused).replace("\N{NO-BREAK SPACE}", " ")
    assert said == "3 photos answered: 1 plastic, 1 not plastic, 1 not sure. 1 without an answer."


def test_the_csv_holds_answers_failures_and_refusals(fake):
    given = filled(b"sure", b"broken")
    given.give([("bad.zip", b"PK\x03\x04")])
    finish(given)
    text = gallery.csv(given.items, given.refused).decode("utf-8-sig").splitlines()
    assert len(text) == 4
    assert text[1].startswith("sure.jpg,sure,plastic,plastic,0.95")
    assert "Expected a photo. Received something else." in text[2]
    assert text[3].startswith("bad.zip,failed")


def test_feedback_shows_in_the_row(fake):
    (item,) = filled(b"sure").items
    item.judge({"label": "glass", "correct": False})
    assert desk.as_row(item)["said_to_be"] == "glass"
