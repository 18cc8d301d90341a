"""From dropped files to photos: ZIPs within limits, small pictures, the region that decided."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from pages.parts.photos import uploads
from tests.support import bad_photos


def zipped(entries: dict[str, bytes], **options) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def test_photos_in_nested_folders_of_a_zip_are_found_and_hidden_files_are_not():
    data = zipped({"a/b/one.jpg": b"1", "two.PNG": b"2", "__MACOSX/a/._one.jpg": b"x", ".hidden.jpg": b"x"})
    found, refused = uploads.collect([("walk.zip", data)])
    assert {photo.name: photo.read() for photo in found} == {"a/b/one.jpg": b"1", "two.PNG": b"2"}
    assert not refused


def test_what_is_no_photo_in_a_zip_is_reported_by_name():
    found, refused = uploads.collect([("walk.zip", zipped({"one.jpg": b"1", "notes/list.txt": b"x"}))])
    assert len(found) == 1
    assert [refusal.name for refusal in refused] == ["walk.zip: notes/list.txt"]
    assert "Received .txt" in refused[0].reason


def test_a_path_that_leads_out_of_the_zip_leads_nowhere():
    found, _ = uploads.collect([("evil.zip", zipped({"../../etc/passwd.jpg": b"1", "/root/x.png": b"2"}))])
    assert [photo.name for photo in found] == ["etc/passwd.jpg", "root/x.png"]


def test_a_zip_with_too_many_files_is_refused_whole(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_ENTRIES", 2)
    found, refused = uploads.collect([("many.zip", zipped({f"{n}.jpg": b"1" for n in range(3)}))])
    assert not found
    assert "up to 2 files. Received 3 files" in refused[0].reason


def test_a_zip_bomb_is_refused_by_what_it_would_unpack_to(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_UNPACKED_MB", 5)
    bomb = zipped({f"{n}.jpg": bytes(2_000_000) for n in range(4)}, compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 20_000
    found, refused = uploads.collect([("bomb.zip", bomb)])
    assert not found
    assert "Received 8 MB" in refused[0].reason


def test_a_photo_over_the_limit_in_a_zip_is_refused_alone(monkeypatch):
    monkeypatch.setenv("LOOKOUT_MAX_PHOTO_MB", "1")
    data = zipped({"big.jpg": bytes(1_500_000), "small.jpg": b"1"}, compression=zipfile.ZIP_DEFLATED)
    found, refused = uploads.collect([("walk.zip", data)])
    assert [photo.name for photo in found] == ["small.jpg"]
    assert "up to 1 MB. Received 1.5 MB" in refused[0].reason


def test_a_size_that_lies_does_not_unpack_more_than_it_said():
    data = bytearray(zipped({"a.jpg": bytes(50_000)}, compression=zipfile.ZIP_DEFLATED))
    place = data.index(b"PK\x01\x02") + 24  # the size in the list of contents
    data[place : place + 4] = (10).to_bytes(4, "little")
    (photo,), _ = uploads.collect([("lie.zip", bytes(data))])
    assert len(uploads.Instances([photo])[0]["image"]) <= 10


@pytest.mark.parametrize("data", [b"PK\x03\x04" + bytes(200), zipped({"one.jpg": b"1"})[:40]], ids=["zeros", "cut off"])
def test_a_damaged_zip_is_refused_in_words(data):
    found, refused = uploads.collect([("broken.zip", data)])
    assert not found
    assert "Received a damaged one" in refused[0].reason


def test_an_empty_zip_says_so():
    _, refused = uploads.collect([("empty.zip", zipped({}))])
    assert "without any file" in refused[0].reason


def test_a_damaged_entry_does_not_sink_the_others():
    data = bytearray(zipped({"one.jpg": b"11111", "two.jpg": b"22222"}))
    data[data.index(b"11111")] = 0  # its check sum no longer fits
    found, _ = uploads.collect([("walk.zip", bytes(data))])
    assert uploads.Instances(found)[0:2] == [{"image": b""}, {"image": b"22222"}]


def test_more_photos_than_the_limit_are_named(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_PHOTOS", 2)
    found, refused = uploads.collect([(f"{n}.jpg", b"1") for n in range(5)])
    assert len(found) == 2
    assert refused[0].name == "3 more photos"


def test_a_small_picture_keeps_its_shape_and_an_unreadable_one_has_none():
    assert uploads.small(bad_photos.jpeg(1)).size == (480, 360)
    assert uploads.small(b"no photo") is None


def test_the_deciding_region_stays_bright_and_the_rest_turns_dim_and_grey():
    picture = Image.new("RGB", (200, 200), (200, 40, 40))
    heat = np.zeros((4, 4))
    heat[0, 0] = 0.5  # the strongest place counts as 1
    shown = np.asarray(uploads.deciding_region(picture, heat)).astype(int)
    assert abs(shown[5, 5] - [200, 40, 40]).max() < 12
    assert np.ptp(shown[190, 190]) == 0
    assert shown[190, 190].max() < 60


def test_a_flat_heat_map_is_drawn_without_complaint():
    uploads.deciding_region(Image.new("RGB", (50, 40)), np.zeros((7, 7)))


def test_the_example_is_a_photo_that_can_be_decoded():
    assert uploads.small(uploads.drawn_example()).size == (480, 480)
