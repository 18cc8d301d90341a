"""A batch of photos: kept with its answers, found again after a restart, cancelled, gone on with, removed."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from core import work
from core.errors import LookoutError
from core.store import Query, store
from pages.parts.photos import batch as batches
from pages.parts.photos import uploads
from pages.parts.photos.batch import PhotoBatch
from pages.parts.photos.uploads import GivenFile
from tests.pages.photos.conftest import THINGS, afresh, filled, finish, given, photo


def names(batch: PhotoBatch) -> list[tuple[str, str]]:
    return [(item.name, item.word) for item in batch.items()]


def zipped(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def cancelled(identifier: str) -> PhotoBatch:
    """The batch, cancelled after its first answers."""
    batch = batches.opened(work.find(identifier))
    while not batch.items():
        time.sleep(0.005)
    work.cancel(identifier)
    return finish(identifier)


def test_every_photo_gets_its_own_answer_in_the_order_given(fake):
    expected = [("doubt.jpg", "not sure"), ("broken.jpg", "failed"), ("sure.jpg", "sure")]
    assert names(filled("doubt", "broken", "sure")) == expected


def test_a_batch_is_found_again_by_its_address_after_a_restart(fake):
    batch = filled("doubt", "broken", "sure")
    again = afresh(batch.id)
    assert again.items() == batch.items()
    assert again.read(2) == photo("sure", 2)
    assert again.picture(2) == batch.picture(2)
    assert len(fake) == 3  # nothing was answered twice


def test_the_rows_of_the_log_have_the_address_as_their_batch(fake):
    batch = filled("doubt", "sure")
    logged = {row["id"] for row in store().rows(Query(batch=batch.id))}
    assert logged == {item.prediction.id for item in batch.items()}


def test_no_photo_is_held_in_memory(fake):
    identifier = batches.give([GivenFile.of(f"{place}.jpg", photo("sure", place)) for place in range(5)])
    batch = finish(identifier)
    held = [value for value in vars(batch).values() if isinstance(value, bytes)]
    assert not held
    assert all(isinstance(result, int) for result in work.job_of(identifier).results)


def test_a_zip_is_kept_as_it_came_and_read_entry_by_entry(fake):
    packed = zipped({"a/one.jpg": photo("sure"), "notes.txt": b"x", "b/two.jpg": photo("doubt")})
    batch = finish(batches.give([GivenFile.of("walk.zip", packed)]))
    assert names(batch) == [("a/one.jpg", "sure"), ("b/two.jpg", "not sure")]
    folder = work.find(batch.id).folder
    assert [path.read_bytes() for path in (folder / "given").iterdir()] == [packed]
    assert [refused.name for refused in afresh(batch.id).refused] == ["walk.zip: notes.txt"]
    assert work.find(batch.id).title.replace("\N{NO-BREAK SPACE}", " ") == "2 photos from walk.zip"


def test_a_cancelled_batch_keeps_its_answers_and_the_rest_can_be_answered(fake):
    batch = cancelled(batches.give([GivenFile.of(f"{n}.jpg", photo("sure")) for n in range(60)]))
    answered = {item.prediction.id for item in batch.items()}
    assert 0 < len(answered) < 60
    assert len(answered) + len(batch.rest()) == 60
    afresh(batch.id).start()  # as another process would, or this one after a restart
    items = finish(batch.id).items()
    assert [item.name for item in items] == [f"{n}.jpg" for n in range(60)]
    assert answered < {item.prediction.id for item in items}
    assert work.find(batch.id).state == "done"
    assert work.find(batch.id).done == 60


def test_a_second_go_on_does_not_answer_anything_twice(fake):
    batch = cancelled(batches.give([GivenFile.of(f"{n}.jpg", photo("sure")) for n in range(40)]))
    batch.start()
    afresh(batch.id).start()
    finish(batch.id)
    assert len(fake) == 40


def test_what_was_removed_is_restored_whole(fake):
    batch = filled("sure")
    work.remove(batch.id)
    assert work.find(batch.id).removed_at
    work.restore(batch.id)
    assert names(afresh(batch.id)) == [("sure.jpg", "sure")]


def test_files_that_are_all_refused_are_a_work_without_photos(fake):
    batch = finish(batches.give([GivenFile.of("bad.zip", b"PK\x03\x04")]))
    assert not batch.photos
    assert [refused.name for refused in batch.refused] == ["bad.zip"]
    assert work.find(batch.id).state == "failed"


def test_an_upload_that_broke_off_says_so(fake):
    identifier = given("sure")
    finish(identifier)
    (work.find(identifier).folder / batches.CONTENTS).unlink()
    with pytest.raises(LookoutError, match="broke off"):
        afresh(identifier)


def test_a_photo_that_is_gone_fails_alone(fake):
    batch = filled("sure", "doubt")
    (work.find(batch.id).folder / "given" / "0").unlink()
    assert afresh(batch.id).picture(0, 100) is None
    with pytest.raises(LookoutError, match="Give it again"):
        afresh(batch.id).read(0)
    assert uploads.Instances(batch.read, [0, 1])[0:2] == [{"image": b""}, {"image": photo("doubt", 1)}]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["shore.jpg"], "shore.jpg"),
        (["a.jpg", "b.jpg", "c.jpg"], "3 photos: a.jpg and 2 more"),
        ([f"{'x' * 300}.jpg"], f"{'x' * 120}..."),
    ],
)
def test_the_title_says_what_was_given(files, expected):
    dropped = [GivenFile.of(name, b"1") for name in files]
    photos, _ = uploads.collect(dropped)
    assert batches.title(dropped, photos).replace("\N{NO-BREAK SPACE}", " ") == expected


def test_the_picture_of_several_things_has_their_frames(fake):
    batch = filled("mixed")
    (item,) = batch.items()
    boxes = [thing["box"] for thing in THINGS]
    framed = batch.with_objects(item, 480, boxes)
    assert framed
    assert framed != batch.picture(0, 480)
    assert batch.with_objects(item, 480, boxes) == framed
